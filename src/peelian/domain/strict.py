"""TOML and YAML taken apart into sections that are read strictly.

A key that stands twice is a rule that loses in silence, and a value that is still `"?"` is a decision nobody has made:
both are refused here, with their lines.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import yaml

from peelian.domain.errors import BadInput
from peelian.domain.section import Section

try:
    from yaml import CSafeLoader as _SafeLoader  # ten times as fast, and in every wheel of PyYAML
except ImportError:
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

UNDECIDED = "?"
"""What a draft writes where a person must decide."""


def read_toml(text: str, *, where: str) -> Section:
    """Parse TOML; a syntax error or a repeated key is refused with its line."""
    try:
        return Section(tomllib.loads(text), where=where)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where} is not readable as TOML: {error}. Correct that line.") from error


def read_yaml(text: str, *, where: str) -> Section:
    """Parse YAML (safe types only); a syntax error, a repeated key, a bare list or an open question is refused."""
    try:
        node = yaml.compose(text, Loader=_OneOfEach)
        content = yaml.load(text, Loader=_OneOfEach)  # noqa: S506  # a SafeLoader that is stricter still
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(f"{where} is not readable as YAML: {reason}. Correct that line.") from error
    if not isinstance(content, dict):
        raise BadInput(f"{where} does not hold keys and values; start it with `schema: 1`.")
    if undecided := list(_undecided(node)):
        lines = text.splitlines()
        told = "; ".join(f"line {number + 1}: {lines[number].strip()}" for number in undecided)
        raise BadInput(f"{where} is still a draft: decide what stands as {UNDECIDED!r} in {told}.")
    return Section(content, where=where)


def _undecided(node: yaml.Node | None) -> Iterator[int]:
    """Yield the lines, from 0, of values that nobody has decided on."""
    if isinstance(node, yaml.ScalarNode) and node.value == UNDECIDED:
        yield node.start_mark.line
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _undecided(item)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _undecided(value)


class _OneOfEach(_SafeLoader):
    """YAML lets the second of two equal keys win in silence; here it is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key, (key_node, _) in zip(keys, node.value, strict=True):
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
        return super().construct_mapping(node, deep=deep)
