"""The pair stage: counts each day once it is over everywhere, and closes windows at the end of each week."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import orjson

from detectors.pairs.change import compare
from detectors.pairs.relevant import judge
from streams.engine import days
from streams.engine.intake import Intake
from streams.engine.options import Options
from streams.engine.pairs import kept, telling
from streams.engine.pairs.calendar import Calendar
from streams.engine.pairs.counting import count_day, merged
from streams.engine.pairs.kept import Place
from streams.engine.pairs.options import Kept, PairOptions
from streams.engine.pairs.progress import ROW, Progress
from streams.engine.pairs.record import BASKETS, read
from streams.engine.pairs.spans import Spans
from streams.engine.records import Batch, Record
from streams.engine.state import Outcome, State
from streams.engine.watermark import Quiet


class PairStage:
    """One atomic step at a time over `baskets`; it has one partition.

    A step counts one day, or closes one window, of what was over before it. Its rows: held records (`days`),
    the counts of days (`kept`), and how far it has come (`progress`). Nothing else is remembered, so it makes
    no difference whether it was ended in between.

    Args:
        options: see there; `options.pairs` says what is asked for.
    """

    name = "pairs"
    changelog = "pair-rows"
    inputs = (BASKETS,)
    heavy = True

    def __init__(self, options: Options) -> None:
        self.options = options
        self.pairs = options.pairs or PairOptions(levels=())
        self.calendar = Calendar(self.pairs.zone)
        windows = self.pairs.kept
        self._places: tuple[Place, ...] = tuple(dict.fromkeys((each.level, each.region) for each in windows))
        self._longest = max((each.days for each in windows), default=0)

    def quiet(self) -> Quiet:
        """What the recipe asks for; this stage waits for every source, however quiet."""
        return Quiet(self.options.idle_after)

    def step(
        self,
        state: State,
        batches: Sequence[Batch],
        now: int,
        drained: Collection[str],  # noqa: ARG002 - no source is passed over for being quiet
        quiet: Quiet,  # noqa: ARG002 - the same
    ) -> Outcome:
        """What these batches change, and one piece of what was over before them."""
        row = state.row.copy()
        intake = Intake(state.partition, row, now, self.options)
        outcome = Outcome(row, sends=intake.sends)
        days.take_in(outcome, intake, batches, self._read)
        worked = self._pass(state, outcome)
        outcome.more = worked or row.watermark != state.row.watermark
        outcome.commit = worked or outcome.commit
        outcome.close(wall=self.options.wall)
        return outcome

    def _read(self, record: Record) -> tuple[int, Any] | None:
        found = read(record)
        return found if self._places else None

    def _pass(self, state: State, outcome: Outcome) -> bool:
        """Count the earliest day, or close a window that ends before it; whether there was anything to do."""
        mark = days.closed(state.row, self.options.partitions)
        if mark is None:
            return False
        progress = Progress.loads(state.rows.get(ROW))
        over = self.calendar.number(mark - 1)
        held = state.timers.passed(mark + 1, 1)
        if held:
            over = min(over, self.calendar.number(days.day_of(held[0]) - 1) - 1)
        day = progress.next_close(self.pairs.every, self._longest, over)
        if day is not None:
            self._close(state, outcome, progress, day)
        elif held:
            self._count(state, outcome, progress, days.day_of(held[0]))
        else:
            return False
        outcome.rows[ROW] = progress.dumps()
        return True

    def _count(self, state: State, outcome: Outcome, progress: Progress, end: int) -> None:
        keys = state.timers.passed(end + 1, len(state.rows))
        number = self.calendar.number(end - 1)
        progress.leap(number, self.pairs.every, self._longest)
        baskets = (basket for key in keys for basket in orjson.loads(state.rows[key])["held"])
        for place, day in count_day(baskets, self._places, self.pairs).items():
            before = kept.read(state.rows, place, number)
            if day.counts.baskets or day.counts.oversized:
                there = day if before is None else merged(before, day, self.pairs.day_pairs)
                outcome.rows |= kept.write(state.rows, place, number, there)
        for key in keys:
            outcome.rows[key] = outcome.dues[key] = None
        self._forget_places(state, outcome, progress)
        progress.note(number, self._places)

    def _close(self, state: State, outcome: Outcome, progress: Progress, day: int) -> None:
        """Close the next window that ends with a day; after the last of them, the day."""
        waiting = [each for each in self.pairs.kept if each.name not in progress.done]
        while waiting:
            window = waiting.pop(0)
            progress.done.append(window.name)
            if self._tell(state, outcome, progress, window, day):
                break
        if not waiting:
            progress.closed, progress.done = day, []
            names = {each.name for each in self.pairs.kept}
            progress.told = {name: told for name, told in progress.told.items() if name in names}
            self._forget_days(state, outcome, progress, day)

    def _tell(self, state: State, outcome: Outcome, progress: Progress, window: Kept, day: int) -> bool:
        """Look at a window, and say what there is to say; whether there was anything to look at."""
        place, options = (window.level, window.region), self.pairs
        begin, first = day - window.days + 1, progress.first.get(place, day + 1)
        if begin < first:
            return False
        asked = [each for each in options.questions if telling.is_about(each, window)]
        spans = Spans(state, outcome, place, options.every, options.window_pairs, self._departments(place))
        seen = spans.window(range(begin, day + 1))
        if not seen.counts.baskets:
            return False
        reach = max([options.fdr, *(each.fdr for each in asked)])
        judged = judge(seen.counts, options.rule, reach=reach)
        found = None
        earlier = begin - window.reference
        if first <= earlier < begin:
            before = spans.window(range(earlier, begin))
            if before.counts.baskets:
                found = compare(before.counts, judged, most=len(seen.counts.keys) + len(before.counts.keys))
        ends = self.calendar.begin_of(begin), self.calendar.begin_of(day + 1)
        close = telling.Close(window, *ends, options, seen, judged, found)
        told = progress.told.get(window.name, ())
        progress.told[window.name] = telling.tell(outcome, self.options.rules, close, asked, told)
        return True

    def _departments(self, place: Place) -> frozenset[str]:
        """Those that questions ask about, in whichever window."""
        asked = (each for each in self.pairs.questions if (each.level, each.region) == place)
        return frozenset(each.department for each in asked if each.department is not None)

    def _forget_days(self, state: State, outcome: Outcome, progress: Progress, day: int) -> None:
        """Drop the days that no window needs from here on."""
        for level, numbers in progress.days.items():
            places = [place for place in progress.first if place[0] == level]
            since = day + 2 - max((self.pairs.days_of(*place) for place in places), default=0)
            for place in places:
                progress.first[place] = max(progress.first[place], since)
            for number in [each for each in numbers if each < since]:
                numbers.remove(number)
                for place in places:
                    outcome.rows |= kept.drop(state.rows, place, number)

    def _forget_places(self, state: State, outcome: Outcome, progress: Progress) -> None:
        """Drop levels and regions that nobody asks for any more."""
        for place in progress.first.keys() - set(self._places):
            del progress.first[place]
            for number in progress.days[place[0]]:
                outcome.rows |= kept.drop(state.rows, place, number)
        for level in progress.days.keys() - {level for level, _ in self._places}:
            del progress.days[level]
