"""The one place where an error becomes an exit code and a sentence on stderr."""

from __future__ import annotations

import sys
import traceback

from pydantic import ValidationError

from schemas.errors import Fatal, Permanent, Poison, TocsinError, Transient
from streams.cli._text import safe

OK = 0
PROBLEMS = 1
USAGE = 2
UNREACHABLE = 3
FATAL = 70
INTERRUPTED = 130

_CODES: tuple[tuple[type[TocsinError], int], ...] = (
    (Transient, UNREACHABLE),
    (Permanent, USAGE),
    (Poison, PROBLEMS),
    (Fatal, FATAL),
)


def code_of(error: BaseException) -> int:
    """The exit code that says what should happen next.

    >>> code_of(Transient("no broker")), code_of(Permanent("wrong file")), code_of(RuntimeError("a defect"))
    (3, 2, 70)
    """
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if _about_settings(error):
        return USAGE
    return next((code for kind, code in _CODES if isinstance(error, kind)), FATAL)


def report(error: Exception) -> int:
    """Say on stderr what went wrong, and return the exit code.

    Our own errors are sentences; their traceback is shown at log level debug only. Any other exception is a
    defect: its traceback is what a bug report needs, so it is always shown.
    """
    known = isinstance(error, TocsinError) or _about_settings(error)
    if not known or _debug():
        traceback.print_exception(error, file=sys.stderr)
    print("tocsin:", safe(_sentence(error)), file=sys.stderr)
    return code_of(error)


def of_system_exit(finished: SystemExit) -> int:
    """The code of a command that ended by itself; a message instead of a code means 1, as in Python."""
    if finished.code is None:
        return OK
    if isinstance(finished.code, int):
        return finished.code
    print("tocsin:", safe(str(finished.code)), file=sys.stderr)
    return PROBLEMS


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError) and _about_settings(error):
        return settings_sentence(error)
    if isinstance(error, TocsinError):
        return str(error)
    what = f"{type(error).__name__}: {error}"
    return f"this is a defect in Tocsin ({what}); please report it with the lines above."


def settings_sentence(error: ValidationError) -> str:
    """Each wrong setting by the name an operator knows; values are not repeated, one may be a password."""
    wrong = [
        f"{_variable(problem['loc'])}: {problem['msg']}" for problem in error.errors(include_input=False)
    ]
    return "wrong settings. " + "; ".join(wrong) + "."


def _variable(place: tuple[int | str, ...]) -> str:
    return "TOCSIN_" + "_".join(str(part) for part in place).upper()


def _about_settings(error: BaseException) -> bool:
    return isinstance(error, ValidationError) and error.title == "Settings"


def _debug() -> bool:
    from streams.settings import Settings  # noqa: PLC0415 - only a failing command needs it here

    try:
        return Settings().log_level == "debug"
    except ValidationError:
        return False
