"""YAML read strictly: every key is asked for by name, and what nobody asked for is an error.

A key nobody reads is a rule nobody keeps, a key that stands twice is a rule that loses in silence, and a value
that is still `"?"` is a decision nobody has made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeVar

import yaml

from peelian.domain.errors import BadInput

UNDECIDED = "?"
"""What a draft writes where a person must decide."""

KINDS = {
    str: "text (in quotation marks where YAML would read it otherwise)",
    int: "a whole number",
    bool: "true or false",
    date: "a date such as 2024-01-31",
    list: "a list",
    dict: "a mapping of keys to values",
}

T = TypeVar("T")


def load_strictly(text: str, *, name: str) -> Keys:
    """Return the keys of the YAML in `text`; `name` is how sentences call it."""
    try:
        undecided = list(_undecided(yaml.compose(text, Loader=yaml.SafeLoader)))
        raw = yaml.load(text, Loader=_NoDoubles)  # noqa: S506  # a SafeLoader
    except yaml.YAMLError as error:
        raise BadInput(
            f"The mapping {name} is not well-formed YAML: {' '.join(str(error).split())}."
        ) from None
    if undecided:
        lines = text.splitlines()
        told = "; ".join(f"line {number + 1}: {lines[number].strip()}" for number in undecided)
        raise BadInput(f"The mapping {name} is still a draft: decide what stands as {UNDECIDED!r} in {told}.")
    return Keys(raw, where=name)


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


class _NoDoubles(yaml.SafeLoader):
    """YAML lets the second of two equal keys win in silence; here it is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        pairs = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key, (key_node, _) in zip(pairs, node.value, strict=True):
            if pairs.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
        return super().construct_mapping(node, deep=deep)


_MISSING = object()


class Keys:
    """The keys of one YAML mapping, taken out one by one; what is left at the end is unknown."""

    def __init__(self, raw: object, *, where: str) -> None:
        if not isinstance(raw, dict):
            raise BadInput(f"{where} must be a mapping of keys to values.")
        if wrong := [key for key in raw if not isinstance(key, str)]:
            raise BadInput(f"{where}: the key {wrong[0]!r} is no text; put it in quotation marks.")
        self._left: dict[str, Any] = dict(raw)
        self._where = where

    def take(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        """Return the value of `key`, of type `kind`."""
        if key not in self._left:
            if default is _MISSING:
                raise BadInput(f"{self._where}: the key {key!r} is missing.")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise BadInput(f"{self._where}: {key!r} must be {KINDS[kind]}, not {value!r}.")
        return value

    def has(self, key: str) -> bool:
        """Return whether `key` is there to be taken."""
        return key in self._left

    def holds_keys(self, key: str) -> bool:
        """Return whether the value of `key` is itself a mapping of keys."""
        return isinstance(self._left.get(key), dict)

    def number(self, key: str, default: Any = _MISSING) -> float:
        """Return the number at `key`."""
        value = self.take(key, object, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInput(f"{self._where}: {key!r} must be a number, not {value!r}.")
        return float(value)

    def share(self, key: str) -> float:
        """Return the share at `key`, in [0, 1]."""
        if not 0 <= (value := self.number(key)) <= 1:
            raise BadInput(f"{self._where}: {key!r} is a share of the rows, in [0, 1], not {value}.")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: Any = _MISSING) -> Any:
        """Return the word at `key`, one of `allowed`."""
        if (value := self.take(key, str, default)) not in allowed:
            raise BadInput(f"{self._where}: {key!r} must be one of {', '.join(allowed)}, not {value!r}.")
        return value

    def keys(self, key: str) -> Keys:
        """Return the keys below `key`; none where it is absent."""
        return Keys(self.take(key, object, {}), where=f"{self._where}: {key}")

    def list_of_keys(self, key: str) -> list[Keys]:
        """Return the keys of each item of the list at `key`."""
        items = enumerate(self.take(key, list, []), start=1)
        return [Keys(item, where=f"{self._where}: {key} {number}") for number, item in items]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of the list at `key`, at least one."""
        items = self.take(key, list)
        if not items or any(not isinstance(item, str) for item in items):
            raise BadInput(
                f"{self._where}: {key!r} must be a list of texts (numbers in quotation marks), not {items!r}."
            )
        return tuple(items)

    def rest(self, read: Callable[[str], T]) -> dict[str, T]:
        """Return every key that is left with what `read` makes of it: for maps whose keys are data."""
        return {key: read(key) for key in list(self._left)}

    @property
    def where(self) -> str:
        """Return how sentences call these keys."""
        return self._where

    def finish(self) -> None:
        """Refuse what nobody took."""
        if self._left:
            raise BadInput(
                f"{self._where}: unknown key {', '.join(map(repr, self._left))}; "
                "correct the spelling or take it out, for nothing would read it."
            )
