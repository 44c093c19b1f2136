"""Strings that have broken mails before, and strategies that mix them with others."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

from hypothesis import strategies as st

from alerts.policy.examples import an_alert
from schemas.alert import Alert, Fact

STRINGS = (
    "",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table></body><!--",
    "<!--[if mso]>",
    "]]>",
    "{{7*7}}",
    "{% include '/etc/passwd' %}",
    "{{ config }}",
    "&lt;b&gt; &amp; &#x3c;",
    "two\r\nBcc: all@example.com",
    "a\n\n--=_tocsin_00\nContent-Type: text/html\n\n<b>x</b>",
    ".\r\nQUIT\r\n",
    "\u202egnp.exe",
    "\u2066left\u2069",
    "\u2028line\u2029paragraph\u0085next",
    "x" * 10_000,
    "\u0301" * 500 + "a",
    "Z\u0351\u0352\u0353\u0354\u0355algo",
    "👩‍👩‍👧‍👦🏳️‍🌈 🇩🇪",
    "🔥" * 300,
    "مرحبا بالعالم",
    "\x00\x07\x1b[31m\x7f\x9b",
    "\ufeff\ufffe\uffff",
    "=?utf-8?q?=0D=0ABcc:_x@y?=",
    "=0D=0A",
    'a,b;c<d@e>(f)"g\\',
    "%s %n {0}",
    "é" * 200,
    " ",
    "\u00a0 nbsp \u3000",
)

# Lone surrogates cannot come: JSON that holds one is refused.
strings = (
    st.sampled_from(STRINGS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
    | st.text(st.characters(categories=["Cc", "Cf", "Co", "Cn", "Z", "M"]), max_size=20)
)
moments = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
)


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Any alert that the model takes, every text of it possibly hostile."""
    facts = draw(st.lists(st.tuples(strings, strings), max_size=50))
    return an_alert(
        rule=draw(strings),
        entity_kind=draw(strings),
        entity=draw(strings),
        episode=draw(strings),
        state=draw(st.sampled_from(["ringing", "recovered"])),
        severity=draw(st.sampled_from(["info", "warning", "critical"])),
        since=draw(moments),
        at=draw(moments),
        title=draw(strings),
        summary=draw(strings),
        suggestion=draw(strings),
        facts=tuple(Fact.model_construct(label=label, value=value) for label, value in facts),
        synthetic=draw(st.booleans()),
    )
