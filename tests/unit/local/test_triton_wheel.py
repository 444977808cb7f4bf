"""What a machine lacks for the local Triton is one sentence."""

from __future__ import annotations

import importlib.util
import platform
import sysconfig
from pathlib import Path

import pytest

from tillsight.domain.errors import StartupError
from tillsight.local import triton_wheel


def test_another_platform_is_reported_with_what_to_do(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(StartupError, match=r"not on \w+ aarch64: .*docker compose"):
        triton_wheel.check_platform()


def test_a_missing_wheel_is_reported_with_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StartupError, match=r'pip install "tillsight\[local\]"'):
        triton_wheel.wheel_folder()


def test_a_missing_libpython_names_its_debian_package(monkeypatch):
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: None)
    monkeypatch.setattr(Path, "exists", lambda self, **_: False)
    with pytest.raises(StartupError, match=r"apt-get install libpython3\.\d+"):
        triton_wheel.libpython_folder()


def test_the_backends_are_assembled_once_and_include_the_onnxruntime_backend(tmp_path):
    first = triton_wheel.assemble_backends(tmp_path)
    assert (first / "onnxruntime" / "model.py").read_bytes() == triton_wheel.ONNXRUNTIME_BACKEND.read_bytes()
    assert (first / "python" / "triton_python_backend_stub").stat().st_mode & 0o111
    assert (first / "python" / "libtriton_python.so").is_file()
    made = first.stat().st_mtime_ns
    assert triton_wheel.assemble_backends(tmp_path) == first
    assert first.stat().st_mtime_ns == made
    assert list(tmp_path.iterdir()) == [first], "nothing half-made is left"


def test_a_changed_backend_is_assembled_in_another_folder(tmp_path, monkeypatch):
    first = triton_wheel.assemble_backends(tmp_path)
    changed = tmp_path / "changed.py"
    changed.write_text("# changed")
    monkeypatch.setattr(triton_wheel, "ONNXRUNTIME_BACKEND", changed)
    assert triton_wheel.assemble_backends(tmp_path) != first
