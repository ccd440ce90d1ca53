"""Geocoding offline: addresses and crossings, placed on the city's own streets or handed to a person.

For: turning the words of an address into a place with a stated precision and score, without asking anybody
outside the house; answers given by hand are used from then on.
Not for: guessing. What two places fit, or none fits well, is queued with the reason.
"""
