"""How tools start."""

from __future__ import annotations

import pytest

from runtime.command import run
from tillsight.domain.errors import InvalidInput


def test_an_error_is_one_line_on_stderr_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise InvalidInput("give another file")

    with pytest.raises(SystemExit) as ended:
        run(fail)

    assert ended.value.code == 2
    assert capsys.readouterr().err == "error: give another file\n"
