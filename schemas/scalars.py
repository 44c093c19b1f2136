"""The small types of which events are made: ids, labels, texts, money, quantities, moments.

Each says in one place what JSON it takes (checked inside pydantic-core, no Python runs), what Python takes,
what a person is told when something else came, and what the published JSON Schema says. All are strict:
`"12"` is no whole number and `1` is no boolean.

The patterns use only what Rust's, Python's and ECMAScript's expressions read alike, so that the published
schema refuses what we refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

WANTED = "tocsin_wanted"
"""The error type of all these scalars; the error's message is the sentence for people."""


@dataclass(frozen=True, eq=False)
class Scalar:
    """An annotation that brings its own core schema.

    Attributes:
        json: what is taken from JSON, the hot path.
        python: what is taken from Python objects, for publishers and tests that build models by hand.
        wanted: completes the sentence "wanted ...".
        published: the JSON Schema of it.
    """

    json: CoreSchema
    python: CoreSchema
    wanted: str
    published: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """One validator for both doors; every refusal carries `wanted`."""
        return core_schema.custom_error_schema(
            core_schema.json_or_python_schema(self.json, self.python),
            custom_error_type=WANTED,
            # A message is a template to pydantic; ours has no places to fill.
            custom_error_message=self.wanted.replace("{", "{{"),
        )

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What integrators read."""
        return dict(self.published)


# Control characters, and the invisible ones that change how their neighbours look (bidirectional marks).
_HIDDEN = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_LABEL = f"^[^{_HIDDEN}]*$"
_ID = rf"^[^\s{_HIDDEN}](?:[^{_HIDDEN}]*[^\s{_HIDDEN}])?$"


def _text(wanted: str, least: int, most: int, pattern: str | None = None) -> Scalar:
    schema = core_schema.str_schema(strict=True, min_length=least, max_length=most, pattern=pattern)
    published: dict[str, Any] = {"type": "string", "maxLength": most}
    if least:
        published["minLength"] = least
    if pattern is not None:
        published["pattern"] = pattern
    return Scalar(schema, schema, wanted, published)


def _id(most: int) -> Scalar:
    return _text(f"an id: 1 to {most} characters, none of control, no white space around", 1, most, _ID)


Id = Annotated[str, _id(128)]
Source = Annotated[str, _id(256)]
Label = Annotated[str, _text("at most 128 characters, none of control", 0, 128, _LABEL)]
Category = Annotated[str, _text("1 to 64 characters, none of control", 1, 64, _LABEL)]
Short = Annotated[str, _text("a text of at most 4000 characters", 0, 4_000)]
Text = Annotated[str, _text("a text of at most 20000 characters", 0, 20_000)]
Currency = Annotated[
    str, _text('a currency as ISO 4217 writes it, three capitals such as "EUR"', 3, 3, "^[A-Z]{3}$")
]

_WHOLE = 10**15
# A double carries 15 significant digits exactly; four of them may stand after the point.
_EXACT_FLOAT = 1e11
_UNSIGNED = r"[0-9]{1,15}(?:\.[0-9]{1,4})?"
_POSITIVE = (
    r"(?:0{0,14}[1-9][0-9]{0,14}(?:\.[0-9]{1,4})?"
    r"|0{1,15}\.(?:[1-9][0-9]{0,3}|0[1-9][0-9]{0,2}|00[1-9][0-9]?|000[1-9]))"
)
_DIGITS = "at most 15 digits before and 4 after the point"


def _number(sign: str, pattern: str, published: dict[str, Any], python: CoreSchema) -> Scalar:
    """A decimal that travels as a string; JSON numbers are taken where a double cannot have changed them.

    Measured: a pattern and `Decimal(str)` take 0.5 us, pydantic's own digit limits 1.5 us.
    """
    pattern = f"^{pattern}$"
    text = core_schema.no_info_after_validator_function(
        Decimal, core_schema.str_schema(strict=True, max_length=21, pattern=pattern)
    )
    whole = core_schema.chain_schema(
        [
            core_schema.int_schema(strict=True, gt=-_WHOLE, lt=_WHOLE),
            core_schema.no_info_plain_validator_function(str),
            text,
        ]
    )
    broken = core_schema.chain_schema(
        [
            core_schema.float_schema(strict=True, gt=-_EXACT_FLOAT, lt=_EXACT_FLOAT, allow_inf_nan=False),
            core_schema.no_info_plain_validator_function(repr),
            text,
        ]
    )
    return Scalar(
        json=core_schema.union_schema(
            [text, whole, broken],
            mode="left_to_right",
            serialization=core_schema.to_string_ser_schema(when_used="json"),
        ),
        python=python,
        wanted=f'{sign}, as a string such as "12.34" (or a number), {_DIGITS}',
        published={"oneOf": [{"type": "string", "pattern": pattern}, {"type": "number", **published}]},
    )


def _decimal(*, ge: Decimal | None = None, gt: Decimal | None = None) -> CoreSchema:
    return core_schema.decimal_schema(
        strict=True,
        max_digits=19,
        decimal_places=4,
        allow_inf_nan=False,
        ge=ge,
        gt=gt,
        serialization=core_schema.to_string_ser_schema(when_used="json"),
    )


Money = Annotated[
    Decimal, _number("a decimal not below 0", _UNSIGNED, {"minimum": 0}, _decimal(ge=Decimal(0)))
]
Quantity = Annotated[
    Decimal, _number("a decimal above 0", _POSITIVE, {"exclusiveMinimum": 0}, _decimal(gt=Decimal(0)))
]
Change = Annotated[
    Decimal,
    _number("a decimal other than 0", f"-?{_POSITIVE}", {"not": {"const": 0}}, _decimal()),
]


# For the published schemas only: the parser is quicker, and as strict.
_RFC3339 = "-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"


def _moment(first: int, years: str) -> Scalar:
    """RFC 3339 with an offset; pydantic alone takes `"1700000000"` as well, hence the look at the date."""

    def schema(*, strict: bool) -> CoreSchema:
        return core_schema.datetime_schema(
            strict=strict,
            tz_constraint="aware",
            ge=datetime(first, 1, 1, tzinfo=UTC),
            lt=datetime(2201, 1, 1, tzinfo=UTC),
        )

    return Scalar(
        json=core_schema.chain_schema(
            [
                core_schema.str_schema(strict=True, min_length=20, max_length=40, pattern="^[0-9]{4}-"),
                schema(strict=False),
            ]
        ),
        python=schema(strict=True),
        wanted=f'a time with its offset, such as "2026-01-05T10:00:00Z", from the year {first} to 2200',
        published={"type": "string", "format": "date-time", "pattern": f"^(?:{years}){_RFC3339}"},
    )


Moment = Annotated[datetime, _moment(1970, "19[7-9][0-9]|2[01][0-9]{2}|2200")]
LongAgo = Annotated[datetime, _moment(1900, "19[0-9]{2}|2[01][0-9]{2}|2200")]

KINDS: dict[str, Scalar] = {
    name: get_args(kind)[1]
    for name, kind in (
        ("Id", Id),
        ("Source", Source),
        ("Label", Label),
        ("Category", Category),
        ("Short", Short),
        ("Text", Text),
        ("Currency", Currency),
        ("Money", Money),
        ("Quantity", Quantity),
        ("Change", Change),
        ("Moment", Moment),
        ("LongAgo", LongAgo),
    )
}
"""All of them by name, for the published contracts."""
