"""A client for back ends and the command line: blocking calls on a running service, answers as messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tillsight.v1 import catalogue_pb2, catalogue_pb2_grpc, recognition_pb2, recognition_pb2_grpc

MAX_MESSAGE_BYTES = 256 * 1024 * 1024
MAX_BACKOFF_MS = 2000
"""How soon a service that was away is found again; gRPC waits up to two minutes by itself."""


class Client:
    """A connection to a Tillsight service at HOST:PORT. Every call raises grpc.RpcError on a status other than OK."""

    def __init__(self, server: str) -> None:
        options = [
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_reconnect_backoff_ms", MAX_BACKOFF_MS),
        ]
        self._channel = grpc.insecure_channel(server, options=options)
        self._recognition = recognition_pb2_grpc.RecognitionServiceStub(self._channel)
        self._catalogue = catalogue_pb2_grpc.CatalogueServiceStub(self._channel)
        self._health = health_pb2_grpc.HealthStub(self._channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def serving(self, timeout_s: float = 5.0) -> bool:
        """Whether the service can recognise now: it is up, and Triton and Milvus answer it."""
        answer = self._health.Check(health_pb2.HealthCheckRequest(), timeout=timeout_s)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def recognize(
        self,
        photo: bytes,
        store: str = "",
        regions: Sequence[recognition_pb2.Box] = (),
        timeout_s: float = 30.0,
    ) -> recognition_pb2.RecognizeResponse:
        """Find and name the products in an encoded photo, or in just these regions of it."""
        request = recognition_pb2.RecognizeRequest(photo=photo, store=store, regions=regions)
        answer: recognition_pb2.RecognizeResponse = self._recognition.Recognize(request, timeout=timeout_s)
        return answer

    def enrol(
        self, references: Sequence[catalogue_pb2.EnrolProductsRequest], timeout_s: float = 600.0
    ) -> catalogue_pb2.EnrolProductsResponse:
        """Enrol reference photos; of those already there only the attributes are written, where they changed."""
        answer: catalogue_pb2.EnrolProductsResponse = self._catalogue.EnrolProducts(iter(references), timeout=timeout_s)
        return answer

    def begin_enrol(
        self, references: Sequence[catalogue_pb2.EnrolProductsRequest], timeout_s: float = 600.0
    ) -> grpc.Future:
        """The same without waiting: a future of the answer, so that several calls may be under way."""
        return self._catalogue.EnrolProducts.future(iter(references), timeout=timeout_s)

    def check(
        self, references: Sequence[catalogue_pb2.ReferenceToCheck], timeout_s: float = 60.0
    ) -> Sequence[catalogue_pb2.CheckedReference]:
        """What `enrol` would do with references, of 1,000 at most, told without their photos."""
        request = catalogue_pb2.CheckReferencesRequest(references=references)
        answer: catalogue_pb2.CheckReferencesResponse = self._catalogue.CheckReferences(request, timeout=timeout_s)
        return answer.references

    def remove(
        self, product_ids: Sequence[str], store: str = "", timeout_s: float = 60.0
    ) -> catalogue_pb2.RemoveProductsResponse:
        """Remove a store's own products; with no store, shared ones."""
        request = catalogue_pb2.RemoveProductsRequest(product_ids=product_ids, store=store)
        answer: catalogue_pb2.RemoveProductsResponse = self._catalogue.RemoveProducts(request, timeout=timeout_s)
        return answer

    def product(self, product_id: str, store: str = "", timeout_s: float = 60.0) -> catalogue_pb2.GetProductResponse:
        """A product and its references; the status is NOT_FOUND where the store has none of that id."""
        request = catalogue_pb2.GetProductRequest(product_id=product_id, store=store)
        answer: catalogue_pb2.GetProductResponse = self._catalogue.GetProduct(request, timeout=timeout_s)
        return answer

    def nearest(
        self,
        photo: bytes,
        store: str = "",
        region: recognition_pb2.Box | None = None,
        max_products: int = 0,
        timeout_s: float = 30.0,
    ) -> catalogue_pb2.SearchByImageResponse:
        """The products nearest to the object at a region of an encoded photo, or to the one that stands out."""
        request = catalogue_pb2.SearchByImageRequest(photo=photo, store=store, region=region, max_products=max_products)
        answer: catalogue_pb2.SearchByImageResponse = self._catalogue.SearchByImage(request, timeout=timeout_s)
        return answer

    def products(
        self, store: str = "", page_size: int = 1000, timeout_s: float = 60.0
    ) -> Iterator[catalogue_pb2.Product]:
        """All products a store may see, by id."""
        token = ""
        while True:
            request = catalogue_pb2.ListProductsRequest(store=store, page_size=page_size, page_token=token)
            page = self._catalogue.ListProducts(request, timeout=timeout_s)
            yield from page.products
            token = page.next_page_token
            if not token:
                return

    def describe(self, timeout_s: float = 60.0) -> catalogue_pb2.DescribeGalleryResponse:
        """Counts and versions of the live gallery."""
        answer: catalogue_pb2.DescribeGalleryResponse = self._catalogue.DescribeGallery(
            catalogue_pb2.DescribeGalleryRequest(), timeout=timeout_s
        )
        return answer

    def calibrate(
        self, calibration: catalogue_pb2.Calibration, embedder_fingerprint: str, timeout_s: float = 60.0
    ) -> catalogue_pb2.SetCalibrationResponse:
        """Keep with the live gallery how its similarities are judged; fitted to that embedder's vectors."""
        request = catalogue_pb2.SetCalibrationRequest(
            calibration=calibration, embedder_fingerprint=embedder_fingerprint
        )
        answer: catalogue_pb2.SetCalibrationResponse = self._catalogue.SetCalibration(request, timeout=timeout_s)
        return answer

    def rebuild(
        self, request: catalogue_pb2.RebuildRequest, timeout_s: float | None = None
    ) -> Iterator[catalogue_pb2.RebuildResponse]:
        """Build a gallery version or go back to one, and swap it in; messages tell how far it is, to the last."""
        yield from self._catalogue.Rebuild(request, timeout=timeout_s)

    def versions(self, timeout_s: float = 60.0) -> Sequence[catalogue_pb2.GalleryVersion]:
        """All gallery versions."""
        request = catalogue_pb2.ListGalleriesRequest()
        answer: catalogue_pb2.ListGalleriesResponse = self._catalogue.ListGalleries(request, timeout=timeout_s)
        return answer.galleries

    def drop(self, gallery: str, timeout_s: float = 120.0) -> None:
        """Delete a gallery version that is not live, once the calls that it was still answering have ended."""
        self._catalogue.DropGallery(catalogue_pb2.DropGalleryRequest(gallery=gallery), timeout=timeout_s)

    def export(self, timeout_s: float = 3600.0) -> Iterator[catalogue_pb2.ExportGalleryResponse]:
        """All rows of the gallery with their vectors; the first message carries where they are from."""
        yield from self._catalogue.ExportGallery(catalogue_pb2.ExportGalleryRequest(), timeout=timeout_s)

    def load(
        self, requests: Iterable[catalogue_pb2.LoadGalleryRequest], timeout_s: float = 3600.0
    ) -> catalogue_pb2.LoadGalleryResponse:
        """Write rows that `export` gave. What the requests themselves raise is raised here."""
        faults: list[Exception] = []

        def watched() -> Iterator[catalogue_pb2.LoadGalleryRequest]:
            try:
                yield from requests
            except Exception as error:  # gRPC would end the call with a status of its own and forget why
                faults.append(error)
                raise

        try:
            answer: catalogue_pb2.LoadGalleryResponse = self._catalogue.LoadGallery(watched(), timeout=timeout_s)
        except grpc.RpcError:
            if faults:
                raise faults[0] from None
            raise
        return answer
