"""Fetching a delivery from where a publisher keeps it: the one place of the house that asks the network."""
