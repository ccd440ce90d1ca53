"""A small city's data office on this machine: real HTTP, behaving like each kind of publisher, faults on order."""
