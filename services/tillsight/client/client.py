"""The Python client of a running service, for back ends and the command line: blocking calls that return messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tillsight.domain.limits import MAX_PAGE_SIZE
from tillsight.v1 import catalogue_pb2, catalogue_pb2_grpc, recognition_pb2, recognition_pb2_grpc

MAX_MESSAGE_BYTES = 256 * 1024 * 1024
MAX_BACKOFF_MS = 2000
"""The longest pause between two attempts to connect, milliseconds. gRPC's default of two minutes delays a client long
after a restarted service is ready."""


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
        """Whether the service is ready to recognise: it runs, and it reaches Triton and Milvus."""
        answer = self._health.Check(health_pb2.HealthCheckRequest(), timeout=timeout_s)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def recognize(
        self,
        photo: bytes,
        store: str = "",
        regions: Sequence[recognition_pb2.Box] = (),
        timeout_s: float = 30.0,
    ) -> recognition_pb2.RecognizeResponse:
        """Recognise the products in an encoded photo, or only in these regions of it, without segmentation."""
        request = recognition_pb2.RecognizeRequest(photo=photo, store=store, regions=regions)
        answer: recognition_pb2.RecognizeResponse = self._recognition.Recognize(request, timeout=timeout_s)
        return answer

    def enrol(
        self, references: Sequence[catalogue_pb2.EnrolProductsRequest], timeout_s: float = 600.0
    ) -> catalogue_pb2.EnrolProductsResponse:
        """Enrol reference photos. Of a photo that is already enrolled only changed attributes are written."""
        answer: catalogue_pb2.EnrolProductsResponse = self._catalogue.EnrolProducts(iter(references), timeout=timeout_s)
        return answer

    def enrol_future(
        self, references: Sequence[catalogue_pb2.EnrolProductsRequest], timeout_s: float = 600.0
    ) -> grpc.Future:
        """As `enrol`, but returns a future of the answer at once, so that several calls can run at the same time."""
        return self._catalogue.EnrolProducts.future(iter(references), timeout=timeout_s)

    def preflight(
        self, references: Sequence[catalogue_pb2.ReferenceToCheck], timeout_s: float = 60.0
    ) -> Sequence[catalogue_pb2.CheckedReference]:
        """What `enrol` would do with references, decided without their photos. MAX_PREFLIGHT_REFERENCES at most."""
        request = catalogue_pb2.CheckReferencesRequest(references=references)
        answer: catalogue_pb2.CheckReferencesResponse = self._catalogue.CheckReferences(request, timeout=timeout_s)
        return answer.references

    def remove(
        self, product_ids: Sequence[str], store: str = "", timeout_s: float = 60.0
    ) -> catalogue_pb2.RemoveProductsResponse:
        """Remove a store's own products; without a store, shared products."""
        request = catalogue_pb2.RemoveProductsRequest(product_ids=product_ids, store=store)
        answer: catalogue_pb2.RemoveProductsResponse = self._catalogue.RemoveProducts(request, timeout=timeout_s)
        return answer

    def product(self, product_id: str, store: str = "", timeout_s: float = 60.0) -> catalogue_pb2.GetProductResponse:
        """A product and its references. The status is NOT_FOUND if the store has no product with that id."""
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
        """The products nearest to one object of an encoded photo: the one at `region`, else the one that dominates."""
        request = catalogue_pb2.SearchByImageRequest(photo=photo, store=store, region=region, max_products=max_products)
        answer: catalogue_pb2.SearchByImageResponse = self._catalogue.SearchByImage(request, timeout=timeout_s)
        return answer

    def products(
        self, store: str = "", page_size: int = MAX_PAGE_SIZE, timeout_s: float = 60.0
    ) -> Iterator[catalogue_pb2.Product]:
        """All products that a store may see, by id."""
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
        """Store a calibration, fitted to the vectors of that embedder, with the live gallery."""
        request = catalogue_pb2.SetCalibrationRequest(
            calibration=calibration, embedder_fingerprint=embedder_fingerprint
        )
        answer: catalogue_pb2.SetCalibrationResponse = self._catalogue.SetCalibration(request, timeout=timeout_s)
        return answer

    def rebuild(
        self, request: catalogue_pb2.RebuildRequest, timeout_s: float | None = None
    ) -> Iterator[catalogue_pb2.RebuildResponse]:
        """Build a gallery version or roll back to one, and swap it in. Each message is the progress so far."""
        yield from self._catalogue.Rebuild(request, timeout=timeout_s)

    def versions(self, timeout_s: float = 60.0) -> Sequence[catalogue_pb2.GalleryVersion]:
        """All gallery versions."""
        request = catalogue_pb2.ListGalleriesRequest()
        answer: catalogue_pb2.ListGalleriesResponse = self._catalogue.ListGalleries(request, timeout=timeout_s)
        return answer.galleries

    def drop(self, gallery: str, timeout_s: float = 120.0) -> None:
        """Delete a gallery version that is not live, once the calls that still use it have ended."""
        self._catalogue.DropGallery(catalogue_pb2.DropGalleryRequest(gallery=gallery), timeout=timeout_s)

    def export(self, timeout_s: float = 3600.0) -> Iterator[catalogue_pb2.ExportGalleryResponse]:
        """All rows of the live gallery with their vectors; the first message has the header."""
        yield from self._catalogue.ExportGallery(catalogue_pb2.ExportGalleryRequest(), timeout=timeout_s)

    def load(
        self, requests: Iterable[catalogue_pb2.LoadGalleryRequest], timeout_s: float = 3600.0
    ) -> catalogue_pb2.LoadGalleryResponse:
        """Write rows that `export` returned. Raises also what iterating over `requests` raises."""
        errors: list[Exception] = []

        def recording_errors() -> Iterator[catalogue_pb2.LoadGalleryRequest]:
            try:
                yield from requests
            except Exception as error:  # gRPC replaces it by a status that does not name the cause
                errors.append(error)
                raise

        try:
            answer: catalogue_pb2.LoadGalleryResponse = self._catalogue.LoadGallery(
                recording_errors(), timeout=timeout_s
            )
        except grpc.RpcError:
            if errors:
                raise errors[0] from None
            raise
        return answer
