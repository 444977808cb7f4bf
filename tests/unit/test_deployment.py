"""docker-compose.yml, Dockerfile and .env.example: what they name exists. No container engine is used."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from gpu_config import ENGINE_CACHE
from support.paths import ROOT
from tillsight.cli.main import app
from tillsight.config import Settings
from tillsight.local.triton import LocalTriton
from tillsight.local.triton_wheel import wheel_folder

COMPOSE = ROOT / "docker-compose.yml"
TEXT = COMPOSE.read_text()
SPEC: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = SPEC["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()
TRITONS = ["triton-cpu", "triton-gpu"]
each_service = pytest.mark.parametrize("name", SERVICES)
each_triton = pytest.mark.parametrize("name", TRITONS)


def words(instruction: str) -> list[str]:
    """The JSON words of the last such instruction in the Dockerfile."""
    return list(json.loads(re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1]))


def test_the_compose_file_is_valid_by_the_compose_specification() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    outcome = subprocess.run(checker, capture_output=True, text=True, timeout=60, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@each_service
def test_every_image_is_pinned_to_a_version(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?(-py3)?", tag), tag


def test_both_stages_of_the_image_are_the_same_pinned_python() -> None:
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.11.14-slim-bookworm"}


@each_service
def test_every_service_restarts_limits_its_log_and_has_a_health_check(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "stop_grace_period" in service
    assert "healthcheck" in service or ("build" in service and "HEALTHCHECK" in DOCKERFILE)


@each_service
def test_a_service_starts_when_what_it_needs_is_healthy(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] == "service_healthy"
        assert how.get("required", True) is ("profiles" not in SERVICES[needed])


def test_each_profile_starts_one_triton_and_everything_else_starts_always() -> None:
    assert {name: service.get("profiles") for name, service in SERVICES.items() if "profiles" in service} == {
        "triton-cpu": ["cpu"],
        "triton-gpu": ["gpu"],
    }
    (alias,) = {tuple(SERVICES[name]["networks"]["default"]["aliases"]) for name in TRITONS}
    assert SERVICES["tillsight"]["environment"]["TILLSIGHT_TRITON"] == f"{alias[0]}:8001"


@each_service
def test_every_mounted_path_exists(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert (ROOT / source).is_dir() if source.startswith(".") else source in SPEC["volumes"]
    for config in SERVICES[name].get("configs", []):
        assert yaml.safe_load(SPEC["configs"][config["source"]]["content"])


def test_every_volume_is_used() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert set(SPEC["volumes"]) <= used


@each_service
def test_ports_are_published_on_loopback_unless_the_user_sets_another_address(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert port.startswith(("127.0.0.1:", "${PUBLISH_ADDRESS:-127.0.0.1}:"))


def test_every_variable_of_the_compose_file_has_a_default_and_is_in_the_example() -> None:
    variables = re.findall(r"\$\{(\w+)([^}]*)\}", TEXT)
    assert {name for name, _ in variables} == {"PUBLISH_ADDRESS", "PUBLISH_PORT"}
    for name, default in variables:
        assert f"\n{name}={default.removeprefix(':-')}\n" in ENV_EXAMPLE
    assert "\nCOMPOSE_PROFILES=cpu\n" in ENV_EXAMPLE


def test_every_named_setting_exists_in_the_service() -> None:
    named = set(re.findall(r"\bTILLSIGHT_([A-Z_]+)", TEXT + DOCKERFILE + ENV_EXAMPLE))
    assert {name.lower() for name in named - {""}} <= set(Settings.model_fields)


def test_the_settings_of_the_containers_are_used_and_fixed_ones_are_not_in_the_example(
    no_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment: dict[str, str] = SERVICES["tillsight"]["environment"]
    offered = re.sub(r"^#(?=TILLSIGHT_)", "", ENV_EXAMPLE, flags=re.MULTILINE)
    assert not environment.keys() & set(re.findall(r"^(\w+)=", offered, re.MULTILINE))
    (no_settings / ".env").write_text(offered)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.host, settings.port, settings.milvus) == ("0.0.0.0", 50051, "http://milvus:19530")  # noqa: S104
    assert settings.rotations == Settings.model_fields["rotations"].default
    assert f"tillsight:{settings.data_dir}" in SERVICES["tillsight"]["volumes"][0].replace("references", "tillsight")


def test_running_calls_end_before_the_container_is_killed() -> None:
    grace = float(SERVICES["tillsight"]["stop_grace_period"].removesuffix("s"))
    assert grace > float(Settings.model_fields["grace_s"].default) + 5


def test_the_commands_of_the_image_are_those_of_the_package() -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert words("ENTRYPOINT") == ["tillsight"]
    assert {*words("CMD")} <= commands
    name, command = json.loads(re.findall(r"HEALTHCHECK[^\[]*CMD (\[.*\])", DOCKERFILE)[0])
    assert name == "tillsight" and command in commands


def test_every_file_the_image_copies_exists_and_is_not_ignored_by_the_build() -> None:
    allowed = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [
        source for line in re.findall(r"^COPY ([^-].*)$", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]
    ]
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / source).exists() for source in copied)


@each_triton
def test_the_flags_for_triton_are_known_to_a_real_tritonserver(name: str, tmp_path: Path) -> None:
    binary, *flags = SERVICES[name]["command"]
    assert binary == "tritonserver"
    environment = LocalTriton(ROOT / "model_repository", tmp_path)._environment()
    usage = subprocess.run(
        [str(wheel_folder() / "bin" / binary), "--help"], env=environment, capture_output=True, text=True, timeout=60
    )
    known = set(re.findall(r"^\s*(--[\w-]+)", usage.stdout + usage.stderr, re.MULTILINE))
    assert {flag.split("=")[0] for flag in flags} <= known


def test_the_gpu_triton_uses_the_gpu_configurations_and_caches_its_engines() -> None:
    cpu, gpu = (SERVICES[name] for name in TRITONS)
    assert set(gpu["command"]) - set(cpu["command"]) == {"--model-config-name=gpu"}
    assert set(cpu["command"]) <= set(gpu["command"])
    assert set(gpu["volumes"]) - set(cpu["volumes"]) == {f"engines:{ENGINE_CACHE}"}
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])


@pytest.mark.parametrize(
    ("name", "port"), [("triton-cpu", 8000), ("triton-gpu", 8000), ("milvus", 9091), ("attu", 3000)]
)
def test_a_health_check_calls_the_port_that_its_server_answers_on(name: str, port: int) -> None:
    test = SERVICES[name]["healthcheck"]["test"]
    assert test[0] == "CMD" and f"http://127.0.0.1:{port}" in test[-1]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here to read the console's health check")
def test_the_health_check_of_the_console_fails_without_an_answer() -> None:
    _, *command = SERVICES["attu"]["healthcheck"]["test"]
    command[-1] = command[-1].replace(":3000", ":1")
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 1
