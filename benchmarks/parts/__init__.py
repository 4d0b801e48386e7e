"""The parts of the benchmark, one module each with ``run(options) -> list[Table]``; listed in `benchmarks.registry`."""
