"""The engine: what happens to a batch, as pure functions.

Faust, the backtest, the simulator and the benchmarks all drive it:

    stage.step(state, batches, now, drained) -> outcome -> one atomic commit -> state.apply(outcome)

Nothing here knows Kafka, a clock, a file or the network. Times are milliseconds since 1970 UTC.
"""
