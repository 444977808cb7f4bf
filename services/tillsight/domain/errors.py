"""Every error Tillsight raises on purpose.

    TillsightError
    ├── InvalidInput          the caller's input is at fault; repeating the call cannot help
    │   ├── InvalidPhoto      the bytes are not a photo we take
    │   ├── InvalidProduct    a product to enrol lacks what it needs
    │   ├── InvalidManifest   a catalogue file is malformed
    │   └── InvalidGalleryFile  a file to load is none that was exported
    ├── NotFound              the named thing does not exist
    ├── Overloaded            the service is full now; try again later
    ├── DeadlineExceeded      the caller's time ran out
    ├── Unavailable           a server we depend on is away; names it
    ├── FingerprintMismatch   the gallery was made by another embedder
    ├── RebuildRefused        a gallery version is not built, swapped in or dropped
    ├── GalleryReplaced       another gallery version was swapped in; the call may be repeated
    └── StartupError          this process cannot start as asked

`rpc.statuses` turns them into gRPC statuses in one table. A message says what was wrong, with which
input, and what to do.
"""

from __future__ import annotations


class TillsightError(Exception):
    """Root of the tree; never raised itself."""


class InvalidInput(TillsightError):
    """The caller's input is at fault."""


class InvalidPhoto(InvalidInput):
    """The bytes are not a photo this service takes."""


class InvalidProduct(InvalidInput):
    """A product to enrol lacks what it needs."""


class InvalidManifest(InvalidInput):
    """A catalogue file is malformed; the message names file and line."""


class InvalidGalleryFile(InvalidInput):
    """A file to load is not one that was exported; the message names it."""


class NotFound(TillsightError):
    """The named product, collection or file does not exist."""


class Overloaded(TillsightError):
    """All places are taken; nothing was begun."""


class DeadlineExceeded(TillsightError):
    """The caller's time ran out."""


class Unavailable(TillsightError):
    """A server this service depends on cannot be reached.

    `dependency` names it ("Triton" or "Milvus"); `reason` is what it said.
    """

    def __init__(self, dependency: str, reason: str) -> None:
        super().__init__(f"{dependency} is unavailable: {reason}")
        self.dependency = dependency
        self.reason = reason


class FingerprintMismatch(TillsightError):
    """The gallery holds vectors of another embedder than the one Triton serves."""

    def __init__(self, gallery: str, gallery_fingerprint: str, embedder_fingerprint: str) -> None:
        super().__init__(
            f"gallery {gallery!r} was built by embedder {gallery_fingerprint}, but Triton serves embedder "
            f"{embedder_fingerprint}: serve the model the gallery was built with, or enrol into a new gallery"
        )
        self.gallery_fingerprint = gallery_fingerprint
        self.embedder_fingerprint = embedder_fingerprint


class RebuildRefused(TillsightError):
    """A gallery version is not built, swapped in or dropped; the live one is as it was."""


class GalleryReplaced(TillsightError):
    """Another gallery version was swapped in during a call that cannot be brought over; it may be repeated."""


class StartupError(TillsightError):
    """This process cannot start as asked; the message says what to do."""
