"""`tocsin tail TOPIC`: look at the records of a topic."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import Permanent
from streams.cli import _options

if TYPE_CHECKING:
    from kafka import KafkaConsumer

    from streams.settings import Settings

app = typer.Typer()


@app.command("tail")
def tail(
    topic: Annotated[
        str, typer.Argument(help="A topic of ours (orders, dead-letters, alerts, ...) or any other.")
    ],
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="beginning|end|-N", help="-N is the newest N records.")
    ] = "-10",
    follow: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Go on with new records until Ctrl-C; `--from end` implies it."),
    ] = False,
    count: Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop after so many records.")] = None,
    grep: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Only records whose line or JSON matches.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Only records with exactly this key.")] = None,
    partition: Annotated[int | None, typer.Option(min=0, metavar="N", help="Only this partition.")] = None,
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    as_json: _options.Json = False,
) -> None:
    """Print records of a topic, one a line, safe to show: control characters are escaped, never obeyed.

    Only committed records are shown. Dead letters come with their reason and their place, alerts in words.

    Examples:
    - `tocsin tail alerts --follow`
    - `tocsin tail dead-letters --from beginning --grep not_json`
    - `tocsin tail orders --from -100 --key c-17 --json | jq .value.data`
    """
    from streams.cli import _output, _records  # noqa: PLC0415 - keeps `tocsin --help` quick
    from streams.kafka import clients  # noqa: PLC0415 - the same

    settings = _options.settings(broker=broker, topic_prefix=prefix)
    last = _last(start)
    matches = _matcher(grep)
    with clients.reader(settings) as consumer:
        records = _records_from(consumer, settings, topic, last, partition, follow=follow or start == "end")
        chosen = (record for record in records if key is None or record.key == key.encode())
        name = topic.removeprefix(settings.topic_prefix)
        lines = (
            _output.json_line(_records.document(record)) if as_json else _records.line(name, record)
            for record in chosen
        )
        for text in itertools.islice(filter(matches, lines), count):
            print(text, flush=follow)


def _last(start: str) -> int | None:
    """How many of the newest records; None for all of them."""
    if start == "beginning":
        return None
    if start == "end":
        return 0
    if re.fullmatch(r"-\d{1,9}", start):
        return int(start[1:])
    raise typer.BadParameter(f"{start!r} is none of: beginning, end, -10", param_hint="--from")


def _matcher(grep: str | None) -> Callable[[str], bool]:
    try:
        pattern = re.compile(grep or "")
    except re.error as error:
        raise typer.BadParameter(
            f"{grep!r} is no regular expression: {error}", param_hint="--grep"
        ) from error
    return lambda text: pattern.search(text) is not None


def _records_from(
    consumer: KafkaConsumer,
    settings: Settings,
    topic: str,
    last: int | None,
    partition: int | None,
    *,
    follow: bool,
) -> Iterator[Any]:
    from streams.kafka import reading  # noqa: PLC0415 - keeps `tocsin --help` quick
    from streams.kafka import tail as tailing  # noqa: PLC0415 - the same

    places = reading.partitions(consumer, _name(consumer, settings, topic))
    if partition is not None:
        places = [place for place in places if place.partition == partition]
        if not places:
            raise Permanent(f"{topic} has no partition {partition}.")
    spans = reading.spans(consumer, places)
    yield from tailing.stored(consumer, spans, last)
    if follow:
        yield from tailing.coming(consumer, {place: end for place, (_, end) in spans.items()})


def _name(consumer: KafkaConsumer, settings: Settings, topic: str) -> str:
    """The topic's name on the broker: with our prefix, or as it was typed."""
    there = consumer.topics()
    for name in (settings.topic(topic), topic):
        if name in there:
            return name
    ours = sorted(name for name in there if name.startswith(settings.topic_prefix))
    raise Permanent(
        f"the broker has no topic {settings.topic(topic)!r}; it has: {', '.join(ours) or 'none'}."
    )
