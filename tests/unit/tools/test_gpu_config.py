"""The GPU configuration of a model follows from its config.pbtxt."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

import gpu_config
from gpu_config import ENGINE_CACHE, gpu_pbtxt, main, stale, write
from support.paths import ROOT

ORIGINAL = (ROOT / "model_repository" / "unet" / "config.pbtxt").read_text()


def config(text: str) -> ModelConfig:
    return text_format.Parse(text, ModelConfig())


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model repository with the configuration of one model, and none for a GPU."""
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "config.pbtxt").write_text(ORIGINAL)
    monkeypatch.setattr(gpu_config, "REPOSITORY", tmp_path)
    return tmp_path


def test_new_weights_get_an_engine_of_their_own() -> None:
    original = config(ORIGINAL)
    paths = set()
    for fingerprint in ("00000000aaaaaaaa", "00000000bbbbbbbb"):
        current = original.parameters["fingerprint"].string_value
        gpu = config(gpu_pbtxt(ORIGINAL.replace(current, fingerprint)))
        (accelerator,) = gpu.optimization.execution_accelerators.gpu_execution_accelerator
        paths.add(accelerator.parameters["trt_engine_cache_path"])
    assert len(paths) == 2
    assert all(path.startswith(f"{ENGINE_CACHE}/{original.name}-") for path in paths)


def test_a_configuration_is_stale_until_it_is_written_and_after_its_source_changed(repository: Path) -> None:
    model = repository / "unet"
    assert stale(model)
    write(model)
    assert not stale(model)
    (model / "config.pbtxt").write_text(ORIGINAL + "\n# changed\n")
    assert stale(model)


def test_the_check_fails_for_a_stale_configuration_and_names_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(check=True)
    assert ended.value.code == 1 and "unet/configs/gpu.pbtxt" in capsys.readouterr().err
    main()
    main(check=True)
