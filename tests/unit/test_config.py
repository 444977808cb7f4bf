"""Settings: read from the environment and .env, and checked."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import structlog
from pydantic import ValidationError

from tillsight.config import Settings, configure_logging

pytestmark = pytest.mark.usefixtures("no_settings")


def test_without_an_environment_the_service_listens_on_loopback() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.gallery) == ("127.0.0.1", 50051, "gallery")


def test_the_environment_overrides_defaults_and_arguments_override_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSIGHT_PORT", "6000")
    monkeypatch.setenv("TILLSIGHT_DATA_DIR", "/srv/tillsight")
    assert (Settings().port, Settings().data_dir) == (6000, Path("/srv/tillsight"))
    assert Settings(port=7000).port == 7000


def test_a_dotenv_file_is_read_and_the_environment_wins(no_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (no_settings / ".env").write_text("TILLSIGHT_MAX_CONCURRENT_CALLS=4\nTILLSIGHT_ROTATIONS=2\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("TILLSIGHT_ROTATIONS", "6")
    assert (Settings().max_concurrent_calls, Settings().rotations) == (4, 6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("MAX_CONCURRENT_CALLS", "0"),
        ("ROTATIONS", "0"),
        ("ROTATIONS", "37"),
        ("CANDIDATES", "51"),
        ("MAX_PHOTO_BYTES", "0"),
        ("DEFAULT_DEADLINE_S", "0"),
        ("DEFAULT_DEADLINE_S", "nan"),
        ("GRACE_S", "-1"),
        ("GALLERY", "my gallery"),
        ("GALLERY", "a_b"),
        ("GALLERY", ""),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_an_invalid_value_is_refused_and_its_setting_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TILLSIGHT_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert [error["loc"] for error in caught.value.errors()] == [(name.lower(),)]


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_a_token_is_not_shown() -> None:
    assert "geheim" not in repr(Settings(milvus_token="root:geheim"))  # noqa: S106


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_logs_go_to_stderr_as_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    level = logging.getLogger("pymilvus").level
    try:
        configure_logging("info")
        log = structlog.get_logger()
        log.debug("too fine")
        log.info("call", method="Ünïcode")
    finally:
        structlog.reset_defaults()
        logging.getLogger("pymilvus").setLevel(level)
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert json.loads(line)["event"] == "call" and json.loads(line)["method"] == "Ünïcode"
