"""Builds the library that writes down what is not durable yet, and takes any part of that back after a kill."""

from __future__ import annotations

import os
import random
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("lostwrites.c")
HEAD = struct.Struct("<c6Q")
PAGE = 4096

Place = tuple[int, int]
"""Device and inode of a file or folder."""


@dataclass(frozen=True)
class Change:
    """One record of the journal; what its numbers and bytes mean stands in lostwrites.c."""

    kind: str
    place: Place
    third: int
    fourth: int
    one: bytes
    two: bytes


@dataclass
class Lost:
    """What a power cut took back: pages of writes, truncations, and changes of folders."""

    pages: int = 0
    truncations: int = 0
    names: int = 0
    files: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Disk:
    """A folder on a disk that forgets, and the journal of what it may forget (on the same file system)."""

    library: Path
    root: Path
    journal: Path

    def environment(self) -> dict[str, str]:
        """Return the environment that puts the library below a process."""
        own = {"LOSTWRITES_ROOT": str(self.root), "LOSTWRITES_JOURNAL": str(self.journal)}
        return os.environ | own | {"LD_PRELOAD": str(self.library)}

    def power_cut(self, rng: random.Random) -> Lost:
        """Take back a random part of what was changed since it was last synced, and begin a new journal."""
        changes = list(_changes(self.journal.read_bytes()))
        pending: dict[Place, list[Change]] = {}
        for change in changes:
            if change.kind == "S":
                pending.pop(change.place, None)
            else:
                pending.setdefault(change.place, []).append(change)
        lost, files = Lost(), _files(self.root, self.journal)
        for place, of_place in pending.items():
            if of_place[0].kind in "WT" and place in files:
                _forget_content(files[place], of_place, rng, lost)
        for of_place in pending.values():
            if of_place[0].kind in "CRU":
                _forget_names(of_place, rng, lost)
        for kept in self.journal.parent.glob(f"{self.journal.name}.kept.*"):
            kept.unlink()
        os.truncate(self.journal, 0)  # whoever still has it open goes on at its new end
        return lost


def compiled(folder: Path) -> Path:
    """Return the library, built with the machine's C compiler."""
    library = folder / "lostwrites.so"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *flags, "-o", library, SOURCE, "-ldl", "-lpthread"], check=True)
    return library


def _changes(journal: bytes) -> Iterator[Change]:
    place = 0
    while place + HEAD.size <= len(journal):
        kind, device, inode, third, fourth, one, two = HEAD.unpack_from(journal, place)
        start = place + HEAD.size
        place = start + one + two
        yield Change(
            kind.decode(),
            (device, inode),
            third,
            fourth,
            journal[start : start + one],
            journal[start + one : place],
        )


def _files(root: Path, journal: Path) -> dict[Place, Path]:
    """Return where each file lies now; a removed one lies beside the journal."""
    paths = [*root.rglob("*"), *journal.parent.glob(f"{journal.name}.kept.*")]
    stats = ((path, path.stat()) for path in paths if path.is_file())
    return {(stat.st_dev, stat.st_ino): path for path, stat in stats}


def _forget_content(path: Path, changes: list[Change], rng: random.Random, lost: Lost) -> None:
    """Bring a file back to when it was last synced, then let a random part of the changes happen after all."""
    keep = rng.choice((0.0, 0.5, 0.9, 1.0))
    with path.open("r+b") as file:
        for change in reversed(changes):
            file.seek(change.third)
            file.write(change.one)
            file.truncate(change.fourth)
        for change in changes:
            if change.kind == "T":
                happens = rng.random() < keep
                file.truncate(change.third if happens else os.fstat(file.fileno()).st_size)
                lost.truncations += not happens
                continue
            for start, piece in _pages(change):
                if rng.random() < keep:
                    file.seek(start)
                    file.write(piece)
                else:
                    lost.pages += 1
                    lost.files.add(path.name)


def _pages(change: Change) -> Iterator[tuple[int, bytes]]:
    """Yield a write in the pieces that a disk may keep or lose by themselves."""
    done = 0
    while done < len(change.two):
        start = change.third + done
        length = min(PAGE - start % PAGE, len(change.two) - done)
        yield start, change.two[done : done + length]
        done += length


def _forget_names(changes: list[Change], rng: random.Random, lost: Lost) -> None:
    """Undo a random end of what happened to the names in a folder: its order is kept, as file systems keep it."""
    for change in reversed(changes[rng.randrange(len(changes) + 1) :]):
        lost.names += 1
        one, two = Path(os.fsdecode(change.one)), Path(os.fsdecode(change.two))
        if change.kind == "C":
            one.unlink(missing_ok=True)
        elif change.kind == "R" and two.exists():
            two.rename(one)
        elif change.kind == "U" and not one.exists():
            os.link(two, one)
