"""A churn score as it travels on `customer-scores`, keyed by customer, and as `scores.jsonl` holds it."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Reason(BaseModel):
    """One family of signals that speaks for silence."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    family: str = Field(description="rhythm, bond, pace, spend, tickets, web or contacts")
    log_odds: float = Field(description="what it adds to the log-odds of silence")
    words: str = Field(description="the same for people: used to order every 9 days, now silent for 31")


class Worth(BaseModel):
    """What the customer would spend within the horizon by coming back."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    middle: float = Field(ge=0, description="the middle of what is to be expected")
    low: float = Field(ge=0, description="one in ten spends less")
    high: float = Field(ge=0, description="one in ten spends more")
    currency: str | None = Field(description="that of the newest order, ISO 4217")


class Score(BaseModel):
    """How likely a customer orders nothing within the horizon, as it was known at a moment."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    customer: str = Field(description="id of the customer")
    time: AwareDatetime = Field(description="the moment; nothing after it was known")
    probability: float = Field(ge=0, le=1, description="of no order in (time, time + horizon]")
    horizon: int = Field(ge=1, description="days")
    probabilities: dict[int, float] = Field(description="the same for every horizon that is asked for, days")
    model_version: str = Field(description="version on `models`; `prior` before anything was learnt")
    log_odds: float = Field(description="of `probability`; base + those of the reasons + rest")
    base: float = Field(description="log-odds of an average customer")
    reasons: tuple[Reason, ...] = Field(description="at most three, the strongest first")
    rest: float = Field(description="what everything else adds to the log-odds")
    value: Worth = Field(description="the value at stake")
    last_order: AwareDatetime = Field(description="when the silence began")
