"""Measured tables: one module per table, run as `python -m benchmarks.<table> --json PATH`."""
