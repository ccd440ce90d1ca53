"""What stands and happens in the city beside crime: lights out, vacant buildings, stops, weather, holidays, events.

For: features with a place and days of validity (layers), and what held in a span of time (conditions); each with its
source, licence, as-of day and the instant from which it was known, so that no forecast sees what came later.
Not for: persons. A layer has no column for one, and neither has a condition.
"""
