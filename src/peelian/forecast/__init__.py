"""Forecasting: how many incidents of an offence to expect in each cell of a city in a coming period.

For: models that learn from dense daily counts of places, and the evaluation that sets each of them beside
plain counts, with its interval, on weeks it has not seen.
Not for: persons, points, addresses or hours (none of them reaches this room); choosing where anyone goes
(`patrol` does, from a `RiskSurface`); permission and record (`service.py`, the only door).
"""
