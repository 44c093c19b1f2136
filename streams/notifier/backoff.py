"""When to try a mail again."""

from __future__ import annotations

import random
from dataclasses import dataclass

_HOUR = 3_600_000


@dataclass(frozen=True)
class Backoff:
    """Exponential pauses with jitter, and an end.

    Attributes:
        first_ms: pause after the first failure, milliseconds.
        longest_ms: the longest pause.
        give_up_ms: a mail that fails this long after its first try is parked.
    """

    first_ms: int = 5_000
    longest_ms: int = _HOUR // 2
    give_up_ms: int = 72 * _HOUR

    def pause_ms(self, row: int, attempts: int) -> int:
        """How long to wait after a number of failed attempts.

        The jitter follows from the row and the attempt, so that many mails that failed together do not come
        back together, and a test can foretell them.

        >>> [Backoff(1000).pause_ms(7, attempts) for attempts in (1, 2, 3, 60)]
        [986, 2438, 4001, 1609989]
        """
        step = min(self.longest_ms, self.first_ms * 2 ** min(attempts - 1, 40))
        jitter = random.Random(row << 16 ^ attempts).uniform(0.75, 1.25)  # noqa: S311 - no secret
        return int(step * jitter)

    def gives_up(self, first_try_ms: int, now_ms: int) -> bool:
        """Whether a mail that failed again now has been tried long enough.

        >>> Backoff().gives_up(0, 71 * 3_600_000), Backoff().gives_up(0, 72 * 3_600_000)
        (False, True)
        """
        return now_ms - first_try_ms >= self.give_up_ms
