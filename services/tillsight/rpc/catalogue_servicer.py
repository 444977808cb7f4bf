"""The servicer of tillsight.v1.CatalogueService. Each method converts the request, awaits, converts the result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import grpc

from tillsight.catalogue.catalogue import Catalogue
from tillsight.domain.errors import InvalidInput
from tillsight.domain.limits import (
    DEFAULT_PAGE_SIZE,
    MAX_CANDIDATES,
    MAX_PAGE_SIZE,
    MAX_PREFLIGHT_REFERENCES,
    MAX_ROTATIONS,
)
from tillsight.domain.products import GalleryRow, Reference
from tillsight.gallery.rebuild import Rebuilder
from tillsight.rpc.catalogue_converters import (
    details_to,
    enrolment_to,
    nearest_to,
    page_token_from,
    page_token_to,
    preflight_reference_from,
    preflight_results_to,
    product_to,
    reference_from,
    removal_to,
)
from tillsight.rpc.converters import box_from
from tillsight.rpc.deadlines import deadline_of
from tillsight.rpc.gallery_converters import (
    calibration_from,
    description_to,
    header_from,
    header_to,
    progress_to,
    rows_from,
    rows_to,
    version_to,
)
from tillsight.v1 import catalogue_pb2, catalogue_pb2_grpc

DEFAULT_NEAREST_PRODUCTS = 5
"""Products that SearchByImage returns if the request does not say how many."""
REBUILD_DEADLINE_S = 7 * 24 * 3600.0
"""A large gallery takes days to embed again."""


class CatalogueServicer(catalogue_pb2_grpc.CatalogueServiceServicer):
    """Implements tillsight.v1.CatalogueService; catalogue.proto documents the calls."""

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
                yield reference_from(message)

        enrolment = await self._catalogue.enrol(references(), deadline_of(context, self._enrol_deadline_s))
        return enrolment_to(enrolment)

    async def CheckReferences(
        self, request: catalogue_pb2.CheckReferencesRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.CheckReferencesResponse:
        if len(request.references) > MAX_PREFLIGHT_REFERENCES:
            raise InvalidInput(
                f"there are {len(request.references)} references: send {MAX_PREFLIGHT_REFERENCES} at most"
            )
        references = [preflight_reference_from(message) for message in request.references]
        results = await self._catalogue.preflight(references, deadline_of(context, self._default_deadline_s))
        return preflight_results_to(results)

    async def RemoveProducts(
        self, request: catalogue_pb2.RemoveProductsRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.RemoveProductsResponse:
        deadline = deadline_of(context, self._default_deadline_s)
        removal = await self._catalogue.remove(request.product_ids, request.store, deadline)
        return removal_to(removal)

    async def GetProduct(
        self, request: catalogue_pb2.GetProductRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.GetProductResponse:
        key = (request.product_id, request.store)
        details = await self._catalogue.product(key, deadline_of(context, self._default_deadline_s))
        return details_to(details)

    async def SearchByImage(
        self, request: catalogue_pb2.SearchByImageRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.SearchByImageResponse:
        if request.max_products > MAX_CANDIDATES:
            raise InvalidInput(f"max_products is {request.max_products}: ask for {MAX_CANDIDATES} at most")
        nearest = await self._catalogue.nearest(
            request.photo,
            box_from(request.region) if request.HasField("region") else None,
            request.whole,
            request.store,
            request.max_products or DEFAULT_NEAREST_PRODUCTS,
            deadline_of(context, self._default_deadline_s),
        )
        return nearest_to(nearest)

    async def ListProducts(
        self, request: catalogue_pb2.ListProductsRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.ListProductsResponse:
        size = min(request.page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        deadline = deadline_of(context, self._default_deadline_s)
        after = page_token_from(request.page_token)
        products = await self._catalogue.products(request.store, after, size, deadline)
        return catalogue_pb2.ListProductsResponse(
            products=[product_to(product) for product in products],
            next_page_token=page_token_to(products[-1]) if len(products) == size else "",
        )

    async def DescribeGallery(
        self, request: catalogue_pb2.DescribeGalleryRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.DescribeGalleryResponse:
        description, calibration = await self._catalogue.describe(deadline_of(context, self._default_deadline_s))
        return description_to(description, calibration)

    async def ExportGallery(
        self, request: catalogue_pb2.ExportGalleryRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[catalogue_pb2.ExportGalleryResponse]:
        deadline = deadline_of(context, self._enrol_deadline_s)
        description, calibration, pages = await self._catalogue.export(deadline)
        async with aclosing(pages):
            yield catalogue_pb2.ExportGalleryResponse(header=header_to(description, calibration))
            async for page in pages:
                rows = await asyncio.to_thread(rows_to, page)
                yield catalogue_pb2.ExportGalleryResponse(rows=rows)

    async def LoadGallery(
        self, request: AsyncIterator[catalogue_pb2.LoadGalleryRequest], context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.LoadGalleryResponse:
        messages = aiter(request)
        first = await anext(messages, catalogue_pb2.LoadGalleryRequest())
        if not first.HasField("header"):
            raise InvalidInput("the first message has no header: send the header that ExportGallery returned")

        async def pages() -> AsyncIterator[list[GalleryRow]]:
            yield await asyncio.to_thread(rows_from, first.rows)
            async for message in messages:
                yield await asyncio.to_thread(rows_from, message.rows)

        origin = header_from(first.header)
        written = await self._catalogue.load(origin, pages(), deadline_of(context, self._enrol_deadline_s))
        return catalogue_pb2.LoadGalleryResponse(rows=written)

    async def SetCalibration(
        self, request: catalogue_pb2.SetCalibrationRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.SetCalibrationResponse:
        if not request.HasField("calibration"):
            raise InvalidInput("the request has no calibration: set its `calibration` field")
        calibration = calibration_from(request.calibration)
        deadline = deadline_of(context, self._default_deadline_s)
        gallery = await self._catalogue.calibrate(calibration, request.embedder_fingerprint, deadline)
        return catalogue_pb2.SetCalibrationResponse(gallery=gallery)

    async def Rebuild(
        self, request: catalogue_pb2.RebuildRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[catalogue_pb2.RebuildResponse]:
        if request.rotations > MAX_ROTATIONS:
            raise InvalidInput(f"rotations is {request.rotations}: ask for {MAX_ROTATIONS} at most")
        deadline = deadline_of(context, REBUILD_DEADLINE_S)
        if request.HasField("rollback"):
            steps = self._rebuilder.rollback(request.rollback.gallery, request.allow_missing, deadline)
        else:
            steps = self._rebuilder.rebuild(request.embedder, request.rotations, request.allow_missing, deadline)
        async with aclosing(steps):
            async for progress in steps:
                yield progress_to(progress)

    async def DropGallery(
        self, request: catalogue_pb2.DropGalleryRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.DropGalleryResponse:
        await self._rebuilder.drop(request.gallery, deadline_of(context, self._enrol_deadline_s))
        return catalogue_pb2.DropGalleryResponse()

    async def ListGalleries(
        self, request: catalogue_pb2.ListGalleriesRequest, context: grpc.aio.ServicerContext
    ) -> catalogue_pb2.ListGalleriesResponse:
        versions = await self._rebuilder.versions(deadline_of(context, self._default_deadline_s))
        return catalogue_pb2.ListGalleriesResponse(galleries=map(version_to, versions))
