"""A model as JSON: version, checksum, exact. Pickles do not survive an upgrade, and are code.

    {"format": "tocsin.churn", "version": 1, "body": {...}, "checksum": hex}

`body` holds floats as the shortest text that reads back to the same bits, so a restored model gives the same
predictions, bit for bit, and learns on as if it had never been away.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from river import utils

from detectors.churn.horizon import INPUTS, HorizonModel
from detectors.churn.model import ChurnModel
from schemas.errors import Permanent

FORMAT, VERSION = "tocsin.churn", 1
_MOST = 1e12  # no weight that was learnt comes near it, and sums of them stay finite


class UnreadableModel(Permanent):
    """A model that this version cannot read; the reader keeps the last good one."""


def to_json(model: ChurnModel) -> dict[str, Any]:
    """The model as what `json` and `orjson` write."""
    body = {
        "inputs": list(INPUTS),
        "main": model.main,
        "horizons": [_dump(each) for each in model.horizons.values()],
    }
    return {"format": FORMAT, "version": VERSION, "body": body, "checksum": checksum(body)}


def from_json(document: Any) -> ChurnModel:
    """The model of a document.

    Raises:
        UnreadableModel: what came, what was wanted, and what to do.

    >>> from_json({"format": "tocsin.churn", "version": 2})
    Traceback (most recent call last):
    detectors.churn.codec.UnreadableModel: the model has version 2, this program reads version 1; keep the \
last good model, and upgrade the program or let the trainer rebuild from churn-examples.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnreadableModel(
            f"this is no churn model: its format is not {FORMAT!r}; keep the last good model."
        )
    if document.get("version") != VERSION:
        raise UnreadableModel(
            f"the model has version {document.get('version')!r:.40}, this program reads version {VERSION}; "
            "keep the last good model, and upgrade the program or let the trainer rebuild "
            "from churn-examples."
        )
    body = document.get("body")
    if not isinstance(body, dict) or checksum(body) != document.get("checksum"):
        raise UnreadableModel("the model's checksum does not match its body; keep the last good model.")
    if body.get("inputs") != list(INPUTS):
        raise UnreadableModel(
            "the model was learnt on other features; let the trainer rebuild it from examples."
        )
    try:
        model = ChurnModel([each["days"] for each in body["horizons"]], body["main"])
        for each in body["horizons"]:
            _load(model.horizons[each["days"]], each)
    except (KeyError, TypeError, ValueError) as wrong:
        raise UnreadableModel(
            f"the model's body is broken ({wrong!r:.80}); keep the last good model."
        ) from wrong
    return model


def checksum(body: dict[str, Any]) -> str:
    """A hash of the body's canonical JSON; it does not depend on the order of keys."""
    try:
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as wrong:
        raise UnreadableModel(
            f"the model holds what JSON cannot say ({wrong}); keep the last good model."
        ) from wrong
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _dump(each: HorizonModel) -> dict[str, Any]:
    weights, squares = each.regression.weights, each.regression.optimizer.g2
    return {
        "days": each.days,
        "learnt": each.learnt,
        "prior": {"logs": each.prior.logs, "squares": each.prior.squares},
        "means": [float(each.scaler.means.get(name, 0.0)) for name in INPUTS],
        "variances": [float(each.scaler.vars.get(name, 0.0)) for name in INPUTS],
        "weights": [float(weights.get(name, 0.0)) for name in INPUTS],
        "squares": [float(squares.get(name, 0.0)) for name in INPUTS],
        "intercept": float(each.regression.intercept),
    }


def _load(each: HorizonModel, saved: dict[str, Any]) -> None:
    each.learnt = int(saved["learnt"])
    each.prior.logs = _numbers(saved["prior"]["logs"], 4)
    each.prior.squares = _numbers(saved["prior"]["squares"], 4)
    if not each.learnt:
        return
    size = len(INPUTS)
    each.scaler.counts = Counter(dict.fromkeys(INPUTS, each.learnt))
    each.scaler.means.update(zip(INPUTS, _numbers(saved["means"], size), strict=True))
    each.scaler.vars.update(zip(INPUTS, _numbers(saved["variances"], size), strict=True))
    # River keeps weights in its own dictionary, with the initializer for names that come later.
    weights = dict(zip(INPUTS, _numbers(saved["weights"], size), strict=True))
    each.regression._weights = utils.VectorDict(weights)  # noqa: SLF001 - it offers no other way in
    each.regression.optimizer.g2.update(zip(INPUTS, _numbers(saved["squares"], size), strict=True))
    each.regression.optimizer.n_iterations = each.learnt
    (each.regression.intercept,) = _numbers([saved["intercept"]], 1)


def _numbers(values: list[Any], size: int) -> list[float]:
    found = [float(value) for value in values]
    if len(found) != size or not all(abs(value) <= _MOST for value in found):  # NaN compares as false
        raise ValueError(f"{size} numbers within {_MOST:g} were wanted")
    return found
