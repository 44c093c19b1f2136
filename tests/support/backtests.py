"""Runs `tocsin backtest` over lines, and reads what it wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from support.buyers import DAY, Order

from streams.cli import main


@dataclass(frozen=True)
class Ran:
    """What a run left behind: exit code, folder, `summary.json`."""

    code: int
    out: Path
    summary: dict[str, Any]

    def raw_scores(self) -> list[bytes]:
        """The lines of `scores.jsonl`."""
        return (self.out / "scores.jsonl").read_bytes().splitlines()

    def scores(self) -> pd.DataFrame:
        """The same as a table, with `time` in ms."""
        found = pd.DataFrame(map(json.loads, self.raw_scores()))
        return found.assign(
            time=found.time.map(lambda text: round(datetime.fromisoformat(text).timestamp() * 1000))
        )

    def jsonl(self, name: str) -> list[dict[str, Any]]:
        """The lines of another file."""
        return [json.loads(line) for line in (self.out / name).read_bytes().splitlines()]


def backtest(folder: Path, lines: Iterable[bytes], *options: str, config: str = "analysts: []") -> Ran:
    """`tocsin backtest` over a file of these lines."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.jsonl").write_bytes(b"\n".join(lines))
    (folder / "tocsin.yaml").write_text(config, encoding="utf-8")
    out = folder / "out"
    files = [
        "backtest",
        str(folder / "events.jsonl"),
        "--out",
        str(out),
        "--config",
        str(folder / "tocsin.yaml"),
    ]
    code = main([*files, *options, "--json"])
    summary = out / "summary.json"
    return Ran(code, out, json.loads(summary.read_bytes()) if summary.exists() else {})


def dates(moments: Iterable[int]) -> str:
    """What `--score-dates` takes, of moments in ms."""
    return ",".join(datetime.fromtimestamp(moment / 1000, UTC).isoformat() for moment in moments)


def silent(orders: Sequence[Order], scores: pd.DataFrame, days: int, *, later: int = 0) -> pd.Series[bool]:
    """Whether no order came within so many days after each score, or after `later` more days."""
    times = pd.DataFrame(orders).groupby("customer").time.agg(sorted)
    begins = scores.time + later * DAY
    came = [
        np.searchsorted(times[who], begin + days * DAY, "right") > np.searchsorted(times[who], begin, "right")
        for who, begin in zip(scores.customer, begins, strict=True)
    ]
    return pd.Series(~np.array(came), index=scores.index)


def auc(score: pd.Series[float], lost: pd.Series[bool]) -> float:
    """How often who is lost ranks above who is not, by ranks; NaN where all or nobody is."""
    n = int(lost.sum())
    rest = len(lost) - n
    return float((score.rank()[lost].sum() - n * (n + 1) / 2) / (n * rest)) if n and rest else float("nan")


def mean_auc(scores: pd.DataFrame, score: str) -> float:
    """The mean of the dates' AUCs, of a column beside `lost`."""
    found: npt.NDArray[np.float64] = np.array(
        [auc(day[score], day.lost) for _, day in scores.groupby(scores.time // DAY)]
    )
    return float(np.nanmean(found))
