"""perf_analyzer's command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtesting.perf_analyzer import default_cache, get_perf_analyzer, run_perf_analyzer


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program in place of perf_analyzer that writes its arguments beside itself and exits with 3."""
    path = tmp_path / "perf_analyzer-2.47.0" / "perf_analyzer"
    path.parent.mkdir()
    path.write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH|$@" > "$(dirname "$0")/arguments"\nexit 3\n')
    path.chmod(0o755)
    return path


def test_options_go_to_the_program_and_its_exit_code_comes_back(program: Path) -> None:
    assert run_perf_analyzer(program, "vgg", "localhost:1", ["-b", "4"]) == 3

    libraries, arguments = (program.parent / "arguments").read_text().strip().split("|")
    assert libraries.startswith(str(program.parent))
    assert arguments == "-m vgg -u localhost:1 -i grpc -b 4 --input-data random"


def test_input_data_of_the_caller_replaces_random_data(program: Path) -> None:
    run_perf_analyzer(program, "recognizer", "localhost:1", ["--input-data", "photos.json"])

    assert "random" not in (program.parent / "arguments").read_text()


def test_an_extracted_program_is_used_again(program: Path) -> None:
    assert get_perf_analyzer(program.parent.parent) == program


def test_the_cache_follows_the_users_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert default_cache() == tmp_path / "tillsight"
