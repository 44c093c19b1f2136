"""The clients of operators' commands: made in one place, quick to give up, with errors in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import AuthorizationError, KafkaError

from schemas.errors import Permanent, TocsinError, Transient
from streams.kafka.embedded import mend_readers

if TYPE_CHECKING:
    from streams.settings import Settings

# A person waits in front of these commands: long enough for a busy broker, short for one that is gone.
BOOTSTRAP_MS = 5_000
REQUEST_MS = 10_000


@contextmanager
def admin(settings: Settings) -> Iterator[KafkaAdminClient]:
    """An admin client for the length of a `with` block.

    Raises:
        Transient: the broker is not reachable, or stopped answering.
        Permanent: it refuses us.
    """
    with in_words(settings.broker):
        client = KafkaAdminClient(**_common(settings))
        try:
            yield client
        finally:
            client.close()


@contextmanager
def reader(settings: Settings, **options: Any) -> Iterator[KafkaConsumer]:
    """A consumer without a group that sees committed records only; it is assigned, never subscribed.

    Args:
        settings: where the broker is.
        options: more of kafka-python's consumer options.

    Raises:
        Transient: the broker is not reachable, or stopped answering.
        Permanent: it refuses us.
    """
    with in_words(settings.broker):
        client = KafkaConsumer(
            **_common(settings),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            allow_auto_create_topics=False,
            fetch_max_wait_ms=100,
            **options,
        )
        try:
            mend_readers(client._cluster.cluster_id)  # noqa: SLF001 - kafka-python has no other way to ask
            yield client
        finally:
            client.close()


@contextmanager
def writer(settings: Settings) -> Iterator[KafkaProducer]:
    """A producer for the few records that a person sends; each counts once all replicas have it.

    Raises:
        Transient: the broker is not reachable, or stopped answering.
        Permanent: it refuses us, or the record.
    """
    with in_words(settings.broker):
        client = KafkaProducer(
            **_common(settings), acks="all", enable_idempotence=True, max_request_size=8 << 20
        )
        try:
            yield client
        finally:
            client.close(timeout=REQUEST_MS / 1000)


@contextmanager
def in_words(broker: str) -> Iterator[None]:
    """Turn kafka-python's errors into ours.

    Raises:
        Transient: trying again later may help.
        Permanent: it will not.
    """
    try:
        yield
    except TocsinError:
        raise
    except AuthorizationError as error:
        raise Permanent(f"the broker at {broker} does not allow this: {error}.") from error
    except KafkaError as error:
        if error.retriable:
            raise Transient(
                f"the broker at {broker} does not answer ({error}). Is it running? "
                "TOCSIN_BROKER or --broker says where it is."
            ) from error
        raise Permanent(f"the broker at {broker} refused: {error}.") from error


def _common(settings: Settings) -> dict[str, Any]:
    return {
        "bootstrap_servers": settings.broker.split(","),
        "client_id": "tocsin-ops",
        "bootstrap_timeout_ms": BOOTSTRAP_MS,
        "request_timeout_ms": REQUEST_MS,
    }
