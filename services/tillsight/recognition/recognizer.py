"""The path of a photo, from encoded bytes to verdicts, in one function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tillsight.domain.deadline import Deadline
from tillsight.domain.geometry import Box
from tillsight.domain.recognition_results import AnswerVersions, Recognition, RecognizedObject
from tillsight.imaging.crops import crop_instances
from tillsight.imaging.decoding import PhotoLimits, decode_photo
from tillsight.imaging.masks import run_lengths
from tillsight.recognition.instances import find_instances, instances_from_regions
from tillsight.recognition.ports import LiveGallery, SearchableGallery, Segmenter
from tillsight.recognition.product_ranking import nearest_products
from tillsight.recognition.stopwatch import Stopwatch
from tillsight.recognition.threads import run_in_thread
from tillsight.recognition.verdict import PRODUCTS_CONSIDERED, judge


@dataclass(frozen=True, slots=True)
class Recognizer:
    """Names the products in a photo."""

    segmenter: Segmenter
    live: LiveGallery[SearchableGallery]
    limits: PhotoLimits
    candidates: int

    async def recognize(
        self,
        data: bytes,
        deadline: Deadline,
        store: str = "",
        regions: Sequence[Box] = (),
        candidates: int | None = None,
    ) -> Recognition:
        """Find and name the products in an encoded photo.

        With `regions`, these are recognised as they are and no objects are looked for. `candidates` products are
        named for each object. Raises InvalidPhoto, InvalidInput, Unavailable, DeadlineExceeded.
        """
        watch = Stopwatch()
        with watch.step("decode"):
            photo = await run_in_thread(deadline, decode_photo, data, self.limits)
        # Taken once: the answer comes from one embedder and one gallery version, also during a swap.
        live = self.live.current()
        versions = AnswerVersions(self.segmenter.version, live.embedder.version, live.gallery.version)
        if regions:
            found = instances_from_regions(photo, regions)
        else:
            found = await find_instances(photo, self.segmenter, deadline, watch)
        objects: tuple[RecognizedObject, ...] = ()
        if found:
            with watch.step("crop"):
                crops = await run_in_thread(deadline, crop_instances, photo.pixels, found, live.embedder.crop_size)
            with watch.step("embed"):
                vectors = await live.embedder.embed(crops, deadline)
            with watch.step("search"):
                keep = candidates or self.candidates
                # The verdict considers more products than the answer names.
                count = max(keep, PRODUCTS_CONSIDERED)
                matches = await nearest_products(live.gallery, vectors, store, count, deadline)
            with watch.step("judge"):
                objects = tuple(
                    RecognizedObject(instance, judge(near, instance.score, live.calibration, keep))
                    for instance, near in zip(found, matches, strict=True)
                )
        return Recognition(photo.width, photo.height, objects, watch.read(), versions)


def mask_run_lengths(recognition: Recognition) -> list[list[int]]:
    """The mask of each object as run lengths; see `imaging.masks.run_lengths`."""
    size = recognition.width, recognition.height
    return [run_lengths(found.instance.polygon, *size) for found in recognition.objects]
