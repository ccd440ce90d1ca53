"""The report: one HTML file that opens from disk, offline, and asks nothing of anybody.

For: setting a forecast, its plan, its score, its charter and its receipts before the public and an auditor.
Not for: computing any of it (values come in through `view`), or deciding who may read it (`app.serve`).
"""
