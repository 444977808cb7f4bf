"""Settings and logging. Only this module reads the environment: setting `x` is TILLSIGHT_X, there or in a .env file."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import structlog
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tillsight.domain.limits import MAX_CANDIDATES, MAX_ROTATIONS
from tillsight.imaging.decoding import PhotoLimits

PHOTO_LIMITS = PhotoLimits()
"""The default limits of photos."""


class Settings(BaseSettings):
    """All settings. An entry point creates them once; ValidationError names a setting with an invalid value."""

    model_config = SettingsConfigDict(env_prefix="TILLSIGHT_", env_file=".env", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address that the service listens on")
    port: int = Field(50051, ge=0, le=65535, description="Port that the service listens on; 0: chosen by the system")
    triton: str = Field("127.0.0.1:8001", description="HOST:PORT of Triton's gRPC endpoint")
    milvus: str = Field("http://127.0.0.1:19530", description="URI of Milvus")
    milvus_token: str = Field("", repr=False, description="Token for Milvus, user:password")
    gallery: str = Field("gallery", pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$", description="Alias of the live gallery")
    segmenter_model: str = Field("unet", description="Name of the segmentation model on Triton")
    embedder_model: str = Field(
        "vgg", description="Name of the embedding model on Triton for the first gallery version"
    )
    rotations: int = Field(
        8, ge=1, le=MAX_ROTATIONS, description="Rotations of each reference photo in the first gallery version"
    )
    rebuild_share: float = Field(0.5, gt=0, le=1, description="Share of the time in which a rebuild uses the embedder")
    candidates: int = Field(5, ge=1, le=MAX_CANDIDATES, description="Candidates of each object in an answer")
    max_photo_bytes: int = Field(
        PHOTO_LIMITS.max_bytes, gt=0, description="Bytes of the largest accepted encoded photo"
    )
    max_photo_pixels: int = Field(PHOTO_LIMITS.max_pixels, gt=0, description="Pixels of the largest accepted photo")
    max_concurrent_calls: int = Field(32, gt=0, description="Calls that run at the same time; more are refused")
    default_deadline_s: float = Field(30.0, gt=0, description="Seconds that a call without a deadline may take")
    enrol_deadline_s: float = Field(600.0, gt=0, description="The same for enrolment, export, load and drop")
    grace_s: float = Field(10.0, ge=0, description="Seconds that running calls have to finish at shutdown")
    data_dir: Path = Field(Path("var"), description="Folder of kept photos, and of data and logs of the local stack")
    model_repository: Path = Field(Path("model_repository"), description="Folder of the models of the local Triton")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Lowest level that is logged")


def configure_logging(level: str) -> None:
    """Log to stderr: readable lines on a terminal, otherwise one JSON object per line."""
    renderer = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # pymilvus logs a traceback for every error, also for those that Tillsight handles.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
