"""CloudEvents in Kafka's binary mode: the envelope is in headers `ce_...`, the value is the data alone.

It is put into structured form and then read as everything else is: one set of rules, whatever the mode.
See the CloudEvents Kafka protocol binding, 3.2.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic_core import from_json

from schemas.explain import Problem, printable, shown
from schemas.refusal import Refusal

_PREFIX = "ce_"
_STRUCTURED = b"application/cloudevents"
# Headers are text; this is the one attribute of ours that is not.
_BOOLEANS = {"true": True, "false": False}

Headers = Sequence[tuple[str, bytes | None]]


def is_binary(headers: Headers) -> bool:
    """Whether the envelope is in the headers. A `content-type` of CloudEvents says that it is not."""
    found = False
    for name, value in headers:
        if name == "ce_specversion" and value is not None:
            found = True
        elif name.lower() == "content-type" and value is not None and value.startswith(_STRUCTURED):
            return False
    return found


def to_structured(value: bytes, headers: Headers) -> bytes:
    """The same event with its envelope around it.

    Raises:
        Refusal: a header is not UTF-8.
    """
    envelope: dict[str, object] = {}
    for name, raw in headers:
        if name.startswith(_PREFIX) and raw is not None:
            text = _text(name, raw)
            is_flag = name == "ce_synthetic"
            envelope[name[len(_PREFIX) :]] = _BOOLEANS.get(text, text) if is_flag else text
    envelope.pop("data", None)
    # Only a complete JSON document may be spliced in, or its end could add to the envelope.
    try:
        from_json(value, allow_inf_nan=False)
    except ValueError:
        return value
    return json.dumps(envelope).encode()[:-1] + b',"data":' + value + b"}"


def _text(name: str, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        where = f"header {printable(name[:60])}"
        raise Refusal(Problem(where, shown(raw), f"UTF-8 ({error.reason})", "not_utf8")) from None
