"""The product stage: what happens to one product across all customers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import orjson

from alerts.rules import out_of_stock
from detectors.recurrence import Change, Recurrence, Report
from schemas.errors import Poison
from streams.engine.intake import ANNOUNCEMENT, Intake, foreign, hear
from streams.engine.options import Options
from streams.engine.records import Batch, Record
from streams.engine.ringing import send_alert
from streams.engine.state import Outcome, State
from streams.engine.watermark import Quiet, combine

PARTIALS = "partials"
_MOST = 1024  # reports kept per product; the rule needs far fewer
_MS = timedelta(milliseconds=1)
_REPORT: dict[str, Any] = {
    "eff": int,
    "event": str,
    "order": str,
    "department": str | None,
    "region": str | None,
    "synthetic": bool,
}


class ProductStage:
    """One atomic step at a time over `partials`.

    A product's row, key `p/` + product id: `pending` reports that time has not passed yet, the `window` of
    those it has, both as [eff, event, order, department, region, synthetic]; `ringing` as [start, since,
    orders, labels, synthetic] or null; `due`.
    """

    name = "product"
    changelog = "product-rows"
    inputs = (PARTIALS,)

    def __init__(self, options: Options) -> None:
        self.options = options
        chosen = options.rules.get(out_of_stock.NAME)
        self.settings = chosen if isinstance(chosen, out_of_stock.Settings) else out_of_stock.Settings()

    def quiet(self) -> Quiet:
        """A fresh memory of which source partitions are silent."""
        return Quiet(self.options.idle_after)

    def step(
        self, state: State, batches: Sequence[Batch], now: int, drained: Collection[str], quiet: Quiet
    ) -> Outcome:
        """What these batches, and the passing of time, change; arguments as `CustomerStage.step`."""
        row = state.row.copy()
        intake = Intake(state.partition, row, now, self.options)
        outcome = Outcome(row, sends=intake.sends)
        opened: dict[bytes, dict[str, Any]] = {}
        for topic, records in batches:
            for record in records:
                try:
                    if record.key == ANNOUNCEMENT:
                        hear(row, record)
                    else:
                        key, report = _report(record)
                        _open(opened, state, key)["pending"].append(report)
                except Poison as poison:
                    intake.bury(topic, record, poison)
            if records:
                row.offsets[topic] = records[-1].offset + 1
                outcome.commit = True
        self._move_time(state, outcome, now, drained, quiet)
        if row.watermark is not None:
            passed = state.timers.passed(row.watermark, self.options.slice)
            outcome.more = len(passed) == self.options.slice
            for key in passed:
                _open(opened, state, key)
        for key, product in opened.items():
            self._fold(outcome, key[2:].decode(), product)
            idle = not product["pending"] and not product["window"] and product["ringing"] is None
            outcome.rows[key] = None if idle else orjson.dumps(product)
            outcome.dues[key] = None if idle else product["due"]
        outcome.commit = outcome.commit or bool(outcome.rows or outcome.sends)
        outcome.close(wall=self.options.wall)
        return outcome

    def _move_time(
        self, state: State, outcome: Outcome, now: int, drained: Collection[str], quiet: Quiet
    ) -> None:
        row, options = outcome.row, self.options
        sources = [str(p) for p in range(options.partitions)]
        heard = {name for name in sources if row.announced.get(name) != state.row.announced.get(name)}
        silent = quiet.idle(sources, heard, sources if PARTIALS in drained else (), now)
        mark = combine({name: row.announced.get(name) for name in sources}, silent)
        if options.wall and len(silent) == len(sources):
            mark = max(mark if mark is not None else 0, now - options.disorder)
        if mark is not None and (row.watermark is None or mark > row.watermark):
            row.watermark = mark
            # Nobody is told of it, but who reads the row should not find time far behind.
            if row.told is None or mark - row.told >= (options.announce_every if options.wall else 1):
                row.told = mark
                outcome.commit = True

    def _fold(self, outcome: Outcome, name: str, product: dict[str, Any]) -> None:
        mark, settings = outcome.row.watermark, self.settings
        pending = sorted(product["pending"], key=lambda each: each[:3])
        ready = [each for each in pending if mark is not None and each[0] < mark]
        product["pending"] = pending[len(ready) :][-_MOST:]
        # Ids are unique to a publisher's customer at most; the whole report is not.
        window = {tuple(each[:3]): each for each in (*product["window"], *ready)}
        ringing = product["ringing"]
        recurrence = Recurrence(
            settings.orders,
            settings.within // _MS,
            settings.quiet // _MS,
            window=[Report(*each[:3]) for each in product["window"]],
            ringing=tuple(ringing[:3]) if ringing else None,
        )
        labels, synthetic = ringing[3:] if ringing else ({}, False)
        for report in ready:
            for change in recurrence.fold([Report(*report[:3])]):
                if change.on:
                    behind = [window[each] for each in recurrence.window]
                    labels, synthetic = _labels(behind), any(each[5] for each in behind)
                self._say(outcome, name, change, labels, synthetic=synthetic)
        if mark is not None:
            for change in recurrence.pass_time(mark):
                self._say(outcome, name, change, labels, synthetic=synthetic)
        product["window"] = [window[each] for each in recurrence.window][-_MOST:]
        product["ringing"] = [*recurrence.ringing, labels, synthetic] if recurrence.ringing else None
        nexts = [each[0] for each in product["pending"][:1]]
        if product["ringing"] is None and product["window"]:
            # Nothing is said then; the row is only looked at to be forgotten.
            nexts.append(product["window"][-1][0] + recurrence.within)
            if mark is not None and nexts[-1] < mark:
                product["window"] = []
        elif recurrence.due is not None:
            nexts.append(recurrence.due)
        product["due"] = min(nexts, default=None)

    def _say(
        self, outcome: Outcome, name: str, change: Change, labels: dict[str, str], *, synthetic: bool
    ) -> None:
        if not self.settings.enabled:
            return
        alert = out_of_stock.alert(
            "ringing" if change.on else "recovered",
            name,
            start=change.start,
            since=change.since,
            at=change.at,
            orders=change.subjects,
            labels=labels,
            synthetic=synthetic,
        )
        outcome.sends.append(send_alert(outcome.row, alert, self.name))


def _open(opened: dict[bytes, dict[str, Any]], state: State, key: bytes) -> dict[str, Any]:
    product = opened.get(key)
    if product is None:
        raw = state.rows.get(key)
        product = (
            orjson.loads(raw)
            if raw is not None
            else {"v": 1, "pending": [], "window": [], "ringing": None, "due": None}
        )
        opened[key] = product
    return product


def _report(record: Record) -> tuple[bytes, list[Any]]:
    """The row that a report belongs to, and what it says."""
    try:
        product = (record.key or b"").decode()
        data = orjson.loads(record.value or b"")
        report = [data[name] for name in _REPORT]
    except (KeyError, TypeError, ValueError) as error:
        raise foreign(error) from error
    if not product or not all(isinstance(*each) for each in zip(report, _REPORT.values(), strict=True)):
        raise foreign(report)
    return b"p/" + product.encode(), report


def _labels(reports: Sequence[Sequence[Any]]) -> dict[str, str]:
    """Department and region, where all reports agree."""
    found = {}
    for place, name in ((3, "department"), (4, "region")):
        values = {report[place] for report in reports}
        if len(values) == 1 and (value := values.pop()) is not None:
            found[name] = str(value)
    return found
