"""Limits that several packages share, each defined once."""

from __future__ import annotations

MAX_ID_LENGTH = 200
"""UTF-8 bytes of a product id or a store."""
MAX_NAME_LENGTH = 400
"""UTF-8 bytes of a product's name."""
MAX_ROW_ID_LENGTH = 64
"""Bytes of a gallery row's primary key."""
MAX_ATTRIBUTES_BYTES = 32 * 1024
"""As JSON. Milvus takes 65,536 bytes for all dynamic fields of a row."""

MAX_CANDIDATES = 50
"""Products that an answer names for each object."""
MAX_REGIONS = 200
"""Regions in one request."""
MAX_ROTATIONS = 36
"""Rotations that a reference photo is enrolled at."""
MAX_PREFLIGHT_REFERENCES = 1000
"""References in one preflight request."""
DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 100, 1000
"""Products on one page of a list."""
