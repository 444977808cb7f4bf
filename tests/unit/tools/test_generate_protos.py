"""The generated package is compared with the protos."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import generate_protos
from generate_protos import GENERATED, main
from support.paths import ROOT


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The generated package in a copy of the project, which the command works on."""
    monkeypatch.setattr(generate_protos, "ROOT", tmp_path)
    folder = tmp_path / "services" / GENERATED
    shutil.copytree(ROOT / "services" / GENERATED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_generated_package_is_up_to_date(generated: Path) -> None:
    main(check=True)


@pytest.mark.parametrize("change", ["changed", "missing", "extra"])
def test_a_file_that_differs_is_named_until_it_is_generated_again(
    generated: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = generated / ("more_pb2.py" if change == "extra" else "catalogue_pb2.py")
    if change == "missing":
        file.unlink()
    else:
        file.write_text("# edited")
    with pytest.raises(SystemExit) as ended:
        main(check=True)
    assert ended.value.code == 1 and file.name in capsys.readouterr().err
    if change == "extra":
        file.unlink()
    main()
    main(check=True)
