"""Every way a command can end has its code and its sentence."""

from __future__ import annotations

import io
from contextlib import redirect_stderr

import pytest
from pydantic import ValidationError

from schemas.errors import Fatal, Permanent, Poison, TocsinError, Transient
from streams.cli import _exits
from streams.settings import Settings


def said(error: Exception) -> tuple[int, str]:
    with redirect_stderr(io.StringIO()) as stderr:
        code = _exits.report(error)
    return code, stderr.getvalue()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Poison("invalid", "total: came 'x', wanted a number"), 1),
        (Permanent("tocsin.yaml, line 3"), 2),
        (Transient("no broker"), 3),
        (Fatal("partitions differ"), 70),
    ],
)
def test_our_errors_are_sentences_without_a_traceback(error: TocsinError, code: int) -> None:
    assert said(error) == (code, f"tocsin: {error}\n")


def test_a_defect_shows_its_traceback() -> None:
    try:
        raise KeyError("lost")  # noqa: TRY301 - it needs a traceback to show
    except KeyError as error:
        code, text = said(error)
    assert code == 70
    assert "Traceback" in text
    assert "this is a defect in Tocsin (KeyError: 'lost')" in text


def test_wrong_settings_are_named_as_operators_know_them_and_never_quoted() -> None:
    with pytest.raises(ValidationError) as wrong:
        Settings(partitions="hunter2", smtp_password=["hunter2"])  # type: ignore[arg-type]
    code, text = said(wrong.value)
    assert code == 2
    assert "TOCSIN_PARTITIONS: " in text
    assert "TOCSIN_SMTP_PASSWORD: " in text
    assert "hunter2" not in text


def test_what_came_from_outside_cannot_paint_the_terminal() -> None:
    assert said(Transient("broker \x1b[2J said \x07"))[1] == "tocsin: broker \\x1b[2J said \\x07\n"


def test_interrupted() -> None:
    assert _exits.code_of(KeyboardInterrupt()) == 130
    assert _exits.of_system_exit(SystemExit(130)) == 130
