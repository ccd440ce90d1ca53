"""The pages people read. Those in `reference/` are made from the code by `python -m docs.generate`."""
