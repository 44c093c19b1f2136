from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.wait import until

from schemas.errors import Fatal
from streams.demo.child import Spec, last_words
from streams.demo.supervisor import RESTARTS, Supervisor

FOREVER = "import signal; signal.pause()"


def spec(tmp_path: Path, name: str, code: str, **more: object) -> Spec:
    argv = (sys.executable, "-c", code)
    return Spec(name, argv, {"PATH": os.defpath}, tmp_path / f"{name}.log", **more)  # type: ignore[arg-type]


def writes(path: Path, code: str = FOREVER) -> str:
    """A child that notes its pid, appended, and goes on."""
    return f"import os; open({str(path)!r}, 'a').write(str(os.getpid()) + '\\n'); {code}"


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that init has not reaped yet is dead for us.
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    with Supervisor(said.append) as running:
        yield running


def test_a_child_that_dies_is_started_again_and_it_is_said(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    notes = tmp_path / "pids"
    supervisor.start(spec(tmp_path, "worker", writes(notes), ready=lambda: len(pids(notes)) == 1))
    os.kill(pids(notes)[0], signal.SIGKILL)
    supervisor.wait(lambda: len(pids(notes)) == 2, 10, "a second life")
    assert alive(pids(notes)[1])
    assert supervisor.restarts == {"worker": 1}
    assert "worker ended with signal SIGKILL" in said[0]


def test_a_child_that_dies_again_and_again_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    said: list[str] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        # Time runs a hundred times as fast, so that the pauses between restarts are short.
        now[0] += seconds * 100
        time.sleep(seconds)

    code = "print('no licence', flush=True); raise SystemExit(70)"
    with (
        Supervisor(said.append, clock=lambda: now[0], sleep=sleep) as running,
        pytest.raises(Fatal, match="no licence"),
    ):
        running.start(spec(tmp_path, "worker", code, ready=lambda: False, ready_within=10_000.0))
    assert len(said) == RESTARTS
    assert running.restarts == {}


def test_a_child_whose_settings_are_wrong_is_not_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(said.append) as running, pytest.raises(Fatal, match="would not help"):
        running.start(spec(tmp_path, "worker", "raise SystemExit(2)", ready=lambda: False))
    assert said == []


def test_children_are_stopped_in_the_opposite_order(tmp_path: Path, said: list[str]) -> None:
    notes = tmp_path / "order"
    ended = (
        "import signal, sys\n"
        "def end(*_):\n"
        "    open({notes!r}, 'a').write({name!r} + '\\n')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('up', flush=True)\n"
        "signal.pause()\n"
    )
    with Supervisor(said.append) as running:
        for name in ("broker", "worker", "notifier"):
            code = ended.format(notes=str(notes), name=name)
            log = tmp_path / f"{name}.log"
            running.start(spec(tmp_path, name, code, ready=lambda log=log: "up" in log.read_text()))
    assert notes.read_text().split() == ["notifier", "worker", "broker"]
    assert said == []


def test_a_child_that_does_not_listen_is_killed_with_all_it_started(tmp_path: Path, said: list[str]) -> None:
    notes = tmp_path / "pids"
    grandchild = writes(notes)
    code = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"subprocess.Popen([sys.executable, '-c', {grandchild!r}])\n" + writes(notes)
    )
    with Supervisor(said.append) as running:
        running.start(spec(tmp_path, "deaf", code, ready=lambda: len(pids(notes)) == 2, stop_within=0.1))
    until(lambda: not any(alive(pid) for pid in pids(notes)), 10, "both to be gone")
    assert "deaf did not end within 0.1 s" in said[0]


def test_an_exception_leaves_nothing_behind(tmp_path: Path, said: list[str]) -> None:
    notes = tmp_path / "pids"

    def fail() -> None:
        with Supervisor(said.append) as running:
            running.start(spec(tmp_path, "worker", writes(notes), ready=lambda: bool(pids(notes))))
            raise RuntimeError("the demo broke")

    with pytest.raises(RuntimeError, match="the demo broke"):
        fail()
    assert not alive(pids(notes)[0])


def test_a_task_that_fails_is_told_with_its_output(tmp_path: Path, supervisor: Supervisor) -> None:
    with pytest.raises(Fatal, match="topics failed with exit code 3: no broker"):
        supervisor.run(spec(tmp_path, "topics", "print('no broker'); raise SystemExit(3)"))


SUPERVISED = """
import pathlib, sys
sys.path.insert(0, {tests!r})
from streams.demo.child import Spec
from streams.demo.supervisor import Supervisor
notes = pathlib.Path({notes!r})
code = {code!r}
with Supervisor(print) as running:
    for name in ("one", "two"):
        running.start(Spec(name, (sys.executable, "-c", code), {{}}, notes.with_name(name + ".log")))
    running.wait(lambda: len(notes.read_text().split()) == 2 if notes.exists() else False, 10, "both")
    print("up", flush=True)
    running.wait(lambda: False, 60, "the end of the world")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "sigkill"])
def test_when_the_supervisor_is_ended_its_children_are_gone(tmp_path: Path, number: signal.Signals) -> None:
    if number == signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux tells children that their parent was killed")
    notes = tmp_path / "pids"
    script = SUPERVISED.format(tests=str(Path(__file__).parents[2]), notes=str(notes), code=writes(notes))
    program = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        program.send_signal(number)
        program.wait(20)
        until(lambda: not any(alive(pid) for pid in pids(notes)), 10, "the children to be gone")
    finally:
        program.kill()
        program.wait()
        program.stdout.close()


def test_last_words_are_safe_and_short(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"".join(b"line %d\n" % n for n in range(5000)) + b"\xff\n")
    assert last_words(log, 2) == "line 4999 / \\xff"
    assert last_words(tmp_path / "none") == "it said nothing"
