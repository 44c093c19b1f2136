"""The demo's processes: the same commands that an operator would start, on free ports."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from pydantic import SecretStr

from streams.broker import HOST, answers, free_port
from streams.demo.child import Spec
from streams.demo.home import Home
from streams.settings import Settings

# Not the script `tocsin`: it need not be on the PATH of who imports us.
TOCSIN = (sys.executable, "-P", "-c", "import sys; from streams.cli import main; sys.exit(main())")
WORKERS = 2  # one can keep a core busy
# Long enough that a partition which waits for its turn on two busy cores is not taken for one with nothing to
# say: not by its own worker, nor by the other. With 6 s on a busy machine, a product rang twice.
IDLE_AFTER = timedelta(seconds=15)
DRAIN_SECONDS = 60.0
BATCH = 8_000  # a customer's row is read and written once a step: larger steps cost less per event


@dataclass(frozen=True)
class Fleet:
    """How each process is started.

    Attributes:
        home: where everything is kept.
        settings: what all of them share.
    """

    home: Home
    settings: Settings

    @classmethod
    def plan(cls, home: Home, quiet_until: datetime | None) -> Fleet:
        """Ports that are free now, and settings that suit a replay of the past on one machine.

        Args:
            home: where everything is kept.
            quiet_until: nothing of before this moment is mailed.
        """
        settings = Settings(
            broker=f"{HOST}:{free_port()}",
            topic_prefix="",
            replication=1,
            clock="events",
            idle_after=IDLE_AFTER,
            batch=BATCH,
            store_url=f"sqlite:///{home.store}",
            config=home.config,
            quiet_until=quiet_until,
            smtp_host=HOST,
            smtp_port=free_port(),
            smtp_user="",
            smtp_password=SecretStr(""),
            smtp_tls="none",
        )
        return cls(home, settings)

    def broker(self) -> Spec:
        """The embedded broker; what the demo sends need not outlive it."""
        port = int(self.settings.broker.rpartition(":")[2])
        data = str(self.home.broker)
        return self._spec("broker", "--no-keep", "--port", str(port), "--data-dir", data, listens=port)

    def topics(self) -> Spec:
        """Creates the topics, and ends."""
        return self._spec("topics", "create")

    def sink(self) -> Spec:
        """Takes the mails, and keeps them as files."""
        port = self.settings.smtp_port
        return self._spec("sink", str(self.home.mails), "--port", str(port), listens=port)

    def workers(self) -> list[Spec]:
        """The streams at work; partitions are shared out between them."""
        names = [f"worker-{number}" for number in range(1, WORKERS + 1)]
        return [self._spec("worker", name=name, own={"worker_id": name}) for name in names]

    def notifier(self) -> Spec:
        """From alerts to mails."""
        return self._spec("notifier")

    def drain(self) -> Spec:
        """Ends once the notifier has sent everything."""
        seconds = str(DRAIN_SECONDS)
        return self._spec("notifier", "--drain", "--drain-timeout", seconds, name="drain")

    def _spec(
        self,
        command: str,
        *options: str,
        name: str = "",
        listens: int | None = None,
        own: Mapping[str, str] = MappingProxyType({}),
    ) -> Spec:
        name = name or command
        return Spec(
            name=name,
            argv=(*TOCSIN, command, *options),
            env=self.settings.model_copy(update=own).environment(),
            log=self.home.logs / f"{name}.log",
            ready=lambda: listens is None or answers(listens),
            ready_within=DRAIN_SECONDS + 30.0,
        )
