"""What a person wrote is read strictly: every key is asked for by name, and what nobody asked for is refused.

For: charters (TOML), cards, lists of rules, mappings, feeds and releases (YAML, `domain.strict`). A key nobody reads is
a rule nobody keeps; the sentence names the key, the section it stands in and the nearest key that would have been
understood.
Not for: what the values mean; the readers know that.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Any, TypeVar

from peelian.domain.errors import BadInput

T = TypeVar("T")
_WORDS: dict[type, str] = {
    str: "text (in quotation marks where YAML would read it otherwise)",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date such as 2026-01-31",
    list: "a list",
    dict: "a section of keys and values",
    object: "text, a list or a section",
}
_MISSING: Any = object()


def nearest(word: str, known: Iterable[str]) -> str:
    """Return how a sentence ends that named the unknown `word`: `; did you mean 'x'?`, or just a full stop."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {str(close[0])!r}?" if close else "."


class Section:
    """One section of a file, emptied key by key; leaving its `with` block refuses whatever is left.

    Where blocks would nest too deep, `finish` does the same.

    Parameters
    ----------
    content : the keys and values as they were parsed.
    where : what to call the section in a sentence, e.g. "charter.toml, section [limits]".
    """

    def __init__(self, content: object, *, where: str) -> None:
        if not isinstance(content, Mapping):
            raise BadInput(f"{where} must be {_WORDS[dict]}, not {content!r}.")
        if wrong := [key for key in content if not isinstance(key, str)]:
            raise BadInput(f"{where}: the key {wrong[0]!r} is no text; put it in quotation marks.")
        self.where = where
        self._left = dict(content)
        self._asked: set[str] = set()

    def __enter__(self) -> Section:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self.finish()

    def finish(self) -> None:
        """Refuse what nobody asked for."""
        if self._left:
            key = next(iter(self._left))
            hint = nearest(key, self._asked)
            raise BadInput(f"{self.where} has the unknown key {key!r}{hint} Remove or correct it.")

    def __contains__(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._left

    def holds_section(self, key: str) -> bool:
        """Return whether a section stands under `key`."""
        return isinstance(self._left.get(key), dict)

    def take(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        """Return the value of `key`, exactly as it is written, or `default` where the key is absent."""
        if key in self:
            return self._as(self._left.pop(key), kind, repr(key))
        if default is _MISSING:
            hint = nearest(key, self._left)
            what = _WORDS[kind].partition(" (")[0]
            raise BadInput(f"{self.where} lacks the key {key!r}{hint} Give it {what}.")
        return default

    def _as(self, value: object, kind: type[T], what: str) -> T:
        if type(value) is int and kind is float:
            value = float(value)
        # bool is an int and datetime a date to Python, not to a person who fills in a form
        if kind is not object and type(value) is not kind:
            raise BadInput(f"{self.where}: {what} must be {_WORDS[kind]}, not {value!r}.")
        return value  # type: ignore[return-value]

    def text(self, key: str) -> str:
        """Return non-blank text, without the blanks around it."""
        value: str = self.take(key, str).strip()
        if not value:
            raise BadInput(f"{self.where}: the key {key!r} is empty; write what it asks for.")
        return value

    def optional_text(self, key: str) -> str:
        """Return text, or "" where the key is absent."""
        return self.text(key) if key in self else ""

    def integer(self, key: str) -> int:
        """Return a whole number."""
        return int(self.take(key, int))

    def number(self, key: str, default: Any = _MISSING) -> float:
        """Return a number."""
        return float(self.take(key, float, default))

    def share(self, key: str) -> float:
        """Return a share of the rows, in [0, 1]."""
        if not 0 <= (value := self.number(key)) <= 1:
            raise BadInput(f"{self.where}: {key!r} is a share of the rows, in [0, 1], not {value}.")
        return value

    def flag(self, key: str) -> bool:
        """Return a truth value."""
        return bool(self.take(key, bool))

    def day(self, key: str) -> date:
        """Return a civil date."""
        day: date = self.take(key, date)
        return day

    def one_of(self, key: str, allowed: Iterable[str], default: Any = _MISSING) -> Any:
        """Return one of the `allowed` words; which type they make up, the caller knows."""
        words = [str(word) for word in allowed]
        if (value := str(self.take(key, str, default))) not in words:
            raise BadInput(f"{self.where}: {key!r} must be one of {', '.join(words)}, not {value!r}.")
        return value

    def texts(self, key: str, *, least: int = 0) -> tuple[str, ...]:
        """Return a list of at least so many texts, without repetition."""
        items = self.take(key, list)
        if len(items) < least or any(not isinstance(item, str) for item in items):
            raise BadInput(
                f"{self.where}: {key!r} must be a list of texts (numbers in quotation marks), not {items!r}."
            )
        if any(not item.strip() for item in items):
            raise BadInput(f"{self.where}: the list {key!r} holds an empty text; remove it.")
        if doubled := sorted({item for item in items if items.count(item) > 1}):
            raise BadInput(
                f"{self.where}: the list {key!r} names {', '.join(doubled)} twice; once is enough."
            )
        return tuple(items)

    def optional_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, or () where the key is absent."""
        return self.texts(key) if key in self else ()

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of numbers."""
        return tuple(self._as(value, float, f"an item of {key!r}") for value in self.take(key, list))

    def section(self, key: str) -> Section:
        """Return the section under `key`."""
        return Section(self.take(key, dict), where=f"{self.where}, section [{key}]")

    def optional_section(self, key: str) -> Section:
        """Return the section under `key`, or an empty one where the key is absent."""
        return Section(self.take(key, dict, {}), where=f"{self.where}, section [{key}]")

    def sections(self, key: str) -> tuple[Section, ...]:
        """Return the list of sections under `key`, each named by its position and its id where it has one."""
        return tuple(
            Section(
                self._as(item, dict, f"an item of {key!r}"),
                where=f"{self.where}, {key} {number}{_id_of(item)}",
            )
            for number, item in enumerate(self.take(key, list), start=1)
        )

    def optional_sections(self, key: str) -> tuple[Section, ...]:
        """Return the list of sections under `key`, or () where the key is absent."""
        return self.sections(key) if key in self else ()

    def named_sections(self, key: str) -> tuple[tuple[str, Section], ...]:
        """Return (name, section) for a section whose keys are names of the reader's own choosing."""
        items = self.take(key, dict).items()
        return tuple(
            (
                self._as(name, str, f"a name in {key!r}"),
                Section(self._as(item, dict, f"{name!r} in {key!r}"), where=f"{self.where}, {key} {name!r}"),
            )
            for name, item in items
        )

    def named_integers(self, key: str) -> tuple[tuple[str, int], ...]:
        """Return (name, whole number) pairs for a section whose keys are names, in order of name."""
        items = self.take(key, dict).items()
        return tuple(
            sorted((str(name), self._as(value, int, f"{name!r} in {key!r}")) for name, value in items)
        )

    def rest(self, read: Callable[[str], T]) -> dict[str, T]:
        """Return every key that is left with what `read` makes of it: for sections whose keys are data."""
        return {key: read(key) for key in list(self._left)}


def _id_of(item: object) -> str:
    name = item.get("id") if isinstance(item, dict) else None
    return f" ({name})" if isinstance(name, str) else ""


def closed(value: str, allowed: Iterable[str], *, where: str, what: str) -> str:
    """Return `value` if it is one of `allowed`; otherwise refuse with the list."""
    names = sorted(allowed)
    if value not in names:
        hint = nearest(value, names)
        raise BadInput(f"{where}: {value!r} is not a known {what}{hint} Known are: {', '.join(names)}.")
    return value


def schema_one(section: Section, *, needs: Sequence[str] = ()) -> None:
    """Refuse any file that is not written to schema 1, the only one this version understands.

    Whoever begins a file is told at once of every key that it `needs` and lacks, not of one after the other.
    """
    missing = [repr(key) for key in needs if key not in section]
    if "schema" not in section:
        missing.insert(0, "`schema: 1`")
    if len(missing) > 1:
        *others, last = missing
        raise BadInput(f"{section.where} lacks {', '.join(others)} and {last}; write each of them.")
    if "schema" not in section:
        raise BadInput(
            f"{section.where} does not say its schema; begin it with `schema: 1` (in TOML `schema = 1`)."
        )
    number = section.integer("schema")
    if number != 1:
        raise BadInput(f"{section.where} is written to schema {number}; this version reads schema 1 only.")
