"""The two parts of a mail: HTML and plain text, printed from one view."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.render.digest_view import DigestView
from alerts.render.view import View


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("alerts.render"),
        autoescape=select_autoescape(disabled_extensions=("txt.j2",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["columns"] = columns
    return made


@cache
def _inliner() -> css_inline.CSSInliner:
    # The rules for dark screens and phones cannot be inlined and stay in <style>.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def html(view: View | DigestView) -> str:
    """The HTML part, its styles inlined as mail programs want them."""
    return _inliner().inline(_templates().get_template(f"{_name(view)}.html.j2").render(view=view))


def text(view: View | DigestView) -> str:
    """The plain text part: the same words in the same order."""
    return _templates().get_template(f"{_name(view)}.txt.j2").render(view=view)


def _name(view: View | DigestView) -> str:
    return "digest" if isinstance(view, DigestView) else "immediate"


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines of text, each column as wide as its longest cell.

    >>> print(columns([("pair", "lift"), ("tea, milk", "2.1")]))
    pair       lift
    tea, milk  2.1
    """
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
