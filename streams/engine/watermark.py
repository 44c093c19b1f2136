"""How far event time has certainly come (the watermark, as Flink has it)."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def combine(inputs: Mapping[str, int | None], idle: Collection[str]) -> int | None:
    """The watermark over several inputs, ms.

    The least over the inputs that are not idle; None while one of those has said nothing yet. When all
    are idle nothing holds time back, and it stands at the greatest.

    >>> combine({"orders": 50, "tickets": 20}, idle=())
    20
    >>> combine({"orders": 50, "tickets": 20}, idle={"tickets"}), combine({"orders": 50, "tickets": None}, ())
    (50, None)
    >>> combine({"orders": 50, "tickets": 20}, idle={"orders", "tickets"})
    50
    """
    awake = [mark for name, mark in inputs.items() if name not in idle]
    if awake:
        least = None
        for mark in awake:
            if mark is None:
                return None
            least = mark if least is None or mark < least else least
        return least
    return max((mark for mark in inputs.values() if mark is not None), default=None)


class Quiet:
    """Which inputs are idle: drained, and without a record for `after` ms of the wall clock."""

    def __init__(self, after: int) -> None:
        self.after = after
        self._last: dict[str, int] = {}

    def idle(
        self, names: Collection[str], active: Collection[str], drained: Collection[str], now: int
    ) -> set[str]:
        """The idle ones of `names`, given who was `active` in this step and who is `drained`."""
        found = set()
        for name in names:
            if name in active or name not in drained or name not in self._last:
                self._last[name] = now
            elif now - self._last[name] >= self.after:
                found.add(name)
        return found
