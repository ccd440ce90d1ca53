"""Looking at the ledger, which is itself looked at: every look has one entry, and one of four purposes.

For: auditors, and whoever a court or a data protection authority sends: listing, showing, proving, verifying and
exporting what the ledger holds.
Not for: the verification of an exported copy, which needs neither this house nor an entry (`ledger/verify.py`).
"""
