"""Messages of errors."""

from __future__ import annotations

from tillsight.domain import errors


def test_an_unavailable_server_and_both_fingerprints_are_named() -> None:
    assert "Milvus" in str(errors.Unavailable("Milvus", "refused"))
    message = str(errors.FingerprintMismatch("gallery_aa_1", "aa", "bb"))
    assert all(part in message for part in ("gallery_aa_1", " aa", " bb"))
