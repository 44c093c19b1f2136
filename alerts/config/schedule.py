"""When a subscription's digest goes out: a time of day, on some days of the week."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from alerts.config.problems import refuse

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMED = {"daily": DAYS, "weekdays": DAYS[:5], "weekly": DAYS[:1]}

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_ON = "wanted daily, weekdays, weekly (on Mondays), or days such as [mon, thu]"
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _time(raw: object) -> str:
    found = _TIME.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise refuse("wanted a time of day, such as 07:30")
    return f"{int(found[1]):02}:{found[2]}"


def _days(raw: object) -> tuple[str, ...]:
    """The days in the order of the week, each once."""
    if isinstance(raw, str) and raw in NAMED:
        return NAMED[raw]
    named = [raw] if isinstance(raw, str) else raw
    if not isinstance(named, list | tuple) or not named or any(day not in DAYS for day in named):
        raise refuse(_ON)
    return tuple(day for day in DAYS if day in named)


class Schedule(BaseModel):
    """A digest's times, on the analyst's clock.

    >>> Schedule().words(), Schedule(at="7:00", on=["thu", "mon"]).words()
    ('every day at 07:30', 'each Mon and Thu at 07:00')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Annotated[str, BeforeValidator(_time)] = Field(
        default="07:30", description="time of day, on the analyst's clock"
    )
    on: Annotated[tuple[str, ...], BeforeValidator(_days)] = Field(
        default=DAYS, description="daily, weekdays, weekly (on Mondays), or a list of days"
    )

    def words(self) -> str:
        """When, in words."""
        return f"{days_words(self.on)} at {self.at}"


def days_words(days: tuple[str, ...]) -> str:
    """Days of the week, in words.

    >>> days_words(("mon",)), days_words(DAYS[:5])
    ('each Mon', 'from Mon to Fri')
    """
    if days in {NAMED["daily"], NAMED["weekdays"]}:
        return "every day" if days == DAYS else "from Mon to Fri"
    *first, last = (_NAMES[DAYS.index(day)] for day in days)
    return f"each {', '.join(first)} and {last}" if first else f"each {last}"


def schedule(raw: Any) -> Any:
    """A word alone, such as `daily`, or a list of days, stands for the days."""
    if raw is None or isinstance(raw, dict | Schedule):
        return raw
    if (isinstance(raw, str) and raw in NAMED) or isinstance(raw, list):
        return {"on": raw}
    raise refuse("wanted daily, weekdays, weekly, or such as {at: '07:30', on: [mon, thu]}")
