"""What every test gets: `tests/` importable, a clean environment, brokers."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import hypothesis
import pytest

sys.path.insert(0, str(Path(__file__).parent))
for name in [name for name in os.environ if name.startswith("TOCSIN_")]:  # noqa: TID251
    del os.environ[name]  # noqa: TID251 - a developer's settings must not decide a test

# Who is started in the background of a shell has Ctrl-C ignored, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

from support.brokers import broker, embedded_broker, kafka_broker, prefix

from streams.broker import free_port as find_free_port

# How long an example takes says nothing on a busy machine.
hypothesis.settings.register_profile("tocsin", deadline=None)
hypothesis.settings.load_profile("tocsin")

__all__ = ["broker", "embedded_broker", "kafka_broker", "prefix"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests marked `kafka` out, unless the marker is asked for: `-m kafka`."""
    if "kafka" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("kafka")]
    items[:] = [item for item in items if not item.get_closest_marker("kafka")]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def free_port() -> int:
    """A port where nobody listens."""
    return find_free_port()
