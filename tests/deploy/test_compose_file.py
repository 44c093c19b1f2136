"""docker-compose.yml holds against the compose schema, and says nothing that our commands would not know."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path

import jsonschema
import pytest
from support import compose

from streams.cli import _assembly
from streams.settings import Settings

# The schema as it is published; check-jsonschema keeps a copy up to date, which is all we take from it.
SCHEMA = Path(
    str(
        distribution("check-jsonschema").locate_file(
            "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
        )
    )
)


def parses(command: list[str]) -> None:
    """The command line is understood, options and all; nothing is run."""
    name, *arguments = command
    found = _assembly.command().commands[name]
    found.make_context(name, list(arguments))


def test_it_holds_against_the_compose_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert [error.message for error in validator.iter_errors(compose.read())] == []


@pytest.mark.parametrize("service", compose.OURS)
def test_each_command_is_understood(service: str) -> None:
    parses([str(word) for word in compose.services()[service]["command"]])


@pytest.mark.parametrize("service", ["worker", "notifier"])
def test_each_health_check_of_ours_is_understood(service: str) -> None:
    program, *command = compose.check_of(service)
    assert program == "tocsin"
    parses(command)


@pytest.mark.parametrize("service", compose.OURS)
def test_each_variable_is_a_setting_with_a_value_that_it_takes(service: str) -> None:
    given = {
        name.removeprefix("TOCSIN_").lower(): value for name, value in compose.environment(service).items()
    }
    Settings(**given)


def test_what_is_waited_for_can_come() -> None:
    services = compose.services()
    for service in services.values():
        for name, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "test" in services[name]["healthcheck"]
            else:
                assert services[name]["restart"] == "on-failure"


def test_images_are_pinned_volumes_declared_and_ports_open_to_this_machine_only() -> None:
    document = compose.read()
    for name, service in document["services"].items():
        assert not service["image"].endswith(":latest")
        assert ":" in service["image"]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in document["volumes"], name
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_a_clean_stop_has_the_time_that_it_needs() -> None:
    assert {compose.services()[name]["stop_grace_period"] for name in compose.OURS} == {"25s"}
