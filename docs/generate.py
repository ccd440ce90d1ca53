"""Write the reference pages from the code, or with `--check` say which are no longer true.

python -m docs.generate [--check]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.pages import PAGES

REFERENCE = Path(__file__).parent / "reference"
MARK = "<!-- Made by `python -m docs.generate` from the code; change it there. -->\n\n"


def texts() -> dict[Path, str]:
    """Return path -> text of every generated page."""
    return {REFERENCE / f"{name}.md": MARK + page() for name, page in PAGES.items()}


def stale(pages: dict[Path, str]) -> list[Path]:
    """Return the pages that are missing, differ from the code, or are made by nothing."""
    differing = [
        path for path, text in pages.items() if not path.is_file() or path.read_text("utf-8") != text
    ]
    return sorted([*differing, *(set(REFERENCE.glob("*.md")) - set(pages))])


def write(pages: dict[Path, str]) -> None:
    """Write every page, and remove those that nothing makes any more."""
    REFERENCE.mkdir(exist_ok=True)
    for path in set(REFERENCE.glob("*.md")) - set(pages):
        path.unlink()
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a page is stale")
    pages = texts()
    if not parser.parse_args().check:
        write(pages)
        return 0
    old = stale(pages)
    for path in old:
        print(f"{path.relative_to(REFERENCE.parents[1])} is not what the code says; run `make docs`.")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
