"""How the group shares partitions: each lane with all its inputs to one worker, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import pytest
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from streams.kafka.look import STAGE_INPUTS
from streams.topics import Topic

PARTITIONS = 4
TOPICS = [topic for topics in STAGE_INPUTS.values() for topic in topics]


def numbers(topic: Topic) -> set[int]:
    return set(range(topic.partitions or PARTITIONS))


def owners(assignor: type, workers: int) -> dict[tuple[str, int], set[str]]:
    """Who gets at least one input of a partition of a stage."""
    cluster = SimpleNamespace(
        partitions_for_topic={topic.name: numbers(topic) for topic in TOPICS}.__getitem__
    )
    members = {
        f"worker-{number}": assignor.metadata([topic.name for topic in TOPICS]) for number in range(workers)
    }
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for member, assigned in assignor.assign(cluster, members).items():
        for topic, partitions in assigned.assignment:
            for stage, inputs in STAGE_INPUTS.items():
                if topic in {each.name for each in inputs}:
                    for partition in partitions:
                        found[stage, partition].add(member)
    return found


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 6])
def test_every_lane_has_one_owner_with_all_its_inputs(workers: int) -> None:
    found = owners(RangePartitionAssignor, workers)
    assert all(len(each) == 1 for each in found.values())
    assert {partition for stage, partition in found if stage == "customer"} == set(range(PARTITIONS))
    assert [partition for stage, partition in found if stage not in {"customer", "product"}] == [0] * 4


def test_another_way_to_share_would_tear_lanes_apart() -> None:
    assert any(len(each) > 1 for each in owners(RoundRobinPartitionAssignor, 3).values())
