"""The words about a customer at risk: figures as people say them, and the one next step that fits."""

from __future__ import annotations

from collections.abc import Sequence

_NEARLY_SURE = 0.99
_SMALL_SUM = 10.0  # below it, cents matter

_STEPS: tuple[tuple[str, str, str], ...] = (
    (
        "tickets",
        "unanswered",
        "First answer what they asked, in person. An offer before the answer would sound hollow.",
    ),
    (
        "tickets",
        "unhappy",
        "Ask in person what the last answer from support left open, and settle that before any offer.",
    ),
    ("tickets", "reopen", "Ask in person whether the reopened ticket is settled by now, before any offer."),
    ("tickets", "lately", "Ask whether the last ticket was settled well, before you send an offer."),
    ("spend", "sent back", "Ask what was wrong with what came back, and offer to make it right."),
    (
        "contacts",
        "not written to",
        "Write a short personal note: nobody has written to this customer lately.",
    ),
    ("contacts", "answered", "Try another way than the usual mails: a call, or a letter with a coupon."),
    (
        "web",
        "less than before",
        "Send a personal note with what is new for them, while they still look in now and then.",
    ),
    ("web", "no visits", "Give them a reason to look in again: a personal note with a coupon that runs out."),
    (
        "rhythm",
        "ordered once",
        "Offer a coupon for the second order, with a question how the first one was.",
    ),
)
_OTHERWISE = "Send a short personal note with a coupon for the next order, before the habit is gone."


def next_step(reasons: Sequence[tuple[str, str]]) -> str:
    """The one thing to do first.

    An open ticket goes before everything; else the strongest reason that can be mended tells.

    Args:
        reasons: family and words of each, the strongest first.

    >>> next_step([("rhythm", "used to order every day, now silent for 9"), ("tickets", "one unanswered")])
    'First answer what they asked, in person. An offer before the answer would sound hollow.'
    >>> next_step([("spend", "sent back 40% of the orders"), ("web", "no visits to the shop's pages lately")])
    'Ask what was wrong with what came back, and offer to make it right.'
    """
    unanswered = [each for each in reasons if each[0] == "tickets" and "unanswered" in each[1]]
    for family, words in (*unanswered, *reasons):
        for wanted, phrase, step in _STEPS:
            if family == wanted and phrase in words:
                return step
    return _OTHERWISE


def summary(
    words: Sequence[str], value: tuple[float, float, float], currency: str | None, horizon: int
) -> str:
    """Why, and what it would cost, in sentences.

    >>> summary(["silent for 31 days", "had a ticket lately"], (85.2, 40.0, 160.0), "EUR", 30)
    'What speaks for it: silent for 31 days; had a ticket lately. At stake: who comes back from there \
usually spends 85 EUR in 30 days, between 40 and 160.'
    """
    why = f"What speaks for it: {'; '.join(words)}."
    if value[2] <= 0:
        return why
    unit = f" {currency}" if currency else ""
    low, high = money(value[1]), money(value[2])
    return (
        f"{why} At stake: who comes back from there usually spends {money(value[0])}{unit} in "
        f"{days(horizon)}, between {low} and {high}."
    )


def worth(value: tuple[float, float, float], currency: str | None, horizon: int) -> str:
    """The value at stake with its interval.

    >>> worth((85.2, 40.0, 160.0), "EUR", 30)
    '85 EUR in 30 days; 8 of 10 who come back spend between 40 and 160'
    """
    unit = f" {currency}" if currency else ""
    low, high = money(value[1]), money(value[2])
    return f"{money(value[0])}{unit} in {days(horizon)}; 8 of 10 who come back spend between {low} and {high}"


def money(amount: float) -> str:
    """An amount as precise as it matters.

    >>> money(1240.4), money(84.6), money(9.5)
    ('1,240', '85', '9.50')
    """
    return f"{amount:,.0f}" if amount >= _SMALL_SUM else f"{amount:.2f}"


def percent(p: float) -> str:
    """A probability; never a certainty.

    >>> percent(0.823), percent(0.9999)
    ('82%', 'more than 99%')
    """
    return f"{p:.0%}" if p <= _NEARLY_SURE else f"more than {_NEARLY_SURE:.0%}"


def days(count: int) -> str:
    """So many days.

    >>> days(1), days(30)
    ('1 day', '30 days')
    """
    return "1 day" if count == 1 else f"{count} days"
