"""Erasure and expungement: who asked for which rows to go, on which ground, and how those rows are found.

For: orders that name rows by their published keys, and the naming that finds them in every stored part.
Not for: rewriting parts and the ledger's account of it (governance does), backups, disposal of whole parts.
"""
