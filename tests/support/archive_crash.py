"""An archive's writer without a broker that kills itself before a chosen operation on a file.

As a program it is a fork server, as `support.notifier_crash`. A command is JSON: {"folder": DIR, "kill_at":
step or null, "rows": of a flush, "careless": whether files take their places before the ledger says so}; the
answer is {"exit": code, "steps": steps taken}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.archive_world import feed, world

from streams.archive.kinds import kinds
from streams.archive.ledger import Archive, Ledger
from streams.archive.writer import Writer

# pyarrow imports it with the first row: here once, not in every child.
assert pd
STEPS = {"open", "os.rename", "os.remove", "os.mkdir"}


class Careless(Archive):
    """Moves files to their places first and notes it afterwards: what the ledger is there to prevent."""

    def commit(self, ledger: Ledger) -> None:
        for name, place in ledger.put.items():
            target = self.folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.staged / name).rename(target)
        super().commit(ledger)


def work(folder: Path, kill_at: int | None, rows: int, *, careless: bool) -> int:
    """Archive what is not archived yet, and count the operations on files."""
    count = 0

    def tick(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event in STEPS and str(arguments[0]).startswith(str(folder)):
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(tick)
    archive = Careless(folder) if careless else Archive(folder)
    with archive.opened():
        writer = Writer(archive, kinds(), rows)
        feed(writer, world(), batch=5)
        writer.flush()
    return count


def serve() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        told, tell = os.pipe()
        if not (child := os.fork()):
            os.dup2(2, 1)  # log lines are no answers
            steps = work(Path(command.pop("folder")), **command)
            os.write(tell, b"%d" % steps)
            os._exit(0)
        os.close(tell)
        _, status = os.waitpid(child, 0)
        steps = os.read(told, 20) or b"0"
        os.close(told)
        answer = {"exit": os.waitstatus_to_exitcode(status), "steps": int(steps)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
