"""Reads the standing questions, and holds them against what the rest of the file says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alerts.config.checked import checked
from alerts.config.document import Document
from alerts.config.problems import Place, Problem, shown
from alerts.config.series import Series
from alerts.config.watch import Question, SeriesAsked
from schemas.measures import MEASURES

_OFF = "take it out, or the question; `rules: {%s: {enabled: false}}` silences what nobody asked"


def questions(document: Document, data: Any, series: Series | None) -> tuple[Question, ...]:
    """Every question of the file that is right; what is wrong goes into the document's problems.

    Args:
        document: the file.
        data: what stands under `watch`.
        series: as that key was read; None where it is off or wrong.
    """
    if not isinstance(data, list | None):
        came = f"got {shown(data)}"
        document.problems.append(document.problem(("watch",), came, "wanted a list, one question an item"))
        return ()
    found: list[Question] = []
    names: dict[str, int] = {}
    for index, item in enumerate(data or []):
        place: Place = ("watch", index)
        question = checked(document, place, Question, item)
        if question is None:
            continue
        first = names.setdefault(question.name.casefold(), index)
        if first != index:
            came = f"{shown(question.name)} is also that of watch[{first}]"
            document.problems.append(
                document.problem((*place, "name"), came, "give each question its own name")
            )
        document.problems += _about_what_is_off(document, place, question, series)
        if question.series is not None:
            document.problems += _strange_slice(document, place, question.series)
        found.append(question)
    return tuple(found)


def _about_what_is_off(
    document: Document, place: Place, question: Question, series: Series | None
) -> Iterator[Problem]:
    for key, asked in (("series", question.series), ("pairs", question.pairs)):
        if asked is not None and document.data.get(key) is False:
            yield document.problem((*place, key), f"`{key}: false` is in the file", _OFF % key)
    if question.series is not None and series is not None and not series.watched(question.series.measure):
        name = question.series.measure
        yield document.problem(
            (*place, "series", "measure"), f"`series` says `{name}: false`", "take that out, or the question"
        )


def _strange_slice(document: Document, place: Place, asked: SeriesAsked) -> Iterator[Problem]:
    dimension, _ = asked.slice
    known = MEASURES[asked.measure].by
    if dimension and dimension not in known:
        wanted = f"it has {', '.join(known)}" if known else "it is there only as a whole"
        yield document.problem((*place, "series", dimension), f"{asked.measure} has no {dimension}", wanted)
