"""Beats, districts, other areas and shifts, each with the days on which it was valid; counts by area and period."""
