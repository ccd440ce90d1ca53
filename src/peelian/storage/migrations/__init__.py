"""Migrations of the records database, oldest first in `versions/`."""
