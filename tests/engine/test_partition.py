"""The partition of a key is the one that Kafka's own clients choose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner import murmur2 as theirs

from streams.engine.partition import murmur2, partition_of


@given(st.binary(max_size=300))
def test_murmur2_is_that_of_kafka_python(data: bytes) -> None:
    assert murmur2(data) == theirs(data) & 0xFFFFFFFF


@given(st.text(max_size=128), st.integers(1, 500))
def test_a_key_goes_where_kafka_python_sends_it(key: str, partitions: int) -> None:
    raw = key.encode("utf-8", "surrogatepass")
    assert partition_of(raw, partitions) == (theirs(raw) & 0x7FFFFFFF) % partitions
