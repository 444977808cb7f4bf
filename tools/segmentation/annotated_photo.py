"""A photo with its annotation, as all readers of annotated data give it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tillsight.domain.arrays import Labels, Pixels
from tillsight.domain.errors import InvalidInput, InvalidPhoto
from tillsight.imaging.decoding import PhotoLimits, decode_photo

LIMITS = PhotoLimits(max_bytes=100_000_000, max_pixels=120_000_000)


class InvalidTrainingData(InvalidInput):
    """Annotated photos are malformed. The message names the file, and the line if there is one."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """The instances of a photo: `ids` int32 [H, W], 0 for the background.

    A region whose id is among `ambiguous` may be several objects in contact.
    """

    ids: Labels
    ambiguous: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AnnotatedPhoto:
    """A photo on disk, and a function that reads its annotation for the upright photo's (height, width)."""

    path: Path
    annotate: Callable[[tuple[int, int]], Annotation]

    def load(self) -> tuple[Pixels, Annotation]:
        """The upright photo, uint8 [H, W, 3] RGB, and its annotation. Raises InvalidTrainingData."""
        pixels = decode_training_photo(self.path)
        return pixels, self.annotate((pixels.shape[0], pixels.shape[1]))


def decode_training_photo(path: Path) -> Pixels:
    """Decode a photo as the service does, with larger limits. Raises InvalidTrainingData with the file's name."""
    try:
        return decode_photo(path.read_bytes(), LIMITS).pixels
    except OSError as error:
        raise InvalidTrainingData(f"{path}: the photo cannot be read ({error.strerror})") from error
    except InvalidPhoto as error:
        raise InvalidTrainingData(f"{path}: {error}") from error
