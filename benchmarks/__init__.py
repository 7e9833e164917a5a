"""What syncd costs, each figure beside its floor or rival in the same run: `python -m benchmarks`."""
