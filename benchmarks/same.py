"""Whether runs of several systems did the same work; if not, their ratios mean nothing."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.reading import Reading

APART = 0.02
"""How far what was said may be apart, as a share of the most. It is not equal to the last record: time at the
end of the stream goes on as each system finds its inputs idle, and a model that was published is adopted a
moment sooner or later, which tells more or fewer customers' scores of that night."""


def must_be_same(readings: Sequence[Reading]) -> None:
    """Compare runs of one job over one stream: ledgers exactly, what was said within `APART`.

    Raises:
        SystemExit: they did not do the same; what each of them did.

    >>> def did(scores):
    ...     return Reading("it", "a job", 9, 1.0, 1.0, 1, {"processed": 9}, told={"scores": scores})
    >>> must_be_same([did(100), did(99)])
    >>> must_be_same([did(100), did(96)])
    Traceback (most recent call last):
    SystemExit: the systems did not do the same job:
      it: {'processed': 9}, {'scores': 100}
      it: {'processed': 9}, {'scores': 96}
    """
    ledgers = {tuple(sorted(each.ledger.items())) for each in readings}
    if len(ledgers) == 1 and all(
        _near([each.told.get(what, 0) for each in readings]) for what in _said(readings)
    ):
        return
    told = "\n".join(f"  {each.system}: {each.ledger}, {each.told}" for each in readings)
    raise SystemExit(f"the systems did not do the same job:\n{told}")


def _said(readings: Sequence[Reading]) -> set[str]:
    return {what for each in readings for what in each.told}


def _near(numbers: Sequence[int]) -> bool:
    return max(numbers) - min(numbers) <= APART * max(numbers)
