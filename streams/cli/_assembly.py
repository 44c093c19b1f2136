"""Put the commands of the folder together; a broken file or a doubled name stops the start."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType

import typer
from typer.core import TyperGroup
from typer.main import get_group

from schemas.errors import Fatal

HELP = """Watch customer streams, and ring when something deserves a person's attention.

Settings come from TOCSIN_* variables; options of a command go before them. `tocsin COMMAND --help`
has examples.
"""


def command() -> TyperGroup:
    """The whole `tocsin` command, ready to be run."""
    import streams.cli as folder  # noqa: PLC0415 - the folder imports us

    return get_group(assemble(discover(folder)))


def discover(package: ModuleType) -> list[ModuleType]:
    """Import every public module of the folder, by name in alphabetical order.

    Raises:
        Fatal: a module cannot be imported or has no `app`.
    """
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name[0] != "_")
    return [_load(f"{package.__name__}.{name}") for name in names]


def assemble(modules: Iterable[ModuleType]) -> typer.Typer:
    """One application from the modules: a module with `GROUP` becomes a group, else its commands stand alone.

    Raises:
        Fatal: two modules bring a command of the same name.
    """
    root = typer.Typer(
        name="tocsin",
        help=HELP,
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback()(_root)
    owners: dict[str, str] = {}
    for module in modules:
        for name in names(module):
            if name in owners:
                raise Fatal(
                    f"the command {name!r} is defined twice, in {owners[name]} and in {module.__name__}; "
                    "rename one of them."
                )
            owners[name] = module.__name__
        root.add_typer(module.app, name=getattr(module, "GROUP", None))
    return root


def names(module: ModuleType) -> Iterator[str]:
    """The top-level command names that a module brings."""
    group = getattr(module, "GROUP", None)
    if group is not None:
        yield group
        return
    for info in module.app.registered_commands:
        yield info.name or info.callback.__name__.replace("_", "-")


def _load(name: str) -> ModuleType:
    try:
        module = importlib.import_module(name)
    except Exception as error:  # a module may fail in any way while it loads; the error says which one
        raise Fatal(f"the command file {name} cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(getattr(module, "app", None), typer.Typer):
        raise Fatal(f"the command file {name} has no `app: typer.Typer`; a name beginning with _ is skipped.")
    return module


def _root() -> None:
    """Keep `tocsin` a group of commands, even while the folder holds a single one."""
