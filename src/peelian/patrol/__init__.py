"""Plans of preventive presence: which places, when, how long, and what each limit costs.

For: proposing visits from a risk surface within stated limits, checking any plan from scratch, and handing an
approved plan to a map with its legal effect in every feature.
Not for: approving anything (that is a second person's act), deciding about persons, or claiming effects: a plan
covers a share of a forecast, and nothing more is said of it.
"""
