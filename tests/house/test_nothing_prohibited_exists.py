"""Over everything that exists here: no card, value, command, route or policy has a place for what is prohibited."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
import typer.main

import peelian
from peelian.app.cli import application
from peelian.governance.card import Target
from peelian.governance.prohibition.prohibited import Surface, rules_against
from peelian.governance.register import installed_register

ABSENT = {
    "no-person-score",
    "no-social-score",
    "no-face-scraping",
    "no-emotion-inference",
    "no-biometric-category",
    "no-real-time-identification",
}


KNOWN_HARMLESS = {"fingerprint"}
"""The fingerprint is that of a network of streets, by which a geocoder knows its own."""


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages(peelian.__path__, "peelian."):
        if not {"__main__", "spark", "migrations"} & set(found.name.split(".")):
            yield found.name


def against(name: str) -> set[str]:
    """Return the absent uses that a name speaks of, whatever it is the name of."""
    surfaces = (Surface.INPUTS, Surface.CAPABILITIES)
    return {rule.id for surface in surfaces for rule in rules_against(name, surface=surface)} & ABSENT


@pytest.mark.requirement("P01", "P02", "P03", "P04", "P05")
def test_no_target_column_kind_input_extract_or_purpose() -> None:
    register = installed_register()
    names = [target.value for target in Target]
    names += [capability.id for capability in register.capabilities]
    names += [capability.title for capability in register.capabilities]
    names += [name for kind in register.data_kinds for name in (kind.id, *(c.name for c in kind.columns))]
    names += [extract.name for extract in register.extracts]
    names += [*register.inputs, *register.models, *(purpose.id for purpose in register.purposes)]
    assert len(names) > 150
    assert {name: against(name) for name in names if against(name)} == {}
    assert all(not rules_against(target.value, surface=Surface.TARGETS) for target in Target)


@pytest.mark.requirement("P01", "P02", "P03", "P04", "P05")
def test_no_type_and_no_field_of_a_value() -> None:
    found = {
        f"{module}.{name}": name
        for module in modules()
        for _, each in inspect.getmembers(importlib.import_module(module), dataclasses.is_dataclass)
        if inspect.isclass(each) and each.__module__ == module
        for name in (each.__name__, *(field.name for field in dataclasses.fields(each)))
    }
    assert len(found) > 500
    suspect = {place: name for place, name in found.items() if against(name)}
    assert set(suspect.values()) == KNOWN_HARMLESS, suspect


@pytest.mark.requirement("P01", "P02", "P03", "P04", "P05")
def test_no_command_and_no_option() -> None:
    def walk(command: object, path: str) -> Iterator[str]:
        yield path
        yield from (parameter.name for parameter in getattr(command, "params", ()))
        for name, each in getattr(command, "commands", {}).items():
            yield from walk(each, f"{path} {name}")

    words = list(walk(typer.main.get_command(application()), "peelian"))
    assert len(words) > 100
    assert {line: against(line) for line in words if against(line)} == {}


@pytest.mark.requirement("P04")
def test_no_route_of_the_served_pages_or_the_receiver() -> None:
    """Routes are the texts in the two modules that listen."""
    for module in ("peelian.app.serve", "peelian.app.push"):
        source = inspect.getsource(importlib.import_module(module))
        routes = {part for part in source.split('"') if part.startswith("/") and " " not in part}
        assert {route: against(route) for route in routes if against(route)} == {}
