"""Configurations of model folders."""

from __future__ import annotations

from pathlib import Path

from runtime import model_folder
from tillsight.recognition.calibration import Calibration


def test_a_written_calibration_replaces_the_previous_one(tmp_path: Path) -> None:
    config = tmp_path / "config.pbtxt"
    config.write_text(
        'name: "vgg"\nmax_batch_size: 2\ninput [ { name: "crops" data_type: TYPE_UINT8 dims: [ 8, 8, 3 ] } ]\n'
        'parameters { key: "fingerprint" value: { string_value: "aa" } }\n'
    )
    for known_from in (0.5, 0.75):
        model_folder.write_calibration(tmp_path, Calibration(known_from=known_from))

    for path in (config, tmp_path / "configs" / "gpu.pbtxt"):
        assert path.read_text().count("calibration") == 1
    assert Calibration.from_json(model_folder.parameter(tmp_path, "calibration")).known_from == 0.75
    assert model_folder.parameter(tmp_path, "fingerprint") == "aa"
