"""Backups, and what a restored one must forget: the list of erasures, keys kept apart, two people's word.

For: a copy of the house that opens nothing by itself and brings nothing back.
Not for: the bytes of a copy; storage keeps them.
"""
