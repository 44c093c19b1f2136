"""A series as JSON: version, checksum, exact.

    {"format": "tocsin.series", "version": 1, "body": {"settings": {...}, "state": {...}}, "checksum": hex}

`body` holds floats as the shortest text that reads back to the same bits, so a restored series says the same
of whatever comes next, as if it had never been away.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from detectors.series.memory import UnreadableSeries
from detectors.series.series import Series
from detectors.series.settings import Settings
from schemas.errors import Permanent

FORMAT, VERSION = "tocsin.series", 1


def to_json(series: Series) -> dict[str, Any]:
    """The series as what `json` and `orjson` write."""
    body = {"settings": asdict(series.settings), "state": series.dump()}
    return {"format": FORMAT, "version": VERSION, "body": body, "checksum": checksum(body)}


def from_json(document: Any) -> Series:
    """The series of a document.

    Raises:
        UnreadableSeries: what came, what was wanted, and what to do.

    >>> from_json({"format": "tocsin.series", "version": 2})
    Traceback (most recent call last):
    detectors.series.memory.UnreadableSeries: the saved series has version 2, this program reads version 1; \
upgrade the program, or start the series anew.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnreadableSeries(
            f"this is no saved series: its format is not {FORMAT!r}; start the series anew."
        )
    if document.get("version") != VERSION:
        raise UnreadableSeries(
            f"the saved series has version {document.get('version')!r:.40}, "
            f"this program reads version {VERSION}; "
            "upgrade the program, or start the series anew."
        )
    body = document.get("body")
    if not isinstance(body, dict) or checksum(body) != document.get("checksum"):
        raise UnreadableSeries("the saved series' checksum does not match its body; start the series anew.")
    try:
        settings = Settings(**body.get("settings", {}))
    except (TypeError, Permanent) as wrong:
        raise UnreadableSeries(
            f"the saved series' settings are broken ({wrong!s:.120}); start the series anew."
        ) from wrong
    return Series(settings, body.get("state"))


def checksum(body: dict[str, Any]) -> str:
    """A hash of the body's canonical JSON; it does not depend on the order of keys."""
    try:
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as wrong:
        raise UnreadableSeries(f"the series holds what JSON cannot say ({wrong}); start it anew.") from wrong
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
