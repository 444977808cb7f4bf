"""Settings: the only reader of the environment. Each field is TILLSIGHT_<NAME>; a .env file is read too."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import structlog
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tillsight.domain.limits import MAX_CANDIDATES, MAX_ROTATIONS


class Settings(BaseSettings):
    """Everything that can be set, once, at the entry point."""

    model_config = SettingsConfigDict(env_prefix="TILLSIGHT_", env_file=".env", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address the service listens on")
    port: int = Field(50051, ge=0, le=65535, description="Port the service listens on; 0: one of the system's choice")
    triton: str = Field("127.0.0.1:8001", description="Triton's gRPC address, HOST:PORT")
    milvus: str = Field("http://127.0.0.1:19530", description="Milvus's URI")
    milvus_token: str = Field("", repr=False, description="Milvus's token, user:password")
    gallery: str = Field("gallery", pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$", description="Alias of the live gallery")
    segmenter_model: str = Field("unet", description="Name of the segmentation model on Triton")
    embedder_model: str = Field("vgg", description="Name of the embedding model on Triton of a gallery yet to be made")
    rotations: int = Field(
        8, ge=1, le=MAX_ROTATIONS, description="Rotations each reference photo is enrolled at, of the same"
    )
    rebuild_share: float = Field(0.5, gt=0, le=1, description="Of the time a rebuild asks the embedder")
    candidates: int = Field(5, ge=1, le=MAX_CANDIDATES, description="Products named for each object")
    max_photo_bytes: int = Field(16 * 1024 * 1024, gt=0, description="Largest encoded photo taken")
    max_photo_pixels: int = Field(50_000_000, gt=0, description="Largest decoded photo taken")
    max_concurrent_calls: int = Field(32, gt=0, description="Calls served at once; further ones are refused")
    default_deadline_s: float = Field(30.0, gt=0, description="For calls without a deadline of their own")
    enrol_deadline_s: float = Field(600.0, gt=0, description="The same for enrolment")
    grace_s: float = Field(10.0, ge=0, description="Time that calls under way are given at shutdown")
    data_dir: Path = Field(Path("var"), description="Kept photos, and the local stack's data and logs")
    model_repository: Path = Field(Path("model_repository"), description="Models the local Triton serves")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level logged")


def configure_logging(level: str) -> None:
    """Log to stderr: for people on a terminal, one JSON object a line elsewhere."""
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
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it prints a traceback for errors we report ourselves
