"""`tocsin models list|show|pin|rollback`: the versions of the churn model, and which one scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import _exits, _options
from streams.cli._text import one_line

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.shelf import Shelf

GROUP = "models"
NEWEST = "newest"
Config = Annotated[
    Path | None,
    typer.Option("--config", help="The workers' tocsin.yaml, for what they ask; otherwise TOCSIN_CONFIG."),
]
app = typer.Typer(
    help="The versions of the churn model: which there are, and which one scores.", no_args_is_help=True
)


@app.command("list")
def list_versions(
    *,
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    config: Config = None,
    as_json: _options.Json = False,
) -> None:
    """List the versions on the topic, the newest first: what each has learnt, how well it did, which is used.

    "use" says which one scores: the pinned one, else the newest that can be read. A worker needs a moment to
    follow. Exit codes: 0 fine, also if there is none yet; 2 wrong settings or tocsin.yaml; 3 no broker.

    Examples:
    - `tocsin models list`
    - `tocsin models list --json | jq '.versions[0].metrics'`
    """
    from streams.cli import _models_tables, _output  # noqa: PLC0415 - keeps `tocsin --help` quick

    settings = _options.settings(broker=broker, topic_prefix=prefix, config=config)
    shelf = _shelf(settings)
    if as_json:
        _output.write_json(_models_tables.listed(shelf))
        return
    console = _output.console()
    if shelf.in_use is None:
        console.print("No version can be used yet; the prior alone scores, and nothing rings for churn.")
    if shelf.versions:
        console.print(_models_tables.list_table(settings, shelf))
    for version, why in shelf.unusable():
        console.print(f"- {one_line(version.name)} is not used: {one_line(why)}")


@app.command("show")
def show(
    version: Annotated[
        str | None, typer.Argument(metavar="VERSION", help="Or its beginning; otherwise the one that scores.")
    ] = None,
    *,
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    config: Config = None,
    as_json: _options.Json = False,
) -> None:
    """Show one version: what it has learnt, how well it did, and what weighs most in it.

    `--json` is the whole document as it travels. Exit codes: 0 fine; 1 there is no version to show; 2 no such
    version, or it cannot be read; 3 no broker.

    Examples:
    - `tocsin models show`
    - `tocsin models show 2026-11-20`
    - `tocsin models show --json > model.json`
    """
    from streams.cli import _models_tables, _output  # noqa: PLC0415 - keeps `tocsin --help` quick

    shelf = _shelf(_options.settings(broker=broker, topic_prefix=prefix, config=config))
    found = shelf.in_use if version is None else shelf.find(version)
    if found is None:
        print("No version can be used yet; the prior alone scores.")
        raise typer.Exit(_exits.PROBLEMS)
    if as_json:
        _output.write_json(found.document())
        return
    console = _output.console()
    for line in _models_tables.shown(shelf, found):
        console.print(line)


@app.command("pin")
def pin(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="Or its beginning; `newest` follows the newest again.")
    ],
    *,
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    config: Config = None,
    as_json: _options.Json = False,
) -> None:
    """Let every worker score with one version, now and after a start, whatever is learnt meanwhile.

    The trainer goes on; `tocsin models pin newest` takes up what it has learnt. The pin carries the version
    with it, so it is found even when the topic has dropped it. Exit codes: 0 pinned; 2 no such version, or it
    cannot be read, or it does not answer what tocsin.yaml asks; 3 no broker.

    Examples:
    - `tocsin models pin 2026-11-20`
    - `tocsin models pin newest`
    """
    from streams.kafka import models  # noqa: PLC0415 - keeps `tocsin --help` quick

    settings = _options.settings(broker=broker, topic_prefix=prefix, config=config)
    shelf = _shelf(settings)
    if version == NEWEST:
        models.pin(settings, None)
        _said(None, "The newest version scores, now and as it goes on.", as_json=as_json)
        return
    found = shelf.find(version)
    shelf.must_be_usable(found)
    models.pin(settings, found)
    _said(found.name, f"{found.name} is pinned; `tocsin models pin newest` ends that.", as_json=as_json)


@app.command("rollback")
def rollback(
    *,
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    config: Config = None,
    as_json: _options.Json = False,
) -> None:
    """Pin the version before the one that scores; a second time goes one further back.

    Exit codes: 0 pinned; 1 there is none before it; 2 wrong settings or tocsin.yaml; 3 no broker.

    Examples:
    - `tocsin models rollback`
    - `tocsin models rollback && tocsin models list`
    """
    from streams.kafka import models  # noqa: PLC0415 - keeps `tocsin --help` quick

    settings = _options.settings(broker=broker, topic_prefix=prefix, config=config)
    shelf = _shelf(settings)
    found = shelf.before()
    if found is None:
        used = "no version scores yet" if shelf.in_use is None else f"none is before {shelf.in_use.name}"
        print(one_line(f"There is nothing to go back to: {used}. `tocsin models list` shows what there is."))
        raise typer.Exit(_exits.PROBLEMS)
    models.pin(settings, found)
    _said(found.name, f"{found.name} is pinned; `tocsin models pin newest` ends that.", as_json=as_json)


def _shelf(settings: Settings) -> Shelf:
    from streams.kafka import clients, models  # noqa: PLC0415 - keeps `tocsin --help` quick
    from streams.shelf import Shelf  # noqa: PLC0415 - the same
    from streams.wiring import engine_options, read_config  # noqa: PLC0415 - the same

    asked = engine_options(settings, read_config(settings)).churn
    with clients.reader(settings) as consumer:
        return Shelf(models.read_versions(consumer, settings), asked)


def _said(pinned: str | None, words: str, *, as_json: bool) -> None:
    if as_json:
        from streams.cli import _output  # noqa: PLC0415 - keeps `tocsin --help` quick

        _output.write_json({"pinned": pinned})
    else:
        print(one_line(words))
