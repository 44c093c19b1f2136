"""The command `tocsin`. The folder is the registry: each module without a leading `_` brings its own `app`.

Exit codes: 0 fine, 1 a check found problems, 2 wrong usage or settings, 3 a broker, mail server or store is
not reachable, 70 going on would be wrong (the supervisor starts the process again), 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    from streams.cli import _assembly, _exits  # noqa: PLC0415 - a broken command is reported, not raised

    try:
        _assembly.command().main(args=None if argv is None else list(argv), prog_name="tocsin")
    except SystemExit as finished:
        return _exits.of_system_exit(finished)
    except KeyboardInterrupt:
        return _exits.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes an exit code
        return _exits.report(error)
    return _exits.OK
