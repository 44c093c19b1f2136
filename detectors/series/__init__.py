"""One series of numbers in time: what is expected next, how strange what came is, and whether to ring.

Pure and incremental: `Series.update(at_ms, value)` looks at nothing that comes later, keeps a bounded state,
and that state travels as JSON and comes back bit for bit. See docs/series.md.
"""
