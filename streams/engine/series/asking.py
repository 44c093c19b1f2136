"""Standing questions about series, asked as each bucket closes; what one has to remember is a row."""

from __future__ import annotations

from collections.abc import Iterator

from detectors.series.point import Point
from detectors.series.question import SeriesQuestion, ask
from schemas.alert import Alert
from streams.engine.answers import series_answer
from streams.engine.series.clock import Shut
from streams.engine.series.options import SeriesOptions
from streams.engine.series.rows import Rows, question_key
from streams.engine.series.said import Sayer
from streams.engine.series.watched import Name, Watched


class Asking:
    """The standing questions of one step.

    Args:
        options, sayer: see there.
        rows: of the step.

    Attributes:
        asked: the questions about each series of each bucket size.
    """

    def __init__(self, options: SeriesOptions, sayer: Sayer, rows: Rows) -> None:
        self.sayer, self.rows = sayer, rows
        self.asked: dict[tuple[int, Name], list[SeriesQuestion]] = {}
        for each in options.questions:
            name = Name(each.measure, each.dimension, each.value)
            self.asked.setdefault((each.bucket_ms, name), []).append(each)

    def ask(self, shut: Shut, watched: Watched, point: Point) -> Iterator[Alert]:
        """What the questions about a series have to say of its bucket."""
        for question in self.asked.get((shut.size, watched.name), ()):
            key = question_key(question.name)
            row, turn = ask(question, self.rows.read(key), point, knows=watched.series.knows)
            self.rows.write(key, row)
            if turn is not None:
                yield series_answer(
                    question,
                    turn,
                    point,
                    since=self.sayer.calendar.began(shut.size, turn.first),
                    at=shut.end,
                    currency=self.sayer.subject(watched.name).currency,
                    chart=self.sayer.chart(shut.size, watched),
                    synthetic=bool(watched.generated),
                )
