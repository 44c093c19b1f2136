"""The broker of a run: Apache Kafka where Java and Maven are at hand, the embedded one otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streams import broker as embedded

# The double of a production broker is the tests'; here it serves a second time.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
from support import kafka_server


@dataclass(frozen=True)
class Broker:
    """A running broker.

    Attributes:
        name: for the table.
        address: host:port.
    """

    name: str
    address: str


@contextmanager
def running(kind: str, folder: Path) -> Iterator[Broker]:
    """A broker for the length of a `with` block.

    Args:
        kind: `kafka`, `embedded`, or `auto` for the best that can run here.
        folder: an empty one, for its data.
    """
    missing = kafka_server.missing()
    if kind == "kafka" and missing is not None:
        raise SystemExit(missing)
    if kind == "embedded" or missing is not None:
        why = "" if kind == "embedded" else f" ({missing})"
        with embedded.running(folder, keeps=False) as broker:
            yield Broker(f"the embedded broker{why}", broker.address)
    else:
        with kafka_server.running(folder) as address:
            yield Broker("Apache Kafka 4.1, one node, on this machine", address)
