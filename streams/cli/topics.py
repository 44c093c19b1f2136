"""`tocsin topics create|check`: the topics of `streams.topics` on a broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from streams.cli import _exits, _options
from streams.topics import TOPICS, Topic

if TYPE_CHECKING:
    from streams.kafka.topic_check import Found, Mismatch
    from streams.settings import Settings

GROUP = "topics"
app = typer.Typer(help="Create the topics, and check that they are as wanted.", no_args_is_help=True)


@app.command("create")
def create(
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    partitions: _options.Partitions = None,
    as_json: _options.Json = False,
) -> None:
    """Create every topic that is missing; topics that exist are checked, never changed.

    Exit code 1 if one that exists is not as wanted.

    Examples:
    - `tocsin topics create`
    - `tocsin topics create --broker kafka:9092 --prefix staging.`
    """
    from streams.kafka import admin  # noqa: PLC0415 - keeps `tocsin --help` quick

    settings = _options.settings(broker=broker, topic_prefix=prefix, partitions=partitions)
    _report(settings, as_json=as_json, created=admin.create_topics(settings))


@app.command("check")
def check(
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    partitions: _options.Partitions = None,
    as_json: _options.Json = False,
) -> None:
    """Compare the broker's topics with what is wanted: partitions, compaction, retention, limits.

    Exit code 1 if something is missing or different; the worker does not run then.

    Examples:
    - `tocsin topics check`
    - `tocsin topics check --json | jq .mismatches`
    """
    settings = _options.settings(broker=broker, topic_prefix=prefix, partitions=partitions)
    _report(settings, as_json=as_json, created=[])


def _report(settings: Settings, *, as_json: bool, created: list[str]) -> None:
    from streams.cli import _output  # noqa: PLC0415 - keeps `tocsin --help` quick
    from streams.kafka import admin, topic_check  # noqa: PLC0415 - the same

    mismatches, found = admin.check_topics(settings)
    unknown = topic_check.not_verifiable(admin.wanted(settings), found)
    if as_json:
        _output.write_json(
            {
                "created": created,
                "mismatches": [asdict(mismatch) for mismatch in mismatches],
                "not_verifiable": [{"topic": topic, "setting": name} for topic, name in unknown],
            }
        )
    else:
        rows = [_row(settings, topic, found, created, mismatches) for topic in TOPICS]
        columns = ("topic", "partitions#", "kept", "state", "what it carries")
        console = _output.console()
        console.print(_output.table(f"Topics at {settings.broker}", columns, rows))
        for sentence in topic_check.sentences(mismatches):
            console.print(f"- {sentence}")
        if unknown:
            names = ", ".join(sorted({name for _, name in unknown}))
            console.print(f"Not verifiable on this broker, it does not tell: {names}.")
    if mismatches:
        raise typer.Exit(_exits.PROBLEMS)


def _row(
    settings: Settings,
    topic: Topic,
    found: Mapping[str, Found],
    created: Sequence[str],
    mismatches: Sequence[Mismatch],
) -> tuple[object, ...]:
    name = settings.topic(topic.name)
    wrong = [mismatch.what for mismatch in mismatches if mismatch.topic == name]
    if name not in found:
        state = "missing"
    elif wrong:
        state = f"different: {', '.join(wrong)}"
    else:
        state = "created" if name in created else "as wanted"
    kept = "newest of each key" if topic.keep is None else f"{topic.keep.days} days"
    return name, found[name].partitions if name in found else None, kept, state, topic.purpose
