"""What `.importlinter` says, read once for the tests of the house."""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = (ROOT / ".importlinter").read_text(encoding="utf-8")


def parse(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return parser


def section(contract: str) -> configparser.SectionProxy:
    return parse(CONTRACTS)[f"importlinter:contract:{contract}"]


def lines(contract: str, option: str) -> list[str]:
    return section(contract)[option].split("\n")[1:]


def names() -> dict[str, str]:
    """Return contract id -> name."""
    parser = parse(CONTRACTS)
    sections = [name for name in parser.sections() if ":contract:" in name]
    return {name.rpartition(":")[2]: parser[name]["name"] for name in sections}
