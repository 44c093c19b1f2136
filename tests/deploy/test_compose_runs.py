"""Each service of docker-compose.yml runs outside a container, with its command and environment of there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from support import compose, kafka_server
from support.wait import until

from streams.broker import answers, free_port
from streams.kafka import admin
from streams.settings import Settings

TOCSIN = Path(sys.executable).with_name("tocsin")


class Machine:
    """Stands in for the containers: their host names, ports and folders become ours."""

    def __init__(self, broker: str, prefix: str, folder: Path) -> None:
        self.mail_port = str(free_port())
        self.folder = folder
        self._places = {
            "kafka:9092": broker,
            "/mails": str(folder / "mails"),
            "/archive": str(folder / "archive"),
            "0.0.0.0": "127.0.0.1",
            "2525": self.mail_port,
        }
        self._variables = {
            "TOCSIN_TOPIC_PREFIX": prefix,
            "TOCSIN_SMTP_HOST": "127.0.0.1",
            # What the image says and mounts.
            "TOCSIN_CONFIG": str(compose.ROOT / "examples" / "tocsin.yaml"),
            "TOCSIN_STORE_URL": f"sqlite:///{folder / 'tocsin.db'}",
        }

    def command(self, words: list[object]) -> list[str]:
        translated = [self._places.get(str(word), str(word)) for word in words]
        return [str(TOCSIN), *translated]

    def environment(self, service: str) -> dict[str, str]:
        here = {name: self._places.get(value, value) for name, value in compose.environment(service).items()}
        return {**os.environ, **here, **self._variables}  # noqa: TID251 - a child needs PATH and HOME

    def run(self, service: str, words: list[object]) -> subprocess.CompletedProcess[str]:
        """Run a command of a service to its end."""
        return subprocess.run(
            self.command(words),
            env=self.environment(service), cwd=self.folder, capture_output=True, text=True, check=False,
            timeout=60,
        )  # fmt: skip

    @contextmanager
    def running(self, service: str) -> Iterator[subprocess.Popen[bytes]]:
        """A service, stopped as Compose would stop it, within the time that it has."""
        log = self.folder / f"{service}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                self.command(compose.services()[service]["command"]),
                env=self.environment(service), cwd=self.folder, stdout=sink, stderr=sink,
            )  # fmt: skip
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            seconds = float(compose.services()[service]["stop_grace_period"].removesuffix("s"))
            assert process.wait(seconds) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()


def test_everything_starts_is_healthy_and_stops_cleanly(
    embedded_broker: str, prefix: str, tmp_path: Path
) -> None:
    machine = Machine(embedded_broker, prefix, tmp_path)
    created = machine.run("topics", compose.services()["topics"]["command"])
    assert created.returncode == 0, created.stderr
    with ExitStack() as running:
        for name in ("mail", "worker", "notifier", "archive"):
            running.enter_context(machine.running(name))
        until(lambda: answers(int(machine.mail_port)), 20, "the mail catcher")
        until((tmp_path / "archive" / "_lock").exists, 20, "the archive")
        for service in ("worker", "notifier"):
            until(
                lambda service=service: machine.run(service, compose.check_of(service)[1:]).returncode == 0,
                60,
                f"{service} to be healthy",
            )


@pytest.mark.kafka
def test_kafka_starts_from_its_environment(tmp_path: Path) -> None:
    if (reason := kafka_server.missing()) is not None:
        pytest.skip(reason)
    ports = {"9092": free_port(), "9093": free_port(), "9094": free_port()}
    lines = []
    for name, value in compose.environment("kafka").items():
        if not name.startswith("KAFKA_") or name == "KAFKA_HEAP_OPTS":
            continue
        # As the image does it: KAFKA_NODE_ID is node.id.
        key = name.removeprefix("KAFKA_").lower().replace("_", ".")
        here = value.replace("kafka:", "127.0.0.1:").replace("/var/lib/kafka/data", str(tmp_path / "data"))
        for there, port in ports.items():
            here = here.replace(f":{there}", f":{port}")
        lines.append(f"{key}={here}")
    properties = "\n".join(lines).replace("PLAINTEXT://:", "PLAINTEXT://127.0.0.1:")
    cluster = compose.environment("kafka")["CLUSTER_ID"]
    with kafka_server.serving(tmp_path, properties, ports["9092"], cluster):
        settings = Settings(broker=f"127.0.0.1:{ports['9094']}")
        assert admin.create_topics(settings)
        assert admin.check_topics(settings)[0] == []
