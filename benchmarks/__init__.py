"""What the product exists for, measured beside the database alone. `python -m benchmarks` runs it."""
