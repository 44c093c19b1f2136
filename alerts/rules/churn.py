"""A customer may be leaving: so long silent, for one of their own habits, that no order is likely soon."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from alerts import advice as say
from alerts.timeline import moment_words, span_words, utc
from schemas.alert import Alert, Fact, Severity, State, episode_id
from schemas.duration import Duration

NAME = "churn"
ENTITY = "customer"
SEVERITY: Severity = "warning"
LABELS = frozenset({"choice", "region"})

_DAY = timedelta(days=1)
_LONGEST = 365 * _DAY


def _whole_days(span: timedelta) -> timedelta:
    if span % _DAY or not _DAY <= span <= _LONGEST:
        message = f"wanted whole days, from 1d to {_LONGEST.days}d"
        raise PydanticCustomError("tocsin", "{message}", {"message": message})
    return span


Days = Annotated[Duration, AfterValidator(_whole_days)]


class Settings(BaseModel):
    """What a shop may turn.

    >>> Settings(horizon="14d").days
    (14, 30, 60, 90)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether customers are scored and the rule rings")
    horizon: Days = Field(
        default=timedelta(days=30), description="days without an order that alerts speak of; whole days"
    )
    horizons: Annotated[tuple[Days, ...], Field(min_length=1, max_length=6)] = Field(
        default=(timedelta(days=30), timedelta(days=60), timedelta(days=90)),
        description="days without an order that are scored; whole days, at most 6",
    )
    least: float = Field(default=0.5, gt=0, lt=1, description="probability below which nobody is told")
    margin: float = Field(
        default=0.2, ge=0, lt=1, description="an alert eases this share below what made it ring"
    )
    examples: int = Field(
        default=500, ge=0, le=1_000_000, description="learnt examples before which nobody is told"
    )
    customers: Literal["auto", "new", "older"] = Field(
        default="auto",
        description="whether those who order early in the data are new, or older than it; auto finds out",
    )

    @property
    def main(self) -> int:
        """The horizon that alerts speak of, days."""
        return self.horizon // _DAY

    @property
    def days(self) -> tuple[int, ...]:
        """Every horizon, days, ascending."""
        return tuple(sorted({self.main, *(each // _DAY for each in self.horizons)}))


class Reason(NamedTuple):
    """A family of signals that speaks for silence: its share of the log-odds, and words."""

    family: str
    log_odds: float
    words: str


class Risk(NamedTuple):
    """A customer at risk, as the sweep saw them.

    Attributes:
        customer: id.
        silence: time of the last order, ms: what began the silence.
        p: probability of no order within the horizon.
        value: money that is usual within the horizon of who comes back: middle, and where 80% lie.
        currency: of it; None if no order said one.
        log_odds: of `p`.
        base: log-odds of an average customer.
        reasons: at most three, the strongest first.
        region: the customer's.
        synthetic: whether a generated event speaks in it.
        usual_gap: days between orders, usually; None for who ordered once.
    """

    customer: str
    silence: int
    p: float
    value: tuple[float, float, float]
    currency: str | None
    log_odds: float
    base: float
    reasons: tuple[Reason, ...]
    region: str | None
    synthetic: bool
    usual_gap: float | None


class Told(NamedTuple):
    """What is remembered of a customer who was told of, for the words that end it.

    Attributes:
        choice: key of the choice by which it was told.
        customer: id.
        silence: as in `Risk`.
        p: probability when it rang.
        days: the horizon.
        region: as in `Risk`.
        synthetic: as in `Risk`.
    """

    choice: str
    customer: str
    silence: int
    p: float
    days: int
    region: str | None
    synthetic: bool


def rings(told: Told, risk: Risk, *, at: int, chosen: str, model: str) -> Alert:
    """Tell of a customer at risk.

    Args:
        told: what will be remembered of it.
        risk: what is known.
        at: the day's end on which it was seen, ms.
        chosen: why this customer of all, in words.
        model: version of the model.
    """
    silent = span_words(at - risk.silence)
    facts = [
        Fact(label="Chance of no order", value=f"{say.percent(risk.p)} in the next {say.days(told.days)}"),
        Fact(label="Silent for", value=f"{silent}, since {moment_words(risk.silence)}"),
    ]
    if risk.usual_gap is not None and "rhythm" not in (reason.family for reason in risk.reasons):
        usual = max(1, round(risk.usual_gap))
        facts.append(Fact(label="Used to order", value="every day" if usual == 1 else f"every {usual} days"))
    if risk.value[2] > 0:
        facts.append(Fact(label="Value at stake", value=say.worth(risk.value, risk.currency, told.days)))
    names = ("Strongest reason", "Second reason", "Third reason")
    facts += [Fact(label=name, value=reason.words) for name, reason in zip(names, risk.reasons, strict=False)]
    facts += [Fact(label="Chosen", value=chosen), Fact(label="Model", value=model)]
    words = [reason.words for reason in risk.reasons] or [f"silent for {silent}"]
    return alert(
        "ringing",
        told,
        at=at,
        title=f"Customer {risk.customer} may be leaving: {say.percent(risk.p)} likely to order nothing "
        f"in the next {say.days(told.days)}",
        summary=say.summary(words, risk.value, risk.currency, told.days),
        suggestion=say.next_step([(reason.family, reason.words) for reason in risk.reasons]),
        facts=facts,
    )


def came_back(told: Told, *, at: int, ordered: int) -> Alert:
    """Tell that a customer has ordered again, at `ordered` (ms), as was known at `at`."""
    silent = span_words(ordered - told.silence)
    return alert(
        "recovered",
        told,
        at=at,
        title=f"Customer {told.customer} came back",
        summary=f"Customer {told.customer} ordered again, after {silent} of silence.",
        facts=[
            Fact(label="Ordered again", value=moment_words(ordered)),
            Fact(label="Order before", value=moment_words(told.silence)),
            Fact(label="Was told as", value=f"{say.percent(told.p)} likely to order nothing"),
        ],
    )


def eased(told: Told, *, at: int, now: str, sums: str = "") -> Alert:
    """Tell that a customer is no longer at risk enough, or not worth enough, though silent.

    Args:
        told: what is remembered.
        at: the day's end on which it was seen, ms.
        now: the probability now, in words.
        sums: what a contact saves and costs, where that decided.
    """
    return alert(
        "recovered",
        told,
        at=at,
        title=f"A contact with customer {told.customer} no longer pays"
        if sums
        else f"Customer {told.customer} is less likely to leave",
        summary=f"There is no new order yet, but the chance that customer {told.customer} orders nothing in "
        f"the next {say.days(told.days)} is {now} now; it was {say.percent(told.p)}."
        + (f" By now {sums}." if sums else ""),
        facts=[
            Fact(label="Chance of no order", value=f"{now}; it was {say.percent(told.p)}"),
            Fact(label="Silent since", value=moment_words(told.silence)),
        ],
    )


def alert(
    state: State, told: Told, *, at: int, title: str, summary: str, facts: list[Fact], suggestion: str = ""
) -> Alert:
    """One message of an episode: one silence of one customer, told by one choice."""
    region = {} if told.region is None else {"region": told.region}
    about = [Fact(label="Customer", value=told.customer)]
    about += [Fact(label="Region", value=value) for value in region.values()]
    return Alert(
        rule=NAME,
        state=state,
        entity_kind=ENTITY,
        entity=told.customer,
        episode=episode_id(NAME, ENTITY, told.customer, f"{told.choice}/{told.silence}"),
        since=utc(told.silence),
        at=utc(at),
        severity=SEVERITY if state == "ringing" else "info",
        title=title,
        summary=summary,
        suggestion=suggestion,
        customer_id=told.customer,
        facts=(*about, *facts),
        labels={"choice": told.choice, **region},
        synthetic=told.synthetic,
    )
