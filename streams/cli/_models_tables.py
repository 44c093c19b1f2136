"""What `tocsin models` shows of the versions. Documents are read as they are: an older one may say less."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from streams.cli._output import table
from streams.cli._text import one_line
from streams.engine.following import load

if TYPE_CHECKING:
    from streams.engine.versions import Version
    from streams.settings import Settings
    from streams.shelf import Shelf

MOST_WEIGHTS = 8


def use(shelf: Shelf, version: Version) -> str:
    """What a version is for now, in words; empty for most."""
    words = []
    if shelf.pinned is not None and shelf.pinned.name == version.name:
        words.append("pinned")
    if shelf.in_use is not None and shelf.in_use.name == version.name:
        words.append("scores")
    if shelf.why_not(version) is not None:
        words.append("cannot be used")
    return ", ".join(words)


def listed(shelf: Shelf) -> dict[str, Any]:
    """The list for machines."""
    return {
        "in_use": None if shelf.in_use is None else shelf.in_use.name,
        "pinned": None if shelf.pinned is None else shelf.pinned.name,
        "versions": [
            {"version": each.name, "why_not": shelf.why_not(each), **_said(each)}
            for each in reversed(shelf.versions)
        ],
    }


def list_table(settings: Settings, shelf: Shelf) -> Table:
    """The list for people, the newest first."""
    measures = sorted({name for each in shelf.versions for name in _mapping(_said(each)["metrics"])})
    rows = []
    for each in reversed(shelf.versions):
        said = _said(each)
        rows.append(
            (
                each.name,
                said["label_time"],
                _learnt(said["learnt"]),
                *(_figure(_mapping(said["metrics"]).get(name)) for name in measures),
                use(shelf, each),
            )
        )
    columns = (
        "version",
        "labels up to",
        "learnt (days: examples)",
        *(f"{name}#" for name in measures),
        "use",
    )
    return table(f"Versions on {settings.topic('models')} at {settings.broker}", columns, rows)


def shown(shelf: Shelf, version: Version) -> Iterator[str | Table]:
    """One version in words."""
    said, words = _said(version), use(shelf, version)
    yield one_line(f"{version.name}{f' ({words})' if words else ''}")
    why = shelf.why_not(version)
    if why is not None:
        yield one_line(f"It cannot be used: {why}")
        return
    yield one_line(f"labels up to: {said['label_time'] or '-'}")
    yield one_line(f"learnt (days: examples): {_learnt(said['learnt']) or '-'}")
    for name in ("metrics", "offsets"):
        each = _mapping(said[name])
        if each:
            yield one_line(f"{name}: {', '.join(f'{key} {_figure(value)}' for key, value in each.items())}")
    for days, horizon in load(version, None).churn.horizons.items():
        weights = sorted(horizon.regression.weights.items(), key=lambda item: -abs(item[1]))[:MOST_WEIGHTS]
        if weights:
            yield ""
            yield table(
                f"{days} days",
                ("what weighs most", "log-odds of silence for one standard deviation#"),
                [(name, f"{weight:+.3f}") for name, weight in weights],
            )


def _said(version: Version) -> dict[str, Any]:
    document = version.document()
    return {name: document.get(name) for name in ("label_time", "learnt", "metrics", "offsets")}


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _learnt(found: object) -> str:
    return ", ".join(f"{days}: {_figure(count)}" for days, count in _mapping(found).items())


def _figure(value: object) -> str:
    """A figure as short as it can be told.

    >>> _figure(0.0909123), _figure(12345), _figure(None), _figure({"a": 1})
    ('0.09091', '12,345', '-', "{'a': 1}")
    """
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "-"
    return f"{value:,}" if isinstance(value, int) else str(value)
