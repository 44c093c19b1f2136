"""What the churn model learns from has changed: customers behave otherwise, or its scores are off."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from alerts.timeline import utc
from schemas.alert import Alert, Fact, Severity, episode_id

NAME = "churn_drift"
ENTITY = "model"
MODEL = "churn"


class Settings(BaseModel):
    """What a shop may turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether the rule rings at all")


def alert(measure: str, *, at: int, before: float, after: float, days: int) -> Alert:
    """Tell of a change. It is a fact, and has no end.

    Args:
        measure: `base` (share of silent customers), `error` (mean squared error of the scores) or
            `calibration` (mean probability less the share that came true).
        at: the close of the day at which it was seen, ms.
        before: what was usual.
        after: what is now.
        days: the horizon that is watched.
    """
    severity, title, summary, suggestion = _WORDS[measure](before, after, days)
    names = {"base": "Share silent", "error": "Mean squared error", "calibration": "Mean deviation"}
    form = "{:.4f}" if measure == "error" else "{:.1%}" if measure == "base" else "{:+.1%}"
    facts = (
        Fact(label="Horizon", value=f"{days} days"),
        Fact(label=names[measure], value=form.format(after)),
        Fact(label="It was", value=form.format(before)),
    )
    return Alert(
        rule=NAME,
        state="ringing",
        entity_kind=ENTITY,
        entity=MODEL,
        episode=episode_id(NAME, ENTITY, MODEL, f"{measure}/{at}"),
        since=utc(at),
        at=utc(at),
        severity=severity,
        title=title,
        summary=summary,
        suggestion=suggestion,
        facts=facts,
        labels={"measure": measure},
    )


_Words = tuple[Severity, str, str, str]


def _base(before: float, after: float, days: int) -> _Words:
    more = after > before
    return (
        "warning" if more else "info",
        f"{'More' if more else 'Fewer'} customers stay silent than before",
        (
            f"Of the customers whose {days} days are over now, {after:.0%} ordered nothing in them; it was "
            f"{before:.0%} before. This is about the shop as a whole, not about single customers."
        ),
        "Look at what changed about then for everybody: prices, delivery, the season, a campaign that ended, "
        "a competitor. The scores follow by themselves."
        if more
        else "See what worked, and keep it. The scores follow by themselves.",
    )


def _error(before: float, after: float, _days: int) -> _Words:
    worse = after > before
    return (
        "warning" if worse else "info",
        f"Churn scores have become {'worse' if worse else 'better'}",
        f"The mean squared error of the churn scores is {after:.3f} now; it was {before:.3f}. "
        + (
            "The model goes on learning; whom it rings for is chosen less well until it has caught up."
            if worse
            else "Nothing needs to be done."
        ),
        "See with 'tocsin status' whether an input broke off. If it began with a version of the model, "
        "'tocsin models list' shows which, and 'tocsin models rollback' takes the one before."
        if worse
        else "",
    )


def _calibration(before: float, after: float, _days: int) -> _Words:
    way = "too high" if after > 0 else "too low"
    better = abs(after) < abs(before)
    return (
        "info" if better else "warning",
        "Churn probabilities are right again" if better else f"Churn probabilities are {way}",
        f"Churn probabilities are {way} by {abs(after):.1%} on average; before it was {before:+.1%}. "
        + (
            "Nothing needs to be done."
            if better
            else "The order of customers can still be right, but thresholds and costs are judged by what the "
            "probabilities say."
        ),
        ""
        if better
        else "See with 'tocsin status' whether an input broke off or doubled. 'tocsin models list' shows how "
        "the versions did; 'tocsin models rollback' takes the one before, while the model learns on.",
    )


_WORDS = {"base": _base, "error": _error, "calibration": _calibration}
