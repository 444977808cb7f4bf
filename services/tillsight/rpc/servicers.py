"""The services of tillsight.v1: convert, await, convert."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import grpc

from tillsight.catalogue import Catalogue
from tillsight.domain import Deadline, GalleryRow, Reference
from tillsight.errors import InvalidInput
from tillsight.rebuilding import Rebuilder
from tillsight.recognizer import Recognizer, in_thread, masks_of
from tillsight.rpc import checking, converters, rebuilds, transfer
from tillsight.v1 import catalogue_pb2, catalogue_pb2_grpc, recognition_pb2, recognition_pb2_grpc

MOST_CANDIDATES = 50
MOST_REGIONS = 200
NEAREST = 5
MOST_CHECKED = 1000
MOST_ROTATIONS = 36
REBUILD_DEADLINE_S = 7 * 24 * 3600.0
PAGE_SIZE, MOST_PAGE_SIZE = 100, 1000


def deadline_of(context: grpc.aio.ServicerContext, default_s: float) -> Deadline:
    """The client's deadline, or `default_s` seconds where it set none."""
    remaining = context.time_remaining()
    return Deadline.after(default_s if remaining is None else remaining)


class RecognitionServicer(recognition_pb2_grpc.RecognitionServiceServicer):
    """tillsight.v1.RecognitionService."""

    def __init__(self, recognizer: Recognizer, default_deadline_s: float) -> None:
        self._recognizer = recognizer
        self._default_deadline_s = default_deadline_s

    async def Recognize(
        self, request: recognition_pb2.RecognizeRequest, context: grpc.aio.ServicerContext
    ) -> recognition_pb2.RecognizeResponse:
        if request.max_candidates > MOST_CANDIDATES:
            raise InvalidInput(f"max_candidates is {request.max_candidates}: ask for {MOST_CANDIDATES} at most")
        if len(request.regions) > MOST_REGIONS:
            raise InvalidInput(f"there are {len(request.regions)} regions: send {MOST_REGIONS} at most")
        deadline = deadline_of(context, self._default_deadline_s)
        recognition = await self._recognizer.recognize(
            request.photo,
            deadline,
            store=request.store,
            regions=[converters.box_from(region) for region in request.regions],
            candidates=request.max_candidates or None,
        )
        runs = await in_thread(deadline, masks_of, recognition) if request.run_lengths else []
        return converters.recognition_to(recognition, runs)


class CatalogueServicer(catalogue_pb2_grpc.CatalogueServiceServicer):
    """tillsight.v1.CatalogueService."""

    def __init__(
        self, catalogue: Catalogue, rebuilder: Rebuilder, default_deadline_s: float, enrol_deadline_s: float
    ) -> None:
        self._catalogue = catalogue
        self._rebuilder = rebuilder
        self._default_deadline_s = default_deadline_s
        self._enrol_deadline_s = enrol_deadline_s

    async def EnrolProducts(
        self, request: AsyncIterator[catalogue_pb2.EnrolProductsRequest], context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.EnrolProductsResponse:
        async def references() -> AsyncIterator[Reference]:
            async for message in request:
                yield converters.reference_from(message)

        enrolment = await self._catalogue.enrol(references(), deadline_of(context, self._enrol_deadline_s))
        return converters.enrolment_to(enrolment)

    async def CheckReferences(
        self, request: catalogue_pb2.CheckReferencesRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.CheckReferencesResponse:
        if len(request.references) > MOST_CHECKED:
            raise InvalidInput(f"there are {len(request.references)} references: check {MOST_CHECKED} at most")
        references = [checking.reference_from(message) for message in request.references]
        foreseen = await self._catalogue.foresee(references, deadline_of(context, self._default_deadline_s))
        return checking.foreseen_to(foreseen)

    async def RemoveProducts(
        self, request: catalogue_pb2.RemoveProductsRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.RemoveProductsResponse:
        deadline = deadline_of(context, self._default_deadline_s)
        removal = await self._catalogue.remove(request.product_ids, request.store, deadline)
        return converters.removal_to(removal)

    async def GetProduct(
        self, request: catalogue_pb2.GetProductRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.GetProductResponse:
        key = (request.product_id, request.store)
        details = await self._catalogue.product(key, deadline_of(context, self._default_deadline_s))
        return converters.details_to(details)

    async def SearchByImage(
        self, request: catalogue_pb2.SearchByImageRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.SearchByImageResponse:
        if request.max_products > MOST_CANDIDATES:
            raise InvalidInput(f"max_products is {request.max_products}: ask for {MOST_CANDIDATES} at most")
        nearest = await self._catalogue.nearest(
            request.photo,
            converters.box_from(request.region) if request.HasField("region") else None,
            request.whole,
            request.store,
            request.max_products or NEAREST,
            deadline_of(context, self._default_deadline_s),
        )
        return converters.nearest_to(nearest)

    async def ListProducts(
        self, request: catalogue_pb2.ListProductsRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.ListProductsResponse:
        size = min(request.page_size or PAGE_SIZE, MOST_PAGE_SIZE)
        deadline = deadline_of(context, self._default_deadline_s)
        after = converters.page_token_from(request.page_token)
        products = await self._catalogue.products(request.store, after, size, deadline)
        return catalogue_pb2.ListProductsResponse(
            products=[converters.product_to(product) for product in products],
            next_page_token=converters.page_token_to(products[-1]) if len(products) == size else "",
        )

    async def DescribeGallery(
        self, request: catalogue_pb2.DescribeGalleryRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.DescribeGalleryResponse:
        description, calibration = await self._catalogue.describe(deadline_of(context, self._default_deadline_s))
        return converters.description_to(description, calibration)

    async def ExportGallery(
        self, request: catalogue_pb2.ExportGalleryRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[catalogue_pb2.ExportGalleryResponse]:
        deadline = deadline_of(context, self._enrol_deadline_s)
        description, calibration, exported = await self._catalogue.export(deadline)
        header = transfer.header_to(description, calibration)
        yield catalogue_pb2.ExportGalleryResponse(header=header)
        async with aclosing(exported) as pages:
            async for page in pages:
                rows = await asyncio.to_thread(transfer.rows_to, page)
                yield catalogue_pb2.ExportGalleryResponse(rows=rows)

    async def LoadGallery(
        self, request: AsyncIterator[catalogue_pb2.LoadGalleryRequest], context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.LoadGalleryResponse:
        messages = aiter(request)
        first = await anext(messages, catalogue_pb2.LoadGalleryRequest())
        if not first.HasField("header"):
            raise InvalidInput("the first message has no header: send the one ExportGallery gave")

        async def pages() -> AsyncIterator[list[GalleryRow]]:
            yield await asyncio.to_thread(transfer.rows_from, first.rows)
            async for message in messages:
                yield await asyncio.to_thread(transfer.rows_from, message.rows)

        origin = transfer.origin_from(first.header)
        written = await self._catalogue.load(origin, pages(), deadline_of(context, self._enrol_deadline_s))
        return catalogue_pb2.LoadGalleryResponse(rows=written)

    async def SetCalibration(
        self, request: catalogue_pb2.SetCalibrationRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.SetCalibrationResponse:
        if not request.HasField("calibration"):
            raise InvalidInput("there is no calibration in the request: send one")
        calibration = converters.calibration_from(request.calibration)
        deadline = deadline_of(context, self._default_deadline_s)
        gallery = await self._catalogue.calibrate(calibration, request.embedder_fingerprint, deadline)
        return catalogue_pb2.SetCalibrationResponse(gallery=gallery)

    async def Rebuild(
        self, request: catalogue_pb2.RebuildRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[catalogue_pb2.RebuildResponse]:
        if request.rotations > MOST_ROTATIONS:
            raise InvalidInput(f"rotations is {request.rotations}: ask for {MOST_ROTATIONS} at most")
        deadline = deadline_of(context, REBUILD_DEADLINE_S)
        if request.HasField("rollback"):
            steps = self._rebuilder.rollback(request.rollback.gallery, request.allow_missing, deadline)
        else:
            steps = self._rebuilder.rebuild(request.embedder, request.rotations, request.allow_missing, deadline)
        async with aclosing(steps):
            async for progress in steps:
                yield rebuilds.progress_to(progress)

    async def DropGallery(
        self, request: catalogue_pb2.DropGalleryRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.DropGalleryResponse:
        await self._rebuilder.drop(request.gallery, deadline_of(context, self._enrol_deadline_s))
        return catalogue_pb2.DropGalleryResponse()

    async def ListGalleries(
        self, request: catalogue_pb2.ListGalleriesRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.ListGalleriesResponse:
        versions = await self._rebuilder.versions(deadline_of(context, self._default_deadline_s))
        return catalogue_pb2.ListGalleriesResponse(galleries=map(rebuilds.version_to, versions))
