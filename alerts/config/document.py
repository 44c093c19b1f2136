"""YAML as plain data, with the line on which each thing stands and every doubled key.

Plain scalars are read as YAML 1.2 does and people expect: only `true`, `false`, `null`, `~` and decimal
numbers are more than text. The region `NO` stays Norway, `0321` a store, `4:30` a time of day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from alerts.config.problems import ConfigError, Place, Problem, did_you_mean, path_words, shown

LARGEST = 1 << 20
MOST_NODES = 100_000
DEEPEST = 50

_TAG = "tag:yaml.org,2002:"
_SCALARS = ("str", "null", "bool", "int", "float")


class _Loader(yaml.SafeLoader):
    """SafeLoader that resolves few plain scalars; see the module's text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's way


for _name, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^-?(?:0|[1-9][0-9]{0,18})$", list("-0123456789")),
    ("float", r"^-?(?:0|[1-9][0-9]{0,18})\.[0-9]{1,18}$", list("-0123456789")),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(_pattern), _first)


@dataclass
class Document:
    """A parsed file.

    Attributes:
        file: its name as the user gave it.
        data: mappings, lists, text, numbers, booleans, None.
        lines: line, from 1, of each place; of a mapping's value the line of its key.
        problems: doubled keys, tags and the like, found on the way.
    """

    file: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, place: Place, came: str, wanted: str) -> Problem:
        """A problem at a place; a place that is not in the file takes the line of what surrounds it."""
        line = next((self.lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in self.lines), 1)
        return Problem(self.file, line, path_words(place), came, wanted)


def parse(text: str, filename: str) -> Document:
    """Read one YAML document.

    Raises:
        ConfigError: it is no YAML, too large or too deep. Milder problems are in `Document.problems`.
    """
    document = Document(filename)
    if len(text) > LARGEST:
        came = f"{len(text)} characters"
        raise ConfigError([Problem(filename, 1, "", came, f"wanted at most {LARGEST}")])
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax(error, text, filename)]) from error
    except (yaml.YAMLError, RecursionError) as error:
        came = "nested too deep" if isinstance(error, RecursionError) else f"no YAML: {shown(str(error))}"
        raise ConfigError([Problem(filename, 1, "", came, "see examples/tocsin.yaml")]) from error
    if node is not None:
        document.data = _Walk(document).value(node, ())
    return document


def _syntax(error: yaml.MarkedYAMLError, text: str, filename: str) -> Problem:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    lines = text.splitlines()
    wanted = "check quotes, colons and indentation on this line and the one before"
    if line <= len(lines) and "\t" in lines[line - 1]:
        wanted = "indent with spaces, YAML takes no tabs there"
    return Problem(filename, line, "", f"no YAML: {error.problem or error}", wanted)


class _Walk:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.nodes += 1
        self.document.lines.setdefault(place, node.start_mark.line + 1)
        # Aliases let a small file stand for a huge or an endless one.
        if self.nodes > MOST_NODES or len(place) > DEEPEST:
            problem = self.document.problem(place[:3], "too many or too deep values", "write it flatter")
            raise ConfigError([problem])
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        return self.scalar(node, place)

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                problem = Problem(
                    self.document.file,
                    line,
                    path_words(place),
                    "a key that is no text",
                    "write a plain word before the colon",
                )
                self.document.problems.append(problem)
                continue
            key = str(key_node.value)
            here = (*place, key)
            if key in found:
                first = self.document.lines[here]
                self.document.problems.append(
                    Problem(
                        self.document.file,
                        line,
                        path_words(here),
                        f"doubled key, first on line {first}",
                        "keep one of them",
                    )
                )
                continue
            self.document.lines[here] = line
            found[key] = self.value(value_node, here)
        return found

    def scalar(self, node: yaml.Node, place: Place) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if kind not in _SCALARS:
            wanted = "tags are not read; write plain text, in quotes if need be"
            self.document.problems.append(self.document.problem(place, f"tag {shown(node.tag)}", wanted))
            return None
        text = str(node.value)
        try:
            return _READ[kind](text)
        except ValueError:
            self.document.problems.append(self.document.problem(place, shown(text), f"wanted {kind}"))
            return None


def _bool(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


_READ: dict[str, Any] = {"str": str, "null": lambda _: None, "bool": _bool, "int": int, "float": float}


def unknown_key(document: Document, place: Place, known: list[str]) -> Problem:
    """A key that nothing reads, with advice."""
    return document.problem(place, "unknown key", did_you_mean(str(place[-1]), known))
