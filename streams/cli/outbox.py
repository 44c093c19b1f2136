"""`tocsin outbox`: which mails wait, were sent or parked, and why somebody got one or did not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import _exits, _options
from streams.cli._text import one_line

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from streams.notifier.queries import Decided, Digest, Why
    from streams.notifier.tables import Status

GROUP = "outbox"
app = typer.Typer(help="Which mails wait, were sent or parked, and why.", no_args_is_help=True)

StoreUrl = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The notifier's store; otherwise TOCSIN_STORE_URL."),
]
STATUSES: tuple[Status, ...] = ("due", "sent", "parked")


@app.command("list")
def list_mails(
    *,
    status: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those due, sent or parked.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    store: StoreUrl = None,
    as_json: _options.Json = False,
) -> None:
    """Count what the store holds, and list mails with what the mail server said.

    Examples:
    - `tocsin outbox list --status parked`
    - `tocsin outbox list --json | jq .counts`
    """
    from streams.cli import _output  # noqa: PLC0415 - keeps `tocsin --help` quick
    from streams.notifier import queries  # noqa: PLC0415

    known: dict[str, Status] = {name: name for name in STATUSES}
    if status is not None and status not in known:
        raise typer.BadParameter(f"known are {', '.join(STATUSES)}", param_hint="--status")
    with _looking(store) as connection:
        counts = queries.counts(connection)
        mails = queries.mails(connection, known[status] if status else None, limit)
        unreadable = queries.unreadable(connection, limit)
    if as_json:
        _output.write_json(
            {"counts": counts, "mails": [asdict(mail) for mail in mails], "unreadable": unreadable}
        )
        return
    console = _output.console()
    console.print(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()))
    if mails:
        rows = [
            (mail.id, mail.status, _when(mail.sent_ms or mail.created_ms), mail.recipient, mail.subject,
             mail.attempts, mail.last_error or "", mail.alert_id)
            for mail in mails
        ]  # fmt: skip
        columns = ("Id#", "Status", "When", "To", "Subject", "Tries#", "Said", "Alert")
        console.print(_output.table("Mails", columns, rows))
    if unreadable:
        places = [
            (f"{row['topic']}[{row['partition']}]", row["offset"], row["reason"], row["detail"])
            for row in unreadable
        ]
        console.print(
            _output.table("Alerts that cannot be read", ("Where", "Offset#", "Reason", "Detail"), places)
        )


@app.command("why")
def why(
    alert: Annotated[
        str,
        typer.Argument(
            metavar="ALERT_ID", help="Or a digest's id, the beginning of one, or a mail's Message-ID."
        ),
    ],
    *,
    store: StoreUrl = None,
    as_json: _options.Json = False,
) -> None:
    """Say what was decided about an alert, for every analyst, and why; of a digest, which alerts it tells.

    Exit code 1 if no such alert or digest is in the store.

    Examples:
    - `tocsin outbox why 3f0c2b` (the beginning of an id is enough)
    - `tocsin outbox why '<8b8ed94eb5fcb9bbd3b1a3a9ab7ae3b1@tocsin.example.com>'`
    """
    from streams.cli import _output  # noqa: PLC0415
    from streams.notifier import queries  # noqa: PLC0415

    with _looking(store) as connection:
        found = queries.find(connection, alert)
        answers = [
            answer
            for each in found[:2]
            if (answer := queries.why(connection, each) or queries.digest(connection, each))
        ]
    if len(answers) != 1:
        what = f"{len(found)} ids begin so: {', '.join(found)}" if found else "no such alert is in the store"
        print(one_line(what))
        raise typer.Exit(_exits.PROBLEMS)
    if as_json:
        _output.write_json(asdict(answers[0]))
    elif isinstance(answers[0], queries.Digest):
        _print_digest(answers[0])
    else:
        _print_why(answers[0])


@app.command("retry")
def retry(
    mail: Annotated[
        int | None, typer.Argument(metavar="ID", help="A parked mail, from `tocsin outbox list`.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every parked mail.")] = False,
    store: StoreUrl = None,
) -> None:
    """Try parked mails again, after what was wrong with the address or the server has been mended.

    Examples:
    - `tocsin outbox retry 17`
    - `tocsin outbox retry --all`
    """
    from streams.clock import now_ms  # noqa: PLC0415
    from streams.notifier.outbox import Outbox  # noqa: PLC0415
    from streams.notifier.service import backoff_of  # noqa: PLC0415
    from streams.notifier.store import Store  # noqa: PLC0415

    if (mail is None) != everything:
        raise typer.BadParameter("give the id of one mail, or --all", param_hint="ID")
    settings = _options.settings(store_url=store)
    opened = Store(settings.store_url)
    opened.require()
    revived = Outbox(opened, backoff_of(settings)).revive(now_ms(), mail)
    print(f"{revived} mails are due again; a running notifier sends them.")
    if not revived:
        raise typer.Exit(_exits.PROBLEMS)


@contextmanager
def _looking(url: str | None) -> Iterator[Connection]:
    from streams.notifier.store import Store  # noqa: PLC0415

    store = Store(_options.settings(store_url=url).store_url)
    store.require()
    with store.read() as connection:
        yield connection
    store.close()


def _print_why(answer: Why) -> None:
    alert = answer.alert
    print(one_line(alert["title"]))
    print(f"{one_line(alert['rule'])} {alert['state']}, {alert['severity']}, {alert['at']}")
    print(f"alert {alert['alert_id']}")
    if not answer.decisions:
        print("No analyst was named in the settings file when it came.")
    for decided in answer.decisions:
        verdict = _verdict(decided)
        print(f"\n{one_line(decided.analyst)} <{one_line(decided.recipient)}>: {verdict}")
        print(f"  because {one_line(decided.reason)}")
        for step in decided.steps:
            print(f"  {'+' if step['passed'] else '-'} {step['stage']}: {one_line(step['reason'])}")
        if decided.last_error:
            print(f"  the mail: {one_line(decided.last_error)}")
        for digest in decided.digests:
            if digest.last_error:
                print(f"  the digest of {digest.slot}: {one_line(digest.last_error)}")


def _print_digest(digest: Digest) -> None:
    print(f"Digest of {digest.slot}, for <{one_line(digest.recipient)}>: {digest.status or 'not written'}")
    print(f"digest {digest.digest_id}")
    if digest.last_error:
        print(f"  the mail: {one_line(digest.last_error)}")
    for alert in digest.alerts:
        print(f"  {alert['alert_id']} {alert['state']} {one_line(alert['rule'])}: {one_line(alert['title'])}")


def _verdict(decided: Decided) -> str:
    said = [f"mailed, {decided.status}"] if decided.mailed else []
    for digest in decided.digests:
        told = "held for" if digest.digest_id is None else "told in"
        became = "" if digest.digest_id is None else f", {digest.status or 'not written'}"
        said.append(f"{told} the digest of {digest.slot}{became}")
    return "; ".join(said) or "not mailed"


def _when(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
