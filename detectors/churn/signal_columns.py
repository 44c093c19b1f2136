"""Features of tickets, contacts and web events for many customers at once; `features` says what they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detectors.churn.packed import Packed
from detectors.churn.signals import DAY

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WIDTH = 8  # bytes of a number
_QUARTER = 90 * DAY
_FORTNIGHT = 14
_TICKETS = ("tickets_90", "tickets_reopened", "tickets_negative")


def signal_columns(packs: Sequence[Packed], moment: int) -> dict[str, Floats]:
    """Columns by name, one entry per customer, at `moment` (ms).

    >>> from detectors.churn.history import empty
    >>> from detectors.churn.packed import pack
    >>> from detectors.churn.signals import none, visited
    >>> visited(heard := none(), 5 * DAY)
    >>> columns = signal_columns([pack(empty(), heard, 9 * DAY)], 9 * DAY)
    >>> round(float(columns["web_14"][0]), 3), float(columns["tickets_90"][0])
    (0.693, 0.0)
    """
    size = len(packs)
    recent = moment - _QUARTER
    columns = {
        name: np.log1p(_tickets([each.tickets[place] for each in packs], recent))
        for place, name in enumerate(_TICKETS)
    }
    columns["tickets_unanswered"] = np.log1p(np.array([each.unanswered for each in packs], np.float64))
    owner, pairs = _pairs([each.web for each in packs])
    age = moment // DAY - pairs[:, 0]
    late = _sums(owner, np.where((age > 0) & (age <= _FORTNIGHT), pairs[:, 1], 0), size)
    early = _sums(owner, np.where((age > _FORTNIGHT) & (age <= 2 * _FORTNIGHT), pairs[:, 1], 0), size)
    columns["web_14"] = np.log1p(late)
    columns["web_decline"] = np.log1p(early) - np.log1p(late)
    owner, pairs = _pairs([each.contacts for each in packs])
    sent = pairs[:, 0] > recent
    contacts = _sums(owner, sent, size)
    heard = _sums(owner, sent & (pairs[:, 1] > recent), size)
    columns["contacts_90"] = np.log1p(contacts)
    columns["contacts_response"] = heard / np.maximum(contacts, 1.0)
    return columns


def _tickets(times: Sequence[bytes], recent: int) -> Floats:
    counts = np.array([len(each) for each in times], np.int64) // _WIDTH
    owner = np.repeat(np.arange(len(times)), counts)
    return _sums(owner, np.frombuffer(b"".join(times), np.int64) > recent, len(times))


def _pairs(packed: Sequence[bytes]) -> tuple[Ints, Ints]:
    counts = np.array([len(each) for each in packed], np.int64) // (2 * _WIDTH)
    owner = np.repeat(np.arange(len(packed)), counts)
    return owner, np.frombuffer(b"".join(packed), np.int64).reshape(-1, 2)


def _sums(owner: Ints, values: npt.NDArray[np.generic], size: int) -> Floats:
    found: Floats = np.bincount(owner, values.astype(np.float64), size).astype(np.float64)
    return found
