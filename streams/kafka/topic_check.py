"""Compare the topics that we want with those that a broker has. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """A topic as it should be.

    Attributes:
        name: on the broker, with the prefix.
        partitions: exactly so many; keys would change place otherwise.
        replication: at least so many replicas.
        config: settings; see `compare` for which of them are minimums.
        fixed: whether no setting changes the number of partitions.
    """

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]
    fixed: bool = False


@dataclass(frozen=True)
class Found:
    """A topic as the broker describes it; `config` is None where the broker does not tell."""

    partitions: int
    replication: int
    config: Mapping[str, str] | None


@dataclass(frozen=True)
class Mismatch:
    """One thing that is not as wanted, and what to do about it."""

    topic: str
    what: str
    wanted: str
    found: str
    advice: str


def sentences(mismatches: Sequence[Mismatch]) -> list[str]:
    """One sentence for each kind of mismatch, naming every topic that has it.

    >>> gone = ("topic", "there", "missing", "Run `tocsin topics create`.")
    >>> sentences([Mismatch("orders", *gone), Mismatch("alerts", *gone)])
    ['orders, alerts: topic is missing, wanted there. Run `tocsin topics create`.']
    """
    topics: dict[str, list[str]] = {}
    for mismatch in mismatches:
        words = f"{mismatch.what} is {mismatch.found}, wanted {mismatch.wanted}. {mismatch.advice}"
        topics.setdefault(words, []).append(mismatch.topic)
    return [f"{', '.join(names)}: {words}" for words, names in topics.items()]


def compare(wanted: Sequence[Wanted], found: Mapping[str, Found]) -> list[Mismatch]:
    """Everything that keeps a worker from running correctly.

    Partitions and `cleanup.policy` must be equal. Replicas, retention and size limits may be larger than
    wanted: an operator who keeps more than we need breaks nothing.

    >>> orders = Wanted("orders", 4, 1, {"retention.ms": "1000"})
    >>> compare([orders], {"orders": Found(4, 3, {"retention.ms": "-1"})})
    []
    >>> [(wrong.what, wrong.found) for wrong in compare([orders], {"orders": Found(6, 1, None)})]
    [('partitions', '6')]
    >>> models = Wanted("models", 1, 1, {}, fixed=True)
    >>> [wrong.advice for wrong in compare([models], {"models": Found(6, 1, None)})]
    ['Delete it and run `tocsin topics create`; what it held is lost.']
    """
    return [mismatch for topic in wanted for mismatch in _of_topic(topic, found.get(topic.name))]


def not_verifiable(wanted: Sequence[Wanted], found: Mapping[str, Found]) -> list[tuple[str, str]]:
    """(topic, setting) pairs that this broker does not tell.

    >>> orders = Wanted("orders", 4, 1, {"retention.ms": "1000"})
    >>> not_verifiable([orders], {"orders": Found(4, 1, {})})
    [('orders', 'retention.ms')]
    """
    return [
        (topic.name, name)
        for topic in wanted
        if topic.name in found
        for name in topic.config
        if name not in (found[topic.name].config or {})
    ]


def _of_topic(wanted: Wanted, found: Found | None) -> Iterator[Mismatch]:
    if found is None:
        yield Mismatch(wanted.name, "topic", "there", "missing", "Run `tocsin topics create`.")
        return
    if found.partitions != wanted.partitions:
        yield Mismatch(
            wanted.name,
            "partitions",
            str(wanted.partitions),
            str(found.partitions),
            "Delete it and run `tocsin topics create`; what it held is lost."
            if wanted.fixed
            else f"Set TOCSIN_PARTITIONS={found.partitions}, or start over with new topics (another prefix).",
        )
    if found.replication < wanted.replication:
        yield Mismatch(
            wanted.name,
            "replication",
            f"{wanted.replication} or more",
            str(found.replication),
            "Reassign its replicas (kafka-reassign-partitions.sh), or lower TOCSIN_REPLICATION.",
        )
    for name, value in wanted.config.items():
        is_value = (found.config or {}).get(name)
        rule = _AT_LEAST.get(name)
        if is_value is None or (rule or _equal)(is_value, value):
            continue
        yield Mismatch(
            wanted.name,
            name,
            f"{value} or more" if rule else value,
            is_value,
            f"Run `kafka-configs.sh --alter --topic {wanted.name} --add-config {name}={value}`.",
        )


def _equal(found: str, wanted: str) -> bool:
    return found == wanted


def _at_least(found: str, wanted: str) -> bool:
    return int(found) >= int(wanted)


def _no_shorter(found: str, wanted: str) -> bool:
    return int(found) == -1 or int(found) >= int(wanted)


_AT_LEAST: dict[str, Callable[[str, str], bool]] = {
    "max.message.bytes": _at_least,
    "delete.retention.ms": _at_least,
    "retention.ms": _no_shorter,
}
