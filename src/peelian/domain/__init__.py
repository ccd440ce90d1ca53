"""The nouns of the house: small frozen values that cross rooms.

For: what every room means by a period, a place, a risk surface, a plan, an error.
Not for: rules, stores, clocks that tick by themselves, anything that knows a city or a law.
"""
