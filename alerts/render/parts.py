"""The two parts of a mail: HTML and plain text, printed from one `View`."""

from __future__ import annotations

from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.render.view import View


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("alerts.render"),
        autoescape=select_autoescape(disabled_extensions=("txt.j2",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    # The rules for dark screens and phones cannot be inlined and stay in <style>.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def html(view: View) -> str:
    """The HTML part, its styles inlined as mail programs want them."""
    return _inliner().inline(_templates().get_template("immediate.html.j2").render(view=view))


def text(view: View) -> str:
    """The plain text part: the same words in the same order."""
    return _templates().get_template("immediate.txt.j2").render(view=view)
