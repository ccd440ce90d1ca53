"""peelian: place-based crime prevention whose oversight is part of the machine."""

__version__ = "0.1.0"
