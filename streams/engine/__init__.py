"""The engine: what happens to a batch, as pure functions. Faust, backtest, simulator and benchmarks drive it.

    records -> stage.step(state, records, now, caught_up) -> outcome -> one atomic commit -> state.apply(outcome)

Nothing here knows Kafka, a clock, a file or the network. Times are milliseconds since 1970 UTC.
"""
