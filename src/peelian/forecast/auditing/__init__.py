"""Audits of what a forecast is made from. Not for: audits of exposure to its plans."""
