"""`python -m peelian` is the command `peelian`."""

from __future__ import annotations

from peelian.app.cli import main

if __name__ == "__main__":
    main()
