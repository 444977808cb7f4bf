"""The errors that Tillsight raises on purpose.

    TillsightError
    ├── InvalidInput          the caller's input is invalid; repeating the call does not help
    │   ├── InvalidPhoto      the bytes are not a photo that the service accepts
    │   ├── InvalidProduct    a product to enrol is invalid
    │   ├── InvalidManifest   a catalogue file is malformed
    │   └── InvalidGalleryFile  a file to load is not an exported gallery
    ├── NotFound              the named product, version or file does not exist
    ├── Overloaded            the service runs its maximum of calls; try again later
    ├── DeadlineExceeded      the call's deadline passed
    ├── Unavailable           Triton or Milvus does not answer; names which
    ├── FingerprintMismatch   the gallery was built by another embedder
    ├── RebuildRefused        a gallery version is not built, swapped in or dropped
    ├── GalleryReplaced       another gallery version was swapped in; repeat the call
    └── StartupError          the process cannot start as asked

`rpc.statuses` maps them to gRPC statuses in one table. A message says what was wrong, in which input, and what to
do.
"""

from __future__ import annotations


class TillsightError(Exception):
    """The root of the tree; never raised itself."""


class InvalidInput(TillsightError):
    """The caller's input is invalid."""


class InvalidPhoto(InvalidInput):
    """The bytes are not a photo that the service accepts."""


class InvalidProduct(InvalidInput):
    """A product to enrol is invalid."""


class InvalidManifest(InvalidInput):
    """A catalogue file is malformed; the message names file and line."""


class InvalidGalleryFile(InvalidInput):
    """A file to load is not an exported gallery; the message names the file."""


class NotFound(TillsightError):
    """The named product, collection or file does not exist."""


class Overloaded(TillsightError):
    """The service runs its maximum of calls; nothing was started."""


class DeadlineExceeded(TillsightError):
    """The call's deadline passed."""


class Unavailable(TillsightError):
    """A server this service depends on cannot be reached.

    `dependency` is "Triton" or "Milvus"; `reason` is its error message.
    """

    def __init__(self, dependency: str, reason: str) -> None:
        super().__init__(f"{dependency} is unavailable: {reason}")
        self.dependency = dependency
        self.reason = reason


class FingerprintMismatch(TillsightError):
    """The gallery holds vectors of another embedder than the one that Triton serves."""

    def __init__(self, gallery: str, gallery_fingerprint: str, embedder_fingerprint: str) -> None:
        super().__init__(
            f"gallery {gallery!r} was built by embedder {gallery_fingerprint}, but Triton serves embedder "
            f"{embedder_fingerprint}: serve the model the gallery was built with, or enrol into a new gallery"
        )
        self.gallery_fingerprint = gallery_fingerprint
        self.embedder_fingerprint = embedder_fingerprint


class RebuildRefused(TillsightError):
    """A gallery version is not built, swapped in or dropped; the live gallery is unchanged."""


class GalleryReplaced(TillsightError):
    """Another gallery version was swapped in during a call whose writes cannot be copied to it; repeat the call."""


class StartupError(TillsightError):
    """The process cannot start as asked; the message says what to do."""
