"""Persons whom records are about: who they are to us, their keys, what is sealed under them, and their erasure.

For: registering and finding a person under an id that says nothing, records that open with that person's key alone.
Not for: scoring anybody; no value here says anything about what a person may do.
"""
