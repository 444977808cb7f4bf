from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_KNOWN: _ClassVar[Verdict]
    VERDICT_AMBIGUOUS: _ClassVar[Verdict]
    VERDICT_UNKNOWN: _ClassVar[Verdict]
VERDICT_UNSPECIFIED: Verdict
VERDICT_KNOWN: Verdict
VERDICT_AMBIGUOUS: Verdict
VERDICT_UNKNOWN: Verdict

class RecognizeRequest(_message.Message):
    __slots__ = ("photo", "store", "regions", "max_candidates", "run_lengths")
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    RUN_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    photo: bytes
    store: str
    regions: _containers.RepeatedCompositeFieldContainer[Box]
    max_candidates: int
    run_lengths: bool
    def __init__(self, photo: _Optional[bytes] = ..., store: _Optional[str] = ..., regions: _Optional[_Iterable[_Union[Box, _Mapping]]] = ..., max_candidates: _Optional[int] = ..., run_lengths: _Optional[bool] = ...) -> None: ...

class RecognizeResponse(_message.Message):
    __slots__ = ("width", "height", "objects", "timings_ms", "versions")
    class TimingsMsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_MS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    objects: _containers.RepeatedCompositeFieldContainer[RecognizedObject]
    timings_ms: _containers.ScalarMap[str, float]
    versions: Versions
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., objects: _Optional[_Iterable[_Union[RecognizedObject, _Mapping]]] = ..., timings_ms: _Optional[_Mapping[str, float]] = ..., versions: _Optional[_Union[Versions, _Mapping]] = ...) -> None: ...

class RecognizedObject(_message.Message):
    __slots__ = ("box", "mask", "segmentation_score", "verdict", "product_id", "name", "score", "probability", "candidates", "mask_runs")
    BOX_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    SEGMENTATION_SCORE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    MASK_RUNS_FIELD_NUMBER: _ClassVar[int]
    box: Box
    mask: Polygon
    segmentation_score: float
    verdict: Verdict
    product_id: str
    name: str
    score: float
    probability: float
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    mask_runs: RunLengths
    def __init__(self, box: _Optional[_Union[Box, _Mapping]] = ..., mask: _Optional[_Union[Polygon, _Mapping]] = ..., segmentation_score: _Optional[float] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., product_id: _Optional[str] = ..., name: _Optional[str] = ..., score: _Optional[float] = ..., probability: _Optional[float] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., mask_runs: _Optional[_Union[RunLengths, _Mapping]] = ...) -> None: ...

class Candidate(_message.Message):
    __slots__ = ("product_id", "name", "score", "reference_id", "store", "attributes", "photo_id")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ID_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    product_id: str
    name: str
    score: float
    reference_id: str
    store: str
    attributes: _struct_pb2.Struct
    photo_id: str
    def __init__(self, product_id: _Optional[str] = ..., name: _Optional[str] = ..., score: _Optional[float] = ..., reference_id: _Optional[str] = ..., store: _Optional[str] = ..., attributes: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., photo_id: _Optional[str] = ...) -> None: ...

class Box(_message.Message):
    __slots__ = ("x", "y", "width", "height")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    x: float
    y: float
    width: float
    height: float
    def __init__(self, x: _Optional[float] = ..., y: _Optional[float] = ..., width: _Optional[float] = ..., height: _Optional[float] = ...) -> None: ...

class Polygon(_message.Message):
    __slots__ = ("xy",)
    XY_FIELD_NUMBER: _ClassVar[int]
    xy: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, xy: _Optional[_Iterable[float]] = ...) -> None: ...

class RunLengths(_message.Message):
    __slots__ = ("counts",)
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, counts: _Optional[_Iterable[int]] = ...) -> None: ...

class Versions(_message.Message):
    __slots__ = ("segmenter", "embedder", "gallery")
    SEGMENTER_FIELD_NUMBER: _ClassVar[int]
    EMBEDDER_FIELD_NUMBER: _ClassVar[int]
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    segmenter: str
    embedder: str
    gallery: str
    def __init__(self, segmenter: _Optional[str] = ..., embedder: _Optional[str] = ..., gallery: _Optional[str] = ...) -> None: ...
