"""Where things lie: workspace folder, records database, Parquet parts, the ledger's tables, the engine.

For: writing durably, finding again, running an expression over parts; every byte a deployment keeps.
Not for: deciding who may read or write (that is governance, the only room that may import this one),
and not for knowing what a row means.
"""
