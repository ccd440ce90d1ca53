"""Files are read strictly: every key is asked for by name, and what nobody asked for is refused.

For: charters (TOML), cards and rule lists (YAML). Unknown means stop; the sentence names the key, the
section it stands in and the nearest key that would have been understood.
Not for: what the values mean; the readers know that.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from types import TracebackType
from typing import Any, TypeVar

import yaml

from peelian.domain.errors import BadInput

try:
    from yaml import CSafeLoader as _SafeLoader  # ten times as fast, and in every wheel of PyYAML
except ImportError:
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

T = TypeVar("T")
_WORDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date such as 2026-01-31",
    list: "a list",
    dict: "a section",
}


def nearest(word: str, known: Iterable[str]) -> str:
    """Return how a sentence ends that named the unknown `word`: `; did you mean 'x'?`, or just a full stop."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {str(close[0])!r}?" if close else "."


class Section:
    """One section of a file, emptied key by key; leaving its `with` block refuses whatever is left.

    Parameters
    ----------
    content : the keys and values as they were parsed.
    where : what to call the section in a sentence, e.g. "charter.toml, section [limits]".
    """

    def __init__(self, content: Mapping[str, object], *, where: str) -> None:
        self.where = where
        self._left = dict(content)
        self._asked: set[str] = set()

    def __enter__(self) -> Section:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None and self._left:
            key = next(iter(self._left))
            hint = nearest(str(key), self._asked)
            raise BadInput(f"{self.where} has the unknown key {str(key)!r}{hint} Remove or correct it.")

    def __contains__(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._left

    def _take(self, key: str, kind: type[T]) -> T:
        self._asked.add(key)
        if key not in self._left:
            hint = nearest(key, (str(other) for other in self._left))
            raise BadInput(f"{self.where} lacks the key {key!r}{hint} Give it {_WORDS[kind]}.")
        return self._as(self._left.pop(key), kind, f"the key {key!r}")

    def _as(self, value: object, kind: type[T], what: str) -> T:
        if type(value) is int and kind is float:
            value = float(value)
        # bool is an int and datetime a date to Python, not to a person who fills in a form
        if type(value) is not kind:
            raise BadInput(f"{self.where}: {what} is {value!r}; it must be {_WORDS[kind]}.")
        return value

    def text(self, key: str) -> str:
        """Return non-blank text."""
        value = self._take(key, str).strip()
        if not value:
            raise BadInput(f"{self.where}: the key {key!r} is empty; write what it asks for.")
        return value

    def optional_text(self, key: str) -> str:
        """Return text, or "" where the key is absent."""
        return self.text(key) if key in self else ""

    def integer(self, key: str) -> int:
        """Return a whole number."""
        return self._take(key, int)

    def flag(self, key: str) -> bool:
        """Return a truth value."""
        return self._take(key, bool)

    def day(self, key: str) -> date:
        """Return a civil date."""
        return self._take(key, date)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts without repetition; an empty list is allowed here, not everywhere."""
        values = tuple(self._as(value, str, f"an item of {key!r}").strip() for value in self._take(key, list))
        if "" in values:
            raise BadInput(f"{self.where}: the list {key!r} holds an empty text; remove it.")
        doubled = sorted({value for value in values if values.count(value) > 1})
        if doubled:
            raise BadInput(
                f"{self.where}: the list {key!r} names {', '.join(doubled)} twice; once is enough."
            )
        return values

    def optional_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, or () where the key is absent."""
        return self.texts(key) if key in self else ()

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of numbers."""
        return tuple(self._as(value, float, f"an item of {key!r}") for value in self._take(key, list))

    def section(self, key: str) -> Section:
        """Return the section under `key`."""
        return Section(self._take(key, dict), where=f"{self.where}, section [{key}]")

    def sections(self, key: str) -> tuple[Section, ...]:
        """Return the list of sections under `key`, each named by its position and its id where it has one."""
        return tuple(
            Section(
                self._as(item, dict, f"an item of {key!r}"),
                where=f"{self.where}, {key} {number}{_id_of(item)}",
            )
            for number, item in enumerate(self._take(key, list), start=1)
        )

    def named_sections(self, key: str) -> tuple[tuple[str, Section], ...]:
        """Return (name, section) for a section whose keys are names of the reader's own choosing."""
        items = self._take(key, dict).items()
        return tuple(
            (
                self._as(name, str, f"a name in {key!r}"),
                Section(self._as(item, dict, f"{name!r} in {key!r}"), where=f"{self.where}, {key} {name!r}"),
            )
            for name, item in items
        )

    def named_integers(self, key: str) -> tuple[tuple[str, int], ...]:
        """Return (name, whole number) pairs for a section whose keys are names, in order of name."""
        items = self._take(key, dict).items()
        return tuple(
            sorted((str(name), self._as(value, int, f"{name!r} in {key!r}")) for name, value in items)
        )


def _id_of(item: object) -> str:
    name = item.get("id") if isinstance(item, dict) else None
    return f" ({name})" if isinstance(name, str) else ""


def read_toml(text: str, *, where: str) -> Section:
    """Parse TOML; a syntax error or a repeated key is refused with its line."""
    try:
        return Section(tomllib.loads(text), where=where)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where} is not readable as TOML: {error}. Correct that line.") from error


class _OneOfEach(_SafeLoader):
    """PyYAML keeps the last of two equal keys without a word; here the second is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def read_yaml(text: str, *, where: str) -> Section:
    """Parse YAML (safe types only); a syntax error, a repeated key or a bare list is refused."""
    try:
        content = yaml.load(text, Loader=_OneOfEach)  # noqa: S506  # a SafeLoader that is stricter still
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(f"{where} is not readable as YAML: {reason}. Correct that line.") from error
    if not isinstance(content, dict):
        raise BadInput(f"{where} does not hold keys and values; start it with `schema: 1`.")
    return Section(content, where=where)


def closed(value: str, allowed: Iterable[str], *, where: str, what: str) -> str:
    """Return `value` if it is one of `allowed`; otherwise refuse with the list."""
    names = sorted(allowed)
    if value not in names:
        hint = nearest(value, names)
        raise BadInput(f"{where}: {value!r} is not a known {what}{hint} Known are: {', '.join(names)}.")
    return value


def schema_one(section: Section) -> None:
    """Refuse any file that is not written to schema 1, the only one this version understands."""
    number = section.integer("schema")
    if number != 1:
        raise BadInput(f"{section.where} is written to schema {number}; this version reads schema 1 only.")
