"""What callers of a running service use: a typed client, manifests, imports and gallery files."""

from tillsight.client.client import Client

__all__ = ["Client"]
