"""What the models are worth, on real data: `python -m benchmarks.quality`."""
