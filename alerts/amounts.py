"""Values of a measure as people write them, by the units of `schemas.measures`."""

from __future__ import annotations

_FEW = 1000  # from here on, no decimals


def amount(value: float | None, unit: str = "", currency: str = "") -> str:
    """A value with its unit.

    Args:
        value: in `unit`; None where there was none.
        unit: of a measure: `money`, another word such as `hours`, or nothing.
        currency: of money.

    >>> amount(12_345.6), amount(69.991, "money", "EUR"), amount(26.04, "hours")
    ('12,346', '69.99 EUR', '26.04 hours')
    >>> amount(None, "money", "EUR")
    'no value'
    """
    if value is None:
        return "no value"
    number = f"{value:,.0f}" if abs(value) >= _FEW else f"{value:.4g}"
    return f"{number} {currency if unit == 'money' else unit}".rstrip()
