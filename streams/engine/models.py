"""A version of the models, as it travels on the topic `models`, and as stages use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from detectors.churn import codec
from detectors.churn.codec import UnreadableModel
from detectors.churn.model import ChurnModel
from detectors.value.estimate import ValueModel
from schemas.errors import Permanent

MODELS = "models"
PRIOR = "prior"
"""Version of what is used before anything was learnt."""


@dataclass(frozen=True)
class Adopted:
    """What scores customers.

    Attributes:
        version: name of it.
        churn: probabilities of silence.
        value: value of who comes back.
    """

    version: str
    churn: ChurnModel
    value: ValueModel

    @property
    def learnt(self) -> int:
        """Examples of the main horizon that it has learnt."""
        return self.churn.horizons[self.churn.main].learnt


def untaught(horizons: Iterable[int], main: int) -> Adopted:
    """What scores before anything was learnt: the prior alone.

    >>> untaught((30, 90), 30).learnt
    0
    """
    return Adopted(PRIOR, ChurnModel(horizons, main), ValueModel(main))


def document(adopted: Adopted, **said: Any) -> dict[str, Any]:
    """A version as JSON; `said` are its label time, metrics and the offsets that it contains."""
    return {
        "version": adopted.version,
        "churn": codec.to_json(adopted.churn),
        "value": adopted.value.to_json(),
        **said,
    }


def read(found: Any) -> Adopted:
    """A version of its JSON.

    Raises:
        UnreadableModel: what came, what was wanted, and that the last good one stays.

    >>> made = untaught((30, 90), 30)
    >>> read(document(made)).churn.main
    30
    >>> read([])
    Traceback (most recent call last):
    detectors.churn.codec.UnreadableModel: this is no version of the models; keep the last good one.
    """
    if not isinstance(found, Mapping) or not isinstance(found.get("version"), str):
        raise UnreadableModel("this is no version of the models; keep the last good one.")
    churn = codec.from_json(found.get("churn"))
    value = found.get("value")
    try:
        return Adopted(
            found["version"], churn, ValueModel.from_json(value if isinstance(value, dict) else {})
        )
    except UnreadableModel:
        raise
    except (Permanent, KeyError, TypeError, ValueError) as wrong:
        raise UnreadableModel(f"the value model cannot be read: {wrong!s:.200}") from wrong
