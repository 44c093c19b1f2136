"""The quality of what each publisher sends: fields that are suddenly empty, values never seen before.

It is judged whenever the shortest bucket closes, beside what has been learnt, and learnt when the longest one
does. A row `y/` for each publisher:

    {"seen": ms, "made": whether generated events were among the last ones,
     "fields": {event type, line feed, field: [events where it was empty, events, highest share of a bucket,
                known since, when it was filled again, [rang, since] or null]},
     "labels": {field: {"since": ms, "of": events, "values": [...], "news": [ms, ...]}}}

Counts are weighed by age: half after 23 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alerts.rules import data_quality as rule
from alerts.rules.data_quality import Empty
from detectors.series.share import KNOWN, LEAST, back, jumped, usual_share
from schemas.alert import Alert
from schemas.measures import OTHERS
from streams.engine.series.clock import Shut
from streams.engine.series.options import DAY
from streams.engine.series.rows import Rows, publisher_key
from streams.engine.series.said import Sayer
from streams.engine.series.sums import Sums

PUBLISHERS = b"publishers"
MOST_PUBLISHERS = 200
MOST_VALUES = 200
"""Of a label; one with more is no label."""
SETTLED = 14 * DAY
"""Before, nothing is told of a field; afterwards, what has changed counts as usual."""
FADES = 0.97  # a day
FORGOTTEN = 60 * DAY
_NEWS = 3
"""New values of a label in two weeks, from which on new ones are usual."""

Row = dict[str, Any]
_NEW: Row = {"seen": 0, "made": False, "fields": {}, "labels": {}}


class Quality:
    """The publishers of one step.

    Args:
        rows: of the step.
        sayer: see there.
        rings: whether to tell of anything.
    """

    def __init__(self, rows: Rows, sayer: Sayer, *, rings: bool) -> None:
        self.rows, self.sayer, self.rings = rows, sayer, rings
        self._changed: dict[str, Row] = {}
        self._alerts: list[Alert] = []
        self._sums = Sums()

    def close(self, shut: Shut, sums: Sums, *, learn: bool) -> list[Alert]:
        """Judge a closed bucket; with `learn`, learn it."""
        self._sums = sums
        by_source: dict[str, tuple[dict[str, Any], dict[str, dict[str, int]]]] = {}
        for (source, kind, field), counts in sums.quality.items():
            came = by_source.get(source)
            if came is None:
                came = by_source[source] = {}, {}
            came[0][f"{kind}\n{field}"] = counts
        for (source, field, value), n in sums.labels.items():
            by_source.setdefault(source, ({}, {}))[1].setdefault(field, {})[value] = n
        for source in sorted(by_source):
            fields, labels = by_source[source]
            row = self.rows.read(publisher_key(source))
            if row is not None:
                self._fields(shut, source, row, fields)
                self._labels(shut, source, row, labels)
        if learn:
            for source in self._known(by_source, shut.end):
                self._learn(shut, source, *by_source.get(source, ({}, {})))
        for source, row in self._changed.items():
            self.rows.write(publisher_key(source), row)
        return self._alerts if self.rings else []

    def _row(self, source: str) -> Row:
        """A row to change."""
        found = self._changed.get(source)
        if found is None:
            row = self.rows.read(publisher_key(source)) or _NEW
            labels = {
                name: {**label, "values": list(label["values"]), "news": list(label["news"])}
                for name, label in row["labels"].items()
            }
            fields = {name: list(each) for name, each in row["fields"].items()}
            found = self._changed[source] = {**row, "fields": fields, "labels": labels}
        return found

    def _fields(self, shut: Shut, source: str, row: Row, fields: dict[str, Any]) -> None:
        for name, (empty, of) in fields.items():
            before = row["fields"].get(name)
            if before is None or of < LEAST:
                continue
            hits, events, highest, since, over, ring = before
            if ring is None and empty / of <= highest:
                continue  # as nearly always
            if shut.begin < (ring[1] if ring is not None else over):
                continue  # a longer bucket, partly of another time
            usual = hits, events
            told = self._empty(source, name, empty, of, usual)
            if ring is not None:
                if back(empty, of, usual, highest):
                    start, began = ring
                    self._alerts.append(
                        rule.filled(told, self._bucket(shut), start, since=began, stays=False)
                    )
                    self._row(source)["fields"][name][4:] = [shut.begin, None]
            elif shut.end - since >= SETTLED and jumped(empty, of, usual, highest):
                self._alerts.append(rule.alert(told, self._bucket(shut)))
                self._row(source)["fields"][name][5] = [shut.end, shut.begin]
            elif empty / of > highest:
                self._row(source)["fields"][name][2] = empty / of

    def _labels(self, shut: Shut, source: str, row: Row, labels: dict[str, dict[str, int]]) -> None:
        for field, values in labels.items():
            label = row["labels"].get(field)
            if label is None or len(label["values"]) >= MOST_VALUES:
                continue
            known = set(label["values"])
            new = sorted((n, value) for value, n in values.items() if value not in known and value != OTHERS)
            if not new:
                continue
            lately = [at for at in label["news"] if shut.end - at < SETTLED]
            if shut.end - label["since"] >= SETTLED and label["of"] >= KNOWN and len(lately) < _NEWS:
                found = [(value, n) for n, value in reversed(new)]
                bucket = self._bucket(shut)
                self._alerts.append(
                    rule.new_values(
                        source,
                        field,
                        found,
                        bucket,
                        known=len(known),
                        synthetic=self._made(source),
                    )
                )
            changed = self._row(source)["labels"][field]
            changed["values"] += [value for _, value in new][: MOST_VALUES - len(known)]
            changed["news"] = [*lately, *[shut.end] * len(new)][-_NEWS:]

    def _learn(self, shut: Shut, source: str, fields: dict[str, Any], labels: dict[str, Any]) -> None:
        row, fades = self._row(source), FADES ** (shut.size / DAY)
        row["made"] = self._made(source)
        if fields or labels:
            row["seen"] = shut.end
        for name in sorted({*fields, *row["fields"]}):
            new = [0.0, 0.0, 0.0, shut.end, 0, None]
            hits, of, highest, since, over, ring = row["fields"].setdefault(name, new)
            empty, events = fields.get(name, (0, 0))
            if ring is not None and shut.end - ring[1] >= SETTLED:
                told = self._empty(source, name, empty, events, (hits, of))
                bucket = self._bucket(shut)
                self._alerts.append(rule.filled(told, bucket, ring[0], since=ring[1], stays=True))
                hits = of = 0.0
                since, ring = shut.end, None
            if ring is None and shut.begin >= over:
                hits, of, highest = hits * fades + empty, of * fades + events, highest * fades
            row["fields"][name] = [hits, of, highest, since, over, ring]
        for field, values in labels.items():
            label = row["labels"].setdefault(field, {"since": shut.end, "of": 0, "values": [], "news": []})
            label["of"] += sum(values.values())
            new = sorted(set(values) - set(label["values"]) - {OTHERS})
            room = MOST_VALUES - len(label["values"])
            if label["since"] < shut.end:
                label["news"] = [*label["news"], *[shut.end] * len(new)][-_NEWS:]
            label["values"] += new[:room]

    def _known(self, came: Iterable[str], end: int) -> list[str]:
        """The publishers that are watched; those who have long sent nothing make room."""
        row = self.rows.read(PUBLISHERS) or {"names": []}
        there = []
        for source in row["names"]:
            if end - (self.rows.read(publisher_key(source)) or {"seen": end})["seen"] > FORGOTTEN:
                self._changed.pop(source, None)
                self.rows.drop(publisher_key(source))
            else:
                there.append(source)
        new = [source for source in sorted(came) if source not in there]
        names = there + new[: MOST_PUBLISHERS - len(there)]
        if names != row["names"]:
            self.rows.write(PUBLISHERS, {"names": names})
        return names

    def _made(self, source: str) -> bool:
        """Whether generated events are among a publisher's; of one that sent nothing, were."""
        found = self._sums.values.get(("events", "source", source))
        return self._row(source)["made"] if found is None else bool(found[2])

    def _empty(self, source: str, name: str, empty: int, of: int, usual: tuple[float, float]) -> Empty:
        kind, field = name.split("\n")
        share = empty / of if of else 0.0
        return Empty(source, kind, field, share, usual_share(*usual), of, self._made(source))

    def _bucket(self, shut: Shut) -> Any:
        return self.sayer.bucket(shut.size, shut.begin, shut.end)
