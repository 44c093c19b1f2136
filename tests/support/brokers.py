"""Brokers for tests: one of each kind per run, shared; a prefix keeps each test's topics apart."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from support import kafka_server

from streams import broker as embedded
from streams.settings import Settings


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of the embedded broker."""
    with embedded.running(tmp_path_factory.mktemp("embedded"), keeps=False) as running:
        yield running.address


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a real Apache Kafka; for tests marked `kafka`."""
    reason = kafka_server.missing()
    if reason is not None:
        pytest.skip(reason)
    with kafka_server.running(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session", params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> str:
    """host:port of each kind of broker in turn; Apache Kafka only under `-m kafka`."""
    address: str = request.getfixturevalue(f"{request.param}_broker")
    return address


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test has; fit for group names and transactional ids as well."""
    return f"t{secrets.token_hex(4)}."


def settings_for(broker: str, prefix: str, **more: Any) -> Settings:
    """Settings of one test: its broker, its prefix, a group of its own."""
    return Settings(**{"broker": broker, "topic_prefix": prefix, "group": f"{prefix}tocsin", **more})
