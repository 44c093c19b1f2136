"""The embedded broker's flaws, mended on the reader's side: one loses records, one costs a whole core.

With every fetch noida-db 0.2.3 lists all transactions that a partition ever aborted, not only those that
reach into what it sends. Both client libraries take such an entry for a transaction that lies ahead, and drop
what its producer commits later: after a worker was killed in a transaction, readers that follow along would
miss everything its successor commits. Entries that begin before what was fetched are dropped here instead.

On Apache Kafka such an entry is right (a fetch may begin inside a transaction), so this is for the embedded
broker alone, which is known by its cluster id. Even there an aborted record may show when a read begins
inside its transaction; the event ids of what follows tell it apart.

And it answers a fetch at once, whatever `fetch.max.wait.ms` asks for: a worker with nothing to do fetched
1,700 times a second. Our next fetch waits a moment instead.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

import aiokafka.consumer.consumer
import aiokafka.consumer.fetcher
import kafka.consumer.fetcher

from streams.clock import monotonic

PAUSE = 0.02  # seconds between two fetches of a consumer
CLUSTER_ID = "MkU3OEVBNTctOEUyRi00"


def mend_readers(cluster_id: str | None) -> None:
    """Mend both client libraries of this process if the broker is the embedded one."""
    if cluster_id == CLUSTER_ID:
        _mend()


@cache
def _mend() -> None:
    class AsyncRecords(aiokafka.consumer.fetcher.PartitionRecords):  # type: ignore[misc]
        def __init__(self, tp: Any, records: Any, aborted: Any, fetch_offset: int, *rest: Any) -> None:
            ahead = [(producer, first) for producer, first in aborted or () if first >= fetch_offset]
            super().__init__(tp, records, ahead, fetch_offset, *rest)

    class Records(kafka.consumer.fetcher.Fetcher.PartitionRecords):  # type: ignore[misc]
        def __init__(self, fetch_offset: int, *rest: Any, **named: Any) -> None:
            aborted = named.get("aborted_transactions") or ()
            named["aborted_transactions"] = [each for each in aborted if each.first_offset >= fetch_offset]
            super().__init__(fetch_offset, *rest, **named)

    class Fetcher(aiokafka.consumer.fetcher.Fetcher):  # type: ignore[misc]
        _fetched = 0.0

        async def _proc_fetch_request(self, *request: Any) -> bool:
            try:
                await asyncio.sleep(max(0.0, self._fetched + PAUSE - monotonic()))
            except asyncio.CancelledError:
                return False  # as it answers itself: nobody wants the result any more
            fetched: bool = await super()._proc_fetch_request(*request)
            self._fetched = monotonic()
            return fetched

    aiokafka.consumer.consumer.Fetcher = Fetcher
    aiokafka.consumer.fetcher.PartitionRecords = AsyncRecords
    kafka.consumer.fetcher.Fetcher.PartitionRecords = Records
