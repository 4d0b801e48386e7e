"""What the product exists for, measured beside the database alone. `benchmarks/run` runs it.

The parts to measure are listed in `registry` and lie in `parts/`; beside them what parts share: stores, servers,
visitors, what processes use. Nothing here is part of the product.
"""
