"""The risk stage: of all customers at risk, whom is somebody told of, and when is it over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import orjson

from alerts.advice import percent
from alerts.config.choice import Choice
from alerts.rules import churn
from detectors.value.decide import ByBudget, ByCost, Candidate, Decision, by_budget, by_cost
from streams.engine import days
from streams.engine.intake import Intake
from streams.engine.options import ChurnOptions, Options
from streams.engine.records import Batch, Record
from streams.engine.risk_record import Risks, held, read, risk
from streams.engine.state import Outcome, State
from streams.engine.told import YEAR, Told
from streams.engine.watermark import Quiet

RISKS = "churn-risks"
_DAY = b"day"

Best = dict[str, list[Any]]


class RiskStage:
    """One atomic step at a time over `churn-risks`; it has one partition.

    A day is decided over all partitions at once, when all have announced it, a slice at a time. Its rows:
    held records (`days`), who was told (`told`), and `day`: of the day that is being decided, by choice, the
    best so far as [risk, horizon in days, version of the model].

    Args:
        options: see there.
        choices: how customers at risk are chosen, see `alerts.config.choices`.
        settings: of the rule `churn`.
    """

    name = "risk"
    changelog = "risk-rows"
    inputs = (RISKS,)

    def __init__(self, options: Options, choices: Collection[Choice], settings: churn.Settings) -> None:
        self.options, self.settings = options, settings
        self.rules = {each.key: _rule(each, settings) for each in choices} if settings.enabled else {}
        self.slice = (options.churn or ChurnOptions()).slice

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
        """What these batches change, and a slice of what was closed before them."""
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
        return found if self.rules else None

    def _pass(self, state: State, outcome: Outcome) -> bool:
        """Do a slice of the earliest moment that is due; whether there was one."""
        mark = days.closed(state.row, self.options.partitions)
        first = [] if mark is None else state.timers.passed(mark + 1, 1)
        if not first:
            return False
        told = Told(state, outcome, self.name)
        if first[0].startswith(days.HELD):
            self._decide(state, outcome, told, days.day_of(first[0]))
        else:
            moment = orjson.loads(state.rows[first[0]])["due"]
            least, choices = self._least(), frozenset(self.rules)
            for key in state.timers.passed(moment + 1, self.slice):
                told.pass_due(key, choices=choices, at=moment, least=least)
        told.write()
        return True

    def _decide(self, state: State, outcome: Outcome, told: Told, day: int) -> None:
        """A slice of a day. Its held rows come before the rows of who was told: `d/` is less than `t/`."""
        raw = state.rows.get(_DAY)
        best: Best = {} if raw is None else orjson.loads(raw)["best"]
        size, more = 0, False
        for key in state.timers.passed(day + 1, self.slice + 1):
            more = key.startswith(days.HELD)
            if not more or size >= self.slice:
                break
            content = orjson.loads(state.rows[key])["held"]
            size += len(content["risks"]) + len(content["back"]) + 1
            self._judge(told, content, best)
            outcome.rows[key] = outcome.dues[key] = None
            more = False
        if more:
            outcome.rows[_DAY] = orjson.dumps({"best": best})
            return
        self._ring_best(told, day, best)
        if raw is not None:
            outcome.rows[_DAY] = None

    def _judge(self, told: Told, content: Any, best: Best) -> None:
        """What one record says to every choice."""
        risks = held(content)
        travels = {each[0]: each for each in content["risks"]}
        for choice, rule in self.rules.items():
            for customer, ordered in risks.back:
                told.back(choice, customer, at=risks.at, ordered=ordered)
            found = {each.customer: each for each in self._candidates(told, choice, risks)}
            if isinstance(rule, ByCost):
                decisions = [by_cost(each, rule) for each in found.values()]
            else:
                so_far = [each for each in best.get(choice, ()) if each[0][0] not in found]
                decisions = by_budget([*found.values(), *(_fresh(each[0]) for each in so_far)], rule)
                ringing = {each.customer for each in decisions if each.what == "ring"}
                came = [[travels[each], risks.days, risks.model] for each in found if each in ringing]
                best[choice] = [each for each in so_far if each[0][0] in ringing] + came
            for decision in decisions:
                if decision.customer in found:
                    self._carry_out(told, choice, decision, risks, travels[decision.customer])

    def _candidates(self, told: Told, choice: str, risks: Risks) -> Iterator[Candidate]:
        """Those of a record about whom there is something to decide."""
        for each in risks.risks:
            if risks.at - each.silence >= YEAR:
                continue
            told.back(choice, each.customer, at=risks.at, ordered=each.silence)
            row = told.find(choice, each.customer)
            # An order that was cancelled leaves an older silence: that is no new one.
            if row is None or row["silence"] < each.silence:
                if risks.learnt >= self.settings.examples:
                    yield _fresh(each)
            elif row["ringing"]:
                said = row["silence"]
                yield Candidate(each.customer, said, each.p, each.value[0], said=said, ringing=True)

    def _carry_out(self, told: Told, choice: str, decision: Decision, risks: Risks, travels: Any) -> None:
        customer, reason = decision.customer, decision.reason
        if decision.what == "keep":
            told.stay(choice, customer, risks.at)
        elif decision.what == "ease":
            sums = reason if isinstance(self.rules[choice], ByCost) else ""
            told.ease(choice, customer, at=risks.at, now=percent(travels[2]), sums=sums)
        elif isinstance(self.rules[choice], ByCost):
            found = risk(travels)
            told.ring(choice, found, at=risks.at, days=risks.days, model=risks.model, chosen=reason)

    def _ring_best(self, told: Told, day: int, best: Best) -> None:
        """All of the day has been seen: tell of those that a budget chose."""
        for choice, chosen in best.items():
            rule = self.rules.get(choice)
            if isinstance(rule, ByBudget):
                named = {each[0][0]: each for each in chosen}
                for decision in by_budget(map(_fresh, (each[0] for each in chosen)), rule):
                    found, horizon, model = named[decision.customer]
                    told.ring(choice, risk(found), at=day, days=horizon, model=model, chosen=decision.reason)

    def _least(self) -> float:
        """The probability below which no source tells of anybody."""
        return self.settings.least * (1.0 - self.settings.margin)


def _rule(choice: Choice, settings: churn.Settings) -> ByBudget | ByCost:
    if choice.contact_cost is None:
        return ByBudget(choice.budget, settings.least, settings.margin)
    return ByCost(choice.contact_cost, choice.share, settings.margin, settings.least)


def _fresh(found: Sequence[Any]) -> Candidate:
    """A customer at risk of whose silence nobody was told."""
    customer, silence, p, value = found[:4]
    return Candidate(customer, silence, p, value[0])
