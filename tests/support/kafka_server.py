"""A real Apache Kafka (KRaft, one broker) from its published jars, for the tests marked `kafka`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.wait import until

from streams.broker import HOST, answers, free_port

HERE = Path(__file__).parent / "kafka"
CACHE = Path(__file__).parents[2] / "var" / "kafka"
CLUSTER = "dG9jc2luLXRlc3RzLTAwMQ"
# One broker on a small machine: a light collector, no late compilation, no waiting for group members.
JVM = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=16777216
"""


def missing() -> str | None:
    """Why no Apache Kafka can run here, or None."""
    for program, package in (("java", "a Java runtime, 17 or newer"), ("mvn", "Maven")):
        if shutil.which(program) is None:
            return f"`{program}` is not installed: Apache Kafka needs {package}"
    return None


def jars() -> Path:
    """The folder with Kafka's jars, filled by Maven once per version of the pom."""
    pom = HERE / "pom.xml"
    stamp = CACHE / f"{hashlib.sha256(pom.read_bytes()).hexdigest()[:16]}.stamp"
    lib = CACHE / "lib"
    if not stamp.exists():
        shutil.rmtree(CACHE, ignore_errors=True)
        lib.mkdir(parents=True)
        subprocess.run(
            ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={lib}"],
            check=True, stdin=subprocess.DEVNULL, timeout=600,
        )  # fmt: skip
        stamp.touch()
    return lib


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Apache Kafka for the length of a `with` block; yields host:port. Its log is `folder`/kafka.log."""
    port, controller = free_port(), free_port()
    properties = PROPERTIES.format(host=HOST, port=port, controller=controller, data=folder / "data")
    with serving(folder, properties, port):
        yield f"{HOST}:{port}"


@contextmanager
def serving(folder: Path, properties: str, port: int, cluster: str = CLUSTER) -> Iterator[None]:
    """Apache Kafka with these server.properties, from the moment it answers at `port`."""
    config = folder / "server.properties"
    config.write_text(properties)
    log = folder / "kafka.log"
    java = ["java", *JVM, f"-Dlog4j2.configurationFile={HERE / 'log4j2.yaml'}", "-cp", f"{jars()}/*"]
    storage = [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config)]
    with log.open("wb") as sink:
        subprocess.run(storage, check=True, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, timeout=60)
        server = subprocess.Popen(
            [*java, "kafka.Kafka", str(config)],
            stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, process_group=0,
        )  # fmt: skip
    try:
        until(lambda: server.poll() is not None or answers(port), 60, f"Apache Kafka on port {port}")
        if server.poll() is not None:
            raise RuntimeError(f"Apache Kafka ended with {server.returncode}:\n{log.read_text()[-4000:]}")
        yield
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
