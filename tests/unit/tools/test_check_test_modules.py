"""Every module needs a test module of its name, unless an exception with a reason is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from check_test_modules import EXCEPTIONS, checked_modules, find_faults
from support.paths import ROOT


def project(root: Path, *files: str) -> Path:
    """A project of these files; test modules hold one test."""
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def test_it(): ...\n" if path.name.startswith("test_") else "")
    return root


@pytest.mark.parametrize(
    ("module", "test"),
    [
        ("services/tillsight/service.py", "tests/unit/test_service.py"),
        ("services/tillsight/imaging/crops.py", "tests/unit/imaging/test_crops.py"),
        ("services/tillsight/adapters/milvus/rows.py", "tests/unit/adapters/milvus/test_rows.py"),
        ("services/tillsight/gallery/rebuild.py", "tests/integration/gallery/test_rebuild.py"),
        ("services/tillsight/rpc/server.py", "tests/rpc/test_server.py"),
        ("services/tillsight/cli/main.py", "tests/rpc/cli/test_main.py"),
        ("services/tillsight/client/client.py", "tests/rpc/client/test_client.py"),
        ("tools/evaluation/scenes.py", "tests/unit/tools/evaluation/test_scenes.py"),
        ("tools/store/scenes/coco.py", "tests/unit/tools/store/scenes/test_coco.py"),
        ("tools/store/scenes/coco.py", "tests/unit/tools/store/test_coco.py"),
        ("tools/make_store.py", "tests/unit/tools/test_make_store.py"),
    ],
)
def test_a_module_is_tested_by_a_module_of_its_name_in_the_mirrored_folder(
    module: str, test: str, tmp_path: Path
) -> None:
    project(tmp_path, module)
    (fault,) = find_faults(tmp_path, {})
    assert fault.startswith(f"{module} has no test module: add ") and test in fault
    assert find_faults(project(tmp_path, test), {}) == []


def test_a_test_module_of_another_package_or_without_a_test_does_not_count(tmp_path: Path) -> None:
    root = project(tmp_path, "services/tillsight/imaging/crops.py", "tests/unit/gallery/test_crops.py")
    (root / "tests/unit/imaging").mkdir(parents=True)
    (root / "tests/unit/imaging/test_crops.py").write_text('"""Nothing yet."""\n')
    assert len(find_faults(root, {})) == 1


def test_packages_and_generated_code_need_no_test_module(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "services/tillsight/__init__.py",
        "services/tillsight/v1/catalogue_pb2.py",
        "services/tillsight/local/backends/onnxruntime/model.py",
        "tools/store/__init__.py",
    )
    assert checked_modules(root) == []


@pytest.mark.parametrize("exception", ["tools/store/packs/cans.py", "tools/store/packs/", "tools/store/"])
def test_a_module_or_a_folder_can_be_an_exception(exception: str, tmp_path: Path) -> None:
    root = project(tmp_path, "tools/store/packs/cans.py")
    assert find_faults(root, {exception: "drawing"}) == []


def test_the_name_of_a_folder_does_not_cover_a_folder_whose_name_starts_with_it(tmp_path: Path) -> None:
    root = project(tmp_path, "tools/store_front/cans.py")
    assert len(find_faults(root, {"tools/store/": "drawing"})) == 2


def test_an_exception_that_is_tested_or_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    root = project(tmp_path, "tools/figures.py", "tests/unit/tools/test_figures.py", "tools/store/cans.py")
    faults = find_faults(root, {"tools/figures.py": "?", "tools/gone.py": "?", "tools/store/": "drawing"})
    assert [fault.split(" ")[0] for fault in faults] == ["tools/figures.py", "tools/gone.py"]


def test_every_exception_of_the_project_has_a_reason_and_exists() -> None:
    assert all(reason.strip() for reason in EXCEPTIONS.values())
    assert all((ROOT / exception).exists() for exception in EXCEPTIONS)
