"""Chance that belongs to an id: the same id and purpose always draw the same number, in any cut."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def draw(ids: Ints, purpose: str) -> Floats:
    """One number in [0, 1) per id, independent between purposes.

    splitmix64 over the id and a hash of the purpose (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
    Generators, OOPSLA 2014); no generator holds state, so nothing depends on what was drawn before.

    >>> ids = np.array([7, 8, 7], dtype=np.int64)
    >>> first, other, again = draw(ids, "late")
    >>> first == again, first == other, first == draw(ids, "ticket")[0]
    (np.True_, np.False_, np.False_)
    """
    salt = int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=8).digest(), "big")
    with np.errstate(over="ignore"):
        mixed = (ids.astype(np.uint64) ^ np.uint64(salt)) + _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        mixed ^= mixed >> np.uint64(31)
    # 53 bits are what a double holds exactly.
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def between(ids: Ints, purpose: str, low: float, high: float) -> Floats:
    """One number in [low, high) per id.

    >>> bool((between(np.arange(1000), "wait", 2.0, 3.0) >= 2.0).all())
    True
    """
    return low + (high - low) * draw(ids, purpose)


def pick(ids: Ints, purpose: str, weights: tuple[float, ...]) -> Ints:
    """The index of one of several choices per id, by weight.

    Args:
        ids: whom the choice belongs to.
        purpose: what it is for.
        weights: shares of the choices, positive; they need not add up to 1.

    >>> chosen = pick(np.arange(1000), "priority", (1.0, 3.0))
    >>> bool(600 < chosen.sum() < 900)
    True
    """
    shares = np.cumsum(np.asarray(weights) / sum(weights))
    return np.minimum(np.searchsorted(shares, draw(ids, purpose), side="right"), len(weights) - 1).astype(
        np.int64
    )
