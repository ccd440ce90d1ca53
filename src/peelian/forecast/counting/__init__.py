"""Counting what is stored, for whoever forecasts, scores or evaluates at a sitting."""
