"""The ledger: an append-only Merkle log (RFC 6962) of everything that is read, said and done.

For: durable entries, proofs that an entry is in the log and that the log only ever grew, a witness with
another key, and bundles that people who do not trust the operator can check by themselves (`verify.py`).
Not for: deciding whether an act is allowed (policy, desk), diagnostics, or storing personal data: an entry's
facts are public to every auditor; what is not belongs in its sealed side blob, which can be destroyed.

What it cannot do: keep the operator from writing nothing at all, or from rewriting entries that no witness
has seen yet. Witness often.
"""
