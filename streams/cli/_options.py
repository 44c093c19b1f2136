"""Options that many commands share, and the settings that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from streams.settings import Settings

Broker = Annotated[
    str | None,
    typer.Option("--broker", metavar="HOST:PORT", help="Bootstrap servers; otherwise TOCSIN_BROKER."),
]
Prefix = Annotated[
    str | None,
    typer.Option("--prefix", metavar="TEXT", help="Put before every topic; otherwise TOCSIN_TOPIC_PREFIX."),
]
Partitions = Annotated[
    int | None,
    typer.Option(
        "--partitions", min=1, metavar="N", help="Of every keyed topic; otherwise TOCSIN_PARTITIONS."
    ),
]
QuietUntil = Annotated[
    str | None,
    typer.Option(
        "--quiet-until",
        metavar="TIME",
        help="Mail nothing of what rang before; a date is midnight UTC. Otherwise TOCSIN_QUIET_UNTIL.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines instead of tables.")]


def settings(*, logs: bool = True, **overrides: Any) -> Settings:
    """Read the settings once; an override of None leaves the environment's word.

    Args:
        logs: set the process's logging up from them as well.
        overrides: fields of `Settings`, e.g. `broker=`, `topic_prefix=`.

    Raises:
        pydantic.ValidationError: a setting is wrong; the command ends with exit code 2.
    """
    from streams.settings import Settings  # noqa: PLC0415 - keeps `tocsin --help` quick

    read = Settings(**{name: value for name, value in overrides.items() if value is not None})
    if logs:
        from streams.cli._logging import set_up  # noqa: PLC0415 - the same

        set_up(read.log_level, as_json=read.log_json)
    return read
