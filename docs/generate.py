"""Write the generated parts of docs/ again, or check (`--check`) that they are as they would be written.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is one of `PARTS`. What a command, a
setting or a topic is, is said once, in code. `docs/schemas/` is written whole.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from alerts.config import reference as config
from schemas import reference
from schemas.decode import REASONS
from schemas.published import json_schemas
from streams.cli import _assembly
from streams.settings import Settings
from streams.topics import TOPICS, Topic

DOCS = Path(__file__).parent
SCHEMAS = DOCS / "schemas"
MARKED = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str]) -> int:
    """Write or check every page; the exit code says whether a check found an old one."""
    files = {page: written(page.read_text()) for page in sorted(DOCS.rglob("*.md"))}
    files |= {SCHEMAS / f"{name}.json": _json(schema) for name, schema in json_schemas().items()}
    old = [file for file, text in files.items() if not file.exists() or file.read_text() != text]
    for file in old:
        if "--check" in arguments:
            print(f"{file.relative_to(DOCS.parent)} is not up to date; run `make docs`.")
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(files[file])
            print(f"wrote {file.relative_to(DOCS.parent)}")
    return int(bool(old) and "--check" in arguments)


def written(text: str) -> str:
    """A page's text with its generated parts as they are now."""
    return MARKED.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]().strip()}\n\n{found[3]}", text)


def commands() -> str:
    """Every command with its help, arguments and options, as `--help` says them."""
    command = _assembly.command()
    page = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name="tocsin"), name="tocsin")
    return page[page.index("\n## ") :]  # what comes before says nothing that the page does not


def settings() -> str:
    """Every setting by its environment variable."""
    rows = [
        (f"`TOCSIN_{name.upper()}`", _default(value), Settings.model_fields[name].description or "")
        for name, value in defaults().items()
    ]
    return _table(("variable", "default", "what it does"), rows)


def defaults() -> dict[str, str]:
    """Every setting's default as it would be written into the environment."""
    written_down = Settings.model_construct().model_dump(mode="json")
    return {
        name: "" if written_down[name] is None else str(written_down[name]) for name in Settings.model_fields
    }


def topics() -> str:
    """Every topic."""
    rows = [
        (
            f"`{topic.name}`",
            topic.purpose,
            topic.key,
            "all" if topic.partitions is None else str(topic.partitions),
            _kept(topic),
            f"{topic.max_bytes >> 20} MiB",
            _owner(topic),
        )
        for topic in TOPICS
    ]
    return _table(
        ("topic", "what it carries", "key", "partitions", "kept", "largest batch", "written by"), rows
    )


def reasons() -> str:
    """Every reason of a dead letter."""
    return _table(("reason", "what was wrong"), [(f"`{name}`", words) for name, words in REASONS.items()])


def _json(schema: object) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _default(value: str) -> str:
    return f"`{value}`" if value else "(empty)"


def _kept(topic: Topic) -> str:
    return "the newest of each key" if topic.keep is None else f"{topic.keep.days} days"


def _owner(topic: Topic) -> str:
    return "Tocsin" if topic.internal else "publishers"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "reasons": reasons,
    "settings": settings,
    "topics": topics,
    **config.PARTS,
    **reference.PARTS,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
