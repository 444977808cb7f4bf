from google.protobuf import struct_pb2 as _struct_pb2
from tillsight.v1 import recognition_pb2 as _recognition_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_ENROLLED: _ClassVar[Outcome]
    OUTCOME_UNCHANGED: _ClassVar[Outcome]
    OUTCOME_UPDATED: _ClassVar[Outcome]
    OUTCOME_REFUSED: _ClassVar[Outcome]

class RebuildPhase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REBUILD_PHASE_UNSPECIFIED: _ClassVar[RebuildPhase]
    REBUILD_PHASE_BUILD: _ClassVar[RebuildPhase]
    REBUILD_PHASE_CATCH_UP: _ClassVar[RebuildPhase]
    REBUILD_PHASE_INDEX: _ClassVar[RebuildPhase]
    REBUILD_PHASE_VERIFY: _ClassVar[RebuildPhase]
    REBUILD_PHASE_SWITCH: _ClassVar[RebuildPhase]
    REBUILD_PHASE_DONE: _ClassVar[RebuildPhase]

class GalleryState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GALLERY_STATE_UNSPECIFIED: _ClassVar[GalleryState]
    GALLERY_STATE_LIVE: _ClassVar[GalleryState]
    GALLERY_STATE_KEPT: _ClassVar[GalleryState]
    GALLERY_STATE_BUILDING: _ClassVar[GalleryState]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_ENROLLED: Outcome
OUTCOME_UNCHANGED: Outcome
OUTCOME_UPDATED: Outcome
OUTCOME_REFUSED: Outcome
REBUILD_PHASE_UNSPECIFIED: RebuildPhase
REBUILD_PHASE_BUILD: RebuildPhase
REBUILD_PHASE_CATCH_UP: RebuildPhase
REBUILD_PHASE_INDEX: RebuildPhase
REBUILD_PHASE_VERIFY: RebuildPhase
REBUILD_PHASE_SWITCH: RebuildPhase
REBUILD_PHASE_DONE: RebuildPhase
GALLERY_STATE_UNSPECIFIED: GalleryState
GALLERY_STATE_LIVE: GalleryState
GALLERY_STATE_KEPT: GalleryState
GALLERY_STATE_BUILDING: GalleryState

class EnrolProductsRequest(_message.Message):
    __slots__ = ("product_id", "name", "photo", "store", "attributes", "region")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    product_id: str
    name: str
    photo: bytes
    store: str
    attributes: _struct_pb2.Struct
    region: _recognition_pb2.Box
    def __init__(self, product_id: _Optional[str] = ..., name: _Optional[str] = ..., photo: _Optional[bytes] = ..., store: _Optional[str] = ..., attributes: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., region: _Optional[_Union[_recognition_pb2.Box, _Mapping]] = ...) -> None: ...

class EnrolProductsResponse(_message.Message):
    __slots__ = ("enrolled", "unchanged", "refused", "updated")
    ENROLLED_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FIELD_NUMBER: _ClassVar[int]
    enrolled: int
    unchanged: int
    refused: _containers.RepeatedCompositeFieldContainer[Refusal]
    updated: int
    def __init__(self, enrolled: _Optional[int] = ..., unchanged: _Optional[int] = ..., refused: _Optional[_Iterable[_Union[Refusal, _Mapping]]] = ..., updated: _Optional[int] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("index", "product_id", "reason")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    index: int
    product_id: str
    reason: str
    def __init__(self, index: _Optional[int] = ..., product_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CheckReferencesRequest(_message.Message):
    __slots__ = ("references",)
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    references: _containers.RepeatedCompositeFieldContainer[ReferenceToCheck]
    def __init__(self, references: _Optional[_Iterable[_Union[ReferenceToCheck, _Mapping]]] = ...) -> None: ...

class ReferenceToCheck(_message.Message):
    __slots__ = ("product_id", "name", "store", "attributes", "photo_id")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    product_id: str
    name: str
    store: str
    attributes: _struct_pb2.Struct
    photo_id: str
    def __init__(self, product_id: _Optional[str] = ..., name: _Optional[str] = ..., store: _Optional[str] = ..., attributes: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., photo_id: _Optional[str] = ...) -> None: ...

class CheckReferencesResponse(_message.Message):
    __slots__ = ("references",)
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    references: _containers.RepeatedCompositeFieldContainer[CheckedReference]
    def __init__(self, references: _Optional[_Iterable[_Union[CheckedReference, _Mapping]]] = ...) -> None: ...

class CheckedReference(_message.Message):
    __slots__ = ("outcome", "reason")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    reason: str
    def __init__(self, outcome: _Optional[_Union[Outcome, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class RemoveProductsRequest(_message.Message):
    __slots__ = ("product_ids", "store")
    PRODUCT_IDS_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    product_ids: _containers.RepeatedScalarFieldContainer[str]
    store: str
    def __init__(self, product_ids: _Optional[_Iterable[str]] = ..., store: _Optional[str] = ...) -> None: ...

class RemoveProductsResponse(_message.Message):
    __slots__ = ("products", "rows", "missing")
    PRODUCTS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    products: int
    rows: int
    missing: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, products: _Optional[int] = ..., rows: _Optional[int] = ..., missing: _Optional[_Iterable[str]] = ...) -> None: ...

class GetProductRequest(_message.Message):
    __slots__ = ("product_id", "store")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    product_id: str
    store: str
    def __init__(self, product_id: _Optional[str] = ..., store: _Optional[str] = ...) -> None: ...

class GetProductResponse(_message.Message):
    __slots__ = ("product", "references")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    product: Product
    references: _containers.RepeatedCompositeFieldContainer[ProductReference]
    def __init__(self, product: _Optional[_Union[Product, _Mapping]] = ..., references: _Optional[_Iterable[_Union[ProductReference, _Mapping]]] = ...) -> None: ...

class ProductReference(_message.Message):
    __slots__ = ("photo_id", "rotations", "active", "attributes")
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    ROTATIONS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    photo_id: str
    rotations: int
    active: bool
    attributes: _struct_pb2.Struct
    def __init__(self, photo_id: _Optional[str] = ..., rotations: _Optional[int] = ..., active: _Optional[bool] = ..., attributes: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class SearchByImageRequest(_message.Message):
    __slots__ = ("photo", "store", "region", "whole", "max_products")
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    WHOLE_FIELD_NUMBER: _ClassVar[int]
    MAX_PRODUCTS_FIELD_NUMBER: _ClassVar[int]
    photo: bytes
    store: str
    region: _recognition_pb2.Box
    whole: bool
    max_products: int
    def __init__(self, photo: _Optional[bytes] = ..., store: _Optional[str] = ..., region: _Optional[_Union[_recognition_pb2.Box, _Mapping]] = ..., whole: _Optional[bool] = ..., max_products: _Optional[int] = ...) -> None: ...

class SearchByImageResponse(_message.Message):
    __slots__ = ("products", "box")
    PRODUCTS_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    products: _containers.RepeatedCompositeFieldContainer[_recognition_pb2.Candidate]
    box: _recognition_pb2.Box
    def __init__(self, products: _Optional[_Iterable[_Union[_recognition_pb2.Candidate, _Mapping]]] = ..., box: _Optional[_Union[_recognition_pb2.Box, _Mapping]] = ...) -> None: ...

class ListProductsRequest(_message.Message):
    __slots__ = ("store", "page_size", "page_token")
    STORE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    store: str
    page_size: int
    page_token: str
    def __init__(self, store: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProductsResponse(_message.Message):
    __slots__ = ("products", "next_page_token")
    PRODUCTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    products: _containers.RepeatedCompositeFieldContainer[Product]
    next_page_token: str
    def __init__(self, products: _Optional[_Iterable[_Union[Product, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Product(_message.Message):
    __slots__ = ("product_id", "name", "store", "active", "references", "attributes")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    product_id: str
    name: str
    store: str
    active: bool
    references: int
    attributes: _struct_pb2.Struct
    def __init__(self, product_id: _Optional[str] = ..., name: _Optional[str] = ..., store: _Optional[str] = ..., active: _Optional[bool] = ..., references: _Optional[int] = ..., attributes: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class DescribeGalleryRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeGalleryResponse(_message.Message):
    __slots__ = ("gallery", "embedder_fingerprint", "products", "references", "rows", "dimension", "calibration")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    EMBEDDER_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    PRODUCTS_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    embedder_fingerprint: str
    products: int
    references: int
    rows: int
    dimension: int
    calibration: Calibration
    def __init__(self, gallery: _Optional[str] = ..., embedder_fingerprint: _Optional[str] = ..., products: _Optional[int] = ..., references: _Optional[int] = ..., rows: _Optional[int] = ..., dimension: _Optional[int] = ..., calibration: _Optional[_Union[Calibration, _Mapping]] = ...) -> None: ...

class ExportGalleryRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExportGalleryResponse(_message.Message):
    __slots__ = ("header", "rows")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    header: GalleryHeader
    rows: _containers.RepeatedCompositeFieldContainer[GalleryRow]
    def __init__(self, header: _Optional[_Union[GalleryHeader, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[GalleryRow, _Mapping]]] = ...) -> None: ...

class LoadGalleryRequest(_message.Message):
    __slots__ = ("header", "rows")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    header: GalleryHeader
    rows: _containers.RepeatedCompositeFieldContainer[GalleryRow]
    def __init__(self, header: _Optional[_Union[GalleryHeader, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[GalleryRow, _Mapping]]] = ...) -> None: ...

class LoadGalleryResponse(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: int
    def __init__(self, rows: _Optional[int] = ...) -> None: ...

class GalleryHeader(_message.Message):
    __slots__ = ("gallery", "embedder_fingerprint", "dimension", "rows", "calibration")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    EMBEDDER_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    embedder_fingerprint: str
    dimension: int
    rows: int
    calibration: Calibration
    def __init__(self, gallery: _Optional[str] = ..., embedder_fingerprint: _Optional[str] = ..., dimension: _Optional[int] = ..., rows: _Optional[int] = ..., calibration: _Optional[_Union[Calibration, _Mapping]] = ...) -> None: ...

class Calibration(_message.Message):
    __slots__ = ("enrolled_intercept", "enrolled_weight", "best_intercept", "best_weight", "cohort_floor", "unknown_below", "known_from", "segmentation_weight", "best_cohort_weight")
    ENROLLED_INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    ENROLLED_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    BEST_INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    BEST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    COHORT_FLOOR_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_BELOW_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FROM_FIELD_NUMBER: _ClassVar[int]
    SEGMENTATION_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    BEST_COHORT_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    enrolled_intercept: float
    enrolled_weight: float
    best_intercept: float
    best_weight: float
    cohort_floor: float
    unknown_below: float
    known_from: float
    segmentation_weight: float
    best_cohort_weight: float
    def __init__(self, enrolled_intercept: _Optional[float] = ..., enrolled_weight: _Optional[float] = ..., best_intercept: _Optional[float] = ..., best_weight: _Optional[float] = ..., cohort_floor: _Optional[float] = ..., unknown_below: _Optional[float] = ..., known_from: _Optional[float] = ..., segmentation_weight: _Optional[float] = ..., best_cohort_weight: _Optional[float] = ...) -> None: ...

class SetCalibrationRequest(_message.Message):
    __slots__ = ("calibration", "embedder_fingerprint")
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    EMBEDDER_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    calibration: Calibration
    embedder_fingerprint: str
    def __init__(self, calibration: _Optional[_Union[Calibration, _Mapping]] = ..., embedder_fingerprint: _Optional[str] = ...) -> None: ...

class SetCalibrationResponse(_message.Message):
    __slots__ = ("gallery",)
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    def __init__(self, gallery: _Optional[str] = ...) -> None: ...

class GalleryRow(_message.Message):
    __slots__ = ("reference_id", "product_id", "name", "store", "active", "degrees", "attributes", "vector")
    REFERENCE_ID_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    DEGREES_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    reference_id: str
    product_id: str
    name: str
    store: str
    active: bool
    degrees: int
    attributes: _struct_pb2.Struct
    vector: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, reference_id: _Optional[str] = ..., product_id: _Optional[str] = ..., name: _Optional[str] = ..., store: _Optional[str] = ..., active: _Optional[bool] = ..., degrees: _Optional[int] = ..., attributes: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., vector: _Optional[_Iterable[float]] = ...) -> None: ...

class RebuildRequest(_message.Message):
    __slots__ = ("embedder", "rotations", "rollback", "allow_missing")
    EMBEDDER_FIELD_NUMBER: _ClassVar[int]
    ROTATIONS_FIELD_NUMBER: _ClassVar[int]
    ROLLBACK_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    embedder: str
    rotations: int
    rollback: Rollback
    allow_missing: bool
    def __init__(self, embedder: _Optional[str] = ..., rotations: _Optional[int] = ..., rollback: _Optional[_Union[Rollback, _Mapping]] = ..., allow_missing: _Optional[bool] = ...) -> None: ...

class Rollback(_message.Message):
    __slots__ = ("gallery",)
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    def __init__(self, gallery: _Optional[str] = ...) -> None: ...

class RebuildResponse(_message.Message):
    __slots__ = ("phase", "gallery", "replaces", "done", "total", "embedded", "relabelled", "removed", "tried", "found", "missing_count", "missing")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    EMBEDDED_FIELD_NUMBER: _ClassVar[int]
    RELABELLED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    TRIED_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    MISSING_COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    phase: RebuildPhase
    gallery: str
    replaces: str
    done: int
    total: int
    embedded: int
    relabelled: int
    removed: int
    tried: int
    found: int
    missing_count: int
    missing: _containers.RepeatedCompositeFieldContainer[MissingPhoto]
    def __init__(self, phase: _Optional[_Union[RebuildPhase, str]] = ..., gallery: _Optional[str] = ..., replaces: _Optional[str] = ..., done: _Optional[int] = ..., total: _Optional[int] = ..., embedded: _Optional[int] = ..., relabelled: _Optional[int] = ..., removed: _Optional[int] = ..., tried: _Optional[int] = ..., found: _Optional[int] = ..., missing_count: _Optional[int] = ..., missing: _Optional[_Iterable[_Union[MissingPhoto, _Mapping]]] = ...) -> None: ...

class MissingPhoto(_message.Message):
    __slots__ = ("photo_id", "product_id", "store", "reason")
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    photo_id: str
    product_id: str
    store: str
    reason: str
    def __init__(self, photo_id: _Optional[str] = ..., product_id: _Optional[str] = ..., store: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DropGalleryRequest(_message.Message):
    __slots__ = ("gallery",)
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    def __init__(self, gallery: _Optional[str] = ...) -> None: ...

class DropGalleryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListGalleriesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListGalleriesResponse(_message.Message):
    __slots__ = ("galleries",)
    GALLERIES_FIELD_NUMBER: _ClassVar[int]
    galleries: _containers.RepeatedCompositeFieldContainer[GalleryVersion]
    def __init__(self, galleries: _Optional[_Iterable[_Union[GalleryVersion, _Mapping]]] = ...) -> None: ...

class GalleryVersion(_message.Message):
    __slots__ = ("gallery", "state", "embedder_fingerprint", "embedder", "rotations", "rows")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EMBEDDER_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    EMBEDDER_FIELD_NUMBER: _ClassVar[int]
    ROTATIONS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    state: GalleryState
    embedder_fingerprint: str
    embedder: str
    rotations: int
    rows: int
    def __init__(self, gallery: _Optional[str] = ..., state: _Optional[_Union[GalleryState, str]] = ..., embedder_fingerprint: _Optional[str] = ..., embedder: _Optional[str] = ..., rotations: _Optional[int] = ..., rows: _Optional[int] = ...) -> None: ...
