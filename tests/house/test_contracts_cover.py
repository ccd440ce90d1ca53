"""What `lint-imports` passes over: wildcards without a match, misspelt optional layers, unlisted rooms."""

from __future__ import annotations

import re
import sys

import grimp
import pytest

from tests.house.contracts import CONTRACTS, ROOT, lines, parse, section

STAIRS = (
    *("app", "assist"),
    *("forecast", "patterns", "patrol", "sensing", "investigate", "simulate"),
    *("city", "governance", "storage", "domain"),
)
SCIENCE = set(STAIRS) - {"app", "assist", "governance", "storage", "domain"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("peelian", include_external_packages=True, cache_dir=None)


def built() -> set[str]:
    return {path.parent.name for path in (ROOT / "src" / "peelian").glob("*/__init__.py")}


def unmatched(contracts: str, graph: grimp.ImportGraph) -> list[str]:
    """Return the expressions in `contracts` that match no module or import; rooms not yet built may."""
    missing = []
    parser = parse(contracts)
    for name in parser.sections():
        for option in ("protected_modules", "allowed_importers", "source_modules", "ignore_imports"):
            for expression in parser[name].get(option, "").split("\n")[1:]:
                room = expression.split(".")[1] if expression.count(".") else ""
                if room in set(STAIRS) - built():
                    continue
                find = (
                    graph.find_matching_direct_imports if "->" in expression else graph.find_matching_modules
                )
                if not find(expression):
                    missing.append(expression)
    return missing


def test_every_expression_matches_something(graph: grimp.ImportGraph) -> None:
    assert unmatched(CONTRACTS, graph) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("peelian.**.service\n", "peelian.**.servise\n"),
        ("-> peelian.governance.**", "-> peelian.govern.**"),
        ("peelian.**.features", "peelian.**.feature"),
    ],
)
def test_an_expression_that_matches_nothing_is_found(
    graph: grimp.ImportGraph, right: str, wrong: str
) -> None:
    assert unmatched(CONTRACTS.replace(right, wrong), graph)


def test_the_stairs_are_those_of_the_design() -> None:
    declared = [re.sub(r"[()]", "", name) for line in lines("stairs", "layers") for name in line.split(" | ")]
    assert tuple(declared) == STAIRS
    optional = set(re.findall(r"\((\w+)\)", section("stairs")["layers"]))
    assert optional == set(STAIRS) - built(), "a built room loses its parentheses, an unbuilt one needs them"


@pytest.mark.parametrize(
    ("contract", "option", "rooms"),
    [
        ("science", "source_modules", SCIENCE),
        ("front", "forbidden_modules", SCIENCE),
        ("faces", "source_modules", set(STAIRS) - {"app", "assist"}),
    ],
)
def test_a_contract_lists_every_room_it_speaks_of(contract: str, option: str, rooms: set[str]) -> None:
    assert set(lines(contract, option)) == {f"peelian.{room}" for room in rooms & built()}


def test_every_module_of_science_is_covered_but_the_door(graph: grimp.ImportGraph) -> None:
    covered = tuple(f"{name}." for name in lines("science", "source_modules"))
    for module in sorted(graph.modules):
        parts = module.split(".")
        if parts[0] == "peelian" and len(parts) > 2 and parts[1] in SCIENCE:
            assert module.startswith(covered)
            assert "service" not in parts[2:-1], f"{module}: a door is one file, service.py"
            assert "service" not in parts[2:] or len(parts) <= 4, (
                f"{module}: a room or a part of it has a door"
            )


def test_the_verifier_needs_only_cryptography(graph: grimp.ImportGraph) -> None:
    imported = graph.find_modules_directly_imported_by("peelian.governance.ledger.verify")
    assert imported <= sys.stdlib_module_names | {"cryptography"}
