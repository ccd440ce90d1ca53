"""The verifier: this one file, Python's standard library and `cryptography` check an exported ledger.

    python verify.py BUNDLE --log VKEY --witness VKEY [--witness VKEY ...] [--quorum N]
                     [--held NOTE ...] [--receipt FILE ...] [--processes N]
    python verify.py certificate FILE --log VKEY --witness VKEY [--witness VKEY ...] [--quorum N]

BUNDLE is what `peelian ledger export` wrote, lines or tiles. Get the keys from the agency's published register and
from the witnesses themselves, never from the bundle. For a long bundle the file starts itself once more for each
further processor; every process reads all entries and checks its share of them.
The file imports nothing of peelian, so that nobody needs to trust or install it; peelian itself imports its
hashing and checking from here, so that there is one truth. What does not check raises `Unproven` with a
sentence; nothing here returns a bare False.

Sources: RFC 6962 and RFC 9162 section 2.1 (Merkle trees), RFC 8032 (Ed25519), C2SP signed-note,
tlog-checkpoint, tlog-cosignature (v1), tlog-proof and tlog-tiles.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import os
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import cycle, islice, pairwise
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import IO, Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
ED25519 = 0x01
COSIGNATURE = 0x04
RECEIPT_HEADER = "c2sp.org/tlog-proof@v1"
MAX_SIGNATURES = 64
MAX_PATH = 63
TILE = 256
TILE_LEVELS = 8
WORTH_A_PROCESS = 1 << 15


class Unproven(Exception):
    """The material does not prove what it claims; `str()` says what was wrong and where."""


# --- Merkle tree: hashing ------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """The roots of the complete subtrees over the leaves so far, largest first: all a growing tree needs."""

    size: int = 0
    roots: list[bytes] = field(default_factory=list)

    def add(self, node: bytes, level: int = 0) -> list[bytes]:
        """Take in the next leaf hash; return the nodes it completes, level 1 upwards (most often none).

        With `level` it is the root of the next 2^level leaves, before which there must be a multiple of so many; the
        nodes returned are those of the levels above.
        """
        completed = []
        rest = self.size >> level
        while rest & 1:
            node = node_hash(self.roots.pop(), node)
            completed.append(node)
            rest >>= 1
        self.roots.append(node)
        self.size += 1 << level
        return completed

    def root(self) -> bytes:
        """Return the root of the tree over all leaves so far."""
        if not self.roots:
            return EMPTY_ROOT
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = node_hash(left, node)
        return node

    def copy(self) -> Frontier:
        """Return an independent frontier that can grow without this one."""
        return Frontier(self.size, list(self.roots))


# --- Merkle tree: proofs -------------------------------------------------------------------------------


def verify_inclusion(
    *, index: int, size: int, leaf: bytes, path: Sequence[bytes] | None, root: bytes
) -> None:
    """Check that `leaf` (a leaf hash) stands at `index` in the tree of `size` leaves with this `root`.

    RFC 9162, 2.1.3.2. `path` runs from the leaf's sibling to the root's child; None means empty.
    """
    path = path or ()
    _u64(index, "index")
    _u64(size, "tree size")
    if index >= size:
        raise Unproven(f"Entry {index} cannot be in a tree of {size} entries.")
    _hashes([leaf, *path], "inclusion proof")
    position, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Unproven("The inclusion proof is longer than the tree is high.")
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            position, last = _climb(position, last)
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise Unproven("The inclusion proof is shorter than the tree is high.")
    if node != root:
        raise Unproven(f"The inclusion proof of entry {index} does not lead to the root of size {size}.")


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes] | None
) -> None:
    """Check that the tree of `old` leaves is the beginning of the tree of `new` leaves.

    RFC 9162, 2.1.4.2. Equal sizes need equal roots and an empty proof. From size 0 nothing can be proven,
    because everything is consistent with nothing; that is refused so that nobody takes it for a proof.
    """
    proof = proof or ()
    _u64(old, "old size")
    _u64(new, "new size")
    if old > new:
        raise Unproven(f"A tree of {new} entries cannot continue one of {old}: entries are missing.")
    if old == new:
        if proof or old_root != new_root:
            raise Unproven(f"Two heads of the same size {old} are different histories.")
        return
    if old == 0 or not proof:
        raise Unproven(f"There is no proof that the tree of {new} entries continues the one of {old}.")
    _hashes([old_root, new_root, *proof], "consistency proof")
    derived = _consistent_roots(old, new, old_root, proof)
    if derived != (old_root, new_root):
        raise Unproven(f"The head of {new} entries does not continue the head of {old}: history was changed.")


def _consistent_roots(old: int, new: int, old_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    # A power of two is one complete subtree: its root starts the proof and is not sent.
    nodes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            raise Unproven("The consistency proof is longer than the tree is high.")
        if position & 1 or position == last:
            first, second = node_hash(node, first), node_hash(node, second)
            position, last = _climb(position, last)
        else:
            second = node_hash(second, node)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise Unproven("The consistency proof is shorter than the tree is high.")
    return first, second


def _climb(position: int, last: int) -> tuple[int, int]:
    """Skip the levels on which a node at the right edge has no sibling."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _u64(number: int, what: str) -> None:
    if not 0 <= number < 2**64:
        raise Unproven(f"The {what} {number} does not fit 64 bits.")


def _hashes(hashes: Iterable[bytes], where: str) -> None:
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise Unproven(f"The {where} holds a hash of {len(value)} bytes; SHA-256 has {HASH_BYTES}.")


# --- Keys and signed notes -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Vkey:
    """A verifier key: name, signature type (0x01 log, 0x04 witness) and 32-byte Ed25519 public key."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        _encoded(self.name)
        if not self.name or "+" in self.name or any(c.isspace() or c < " " for c in self.name):
            raise Unproven(f"The key name {self.name!r} is empty or holds a space or a plus sign.")
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public) != HASH_BYTES:
            raise Unproven(f"The key of {self.name} is not an Ed25519 key for notes or cosignatures.")

    @property
    def key_id(self) -> bytes:
        """Return the first four bytes of SHA-256(name || newline || type || public key)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @classmethod
    def parse(cls, text: str) -> Vkey:
        """Read `name+hex id+base64(type || key)`."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        material = unbase64(encoded, f"key of {name}")
        key = cls(name, material[0] if material else 0, material[1:])
        if key.key_id.hex() != key_id:
            raise Unproven(
                f"The key of {name} has the id {key_id}, but its material gives {key.key_id.hex()}."
            )
        return key

    def __str__(self) -> str:
        return (
            f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"
        )

    def check(self, signature: bytes, message: bytes) -> None:
        """Check an Ed25519 signature of this key (RFC 8032)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            raise Unproven(f"The signature of {self.name} is not genuine.") from None


@dataclass(frozen=True)
class Signature:
    """One signature line of a note: who claims to have signed, and the bytes after the key id."""

    name: str
    key_id: bytes
    body: bytes


@dataclass(frozen=True)
class Note:
    """A text and the signature lines under it; nothing is believed until a key has checked it."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, note: str) -> Note:
        """Read a C2SP signed note: text, empty line, one or more signature lines."""
        if any(c < " " and c != "\n" for c in note):
            raise Unproven("The note holds control characters.")
        text, gap, tail = note.rpartition("\n\n")
        lines = tail.removesuffix("\n").split("\n")
        if not gap or not tail.endswith("\n") or not 0 < len(lines) <= MAX_SIGNATURES:
            raise Unproven("The note does not end in an empty line and signature lines.")
        return cls(text + "\n", tuple(_signature(line) for line in lines))

    def by(self, key: Vkey) -> tuple[bytes, ...]:
        """Return the signatures that claim this key's name and id, at least one; others are passed over."""
        claimed = tuple(s.body for s in self.signatures if (s.name, s.key_id) == (key.name, key.key_id))
        if not claimed:
            raise Unproven(f"The note is not signed by {key.name} with the key {key.key_id.hex()}.")
        return claimed


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = unbase64(encoded, "signature line")
    if dash != "—" or not name or "+" in name or any(c.isspace() for c in name) or len(raw) <= 4:
        raise Unproven(f"This is not a signature line: {line[:80]!r}")
    return Signature(name, raw[:4], raw[4:])


def unbase64(text: str, where: str) -> bytes:
    """Decode strictly: empty text and a second spelling of the same bytes are refused too."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not raw or base64.b64encode(raw).decode() != text:
        raise Unproven(f"The {where} is not proper base64: {text[:80]!r}")
    return raw


def decimal(text: str, where: str) -> int:
    """Read a number that has exactly one spelling: ASCII digits, no sign, no leading zero, below 2^64."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0") or len(text) > 20:
        raise Unproven(f"The {where} is not a plain decimal number: {text[:40]!r}")
    number = int(text)
    _u64(number, where)
    return number


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Unproven("The note or name is not valid UTF-8.") from None


# --- Checkpoints and cosignatures ----------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: which log, how many entries, which root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint note (C2SP tlog-checkpoint); extension lines are passed over."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines):
            raise Unproven("A checkpoint has an origin, a size and a root, one line each.")
        head = cls(lines[0], decimal(lines[1], "tree size"), unbase64(lines[2], "root"))
        _hashes([head.root], "checkpoint")
        if head.size == 0 and head.root != EMPTY_ROOT:
            raise Unproven("A checkpoint of no entries must have the root of the empty tree.")
        return head

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class WitnessedHead:
    """A tree head that a witness has cosigned, and when: nobody can have made that history up later.

    `time` is the witness's own aware UTC clock, in whole seconds; `note` the cosigned checkpoint.
    """

    size: int
    root: bytes
    time: datetime
    note: str


def open_checkpoint(note: str, *, log: Vkey) -> Checkpoint:
    """Return the checkpoint in `note` after checking the log's signature and origin."""
    parsed = Note.parse(note)
    message = _encoded(parsed.text)
    for signature in parsed.by(log):
        log.check(signature, message)
    head = Checkpoint.parse(parsed.text)
    if head.origin != log.name:
        raise Unproven(f"The checkpoint is of the log {head.origin}, not of {log.name}.")
    return head


def cosigned_message(text: str, timestamp: int) -> bytes:
    """Return what a cosignature/v1 signs: header, time (POSIX seconds), checkpoint text."""
    return _encoded(f"cosignature/v1\ntime {timestamp}\n{text}")


def open_cosignature(note: str, *, witness: Vkey) -> int:
    """Return the POSIX second at which `witness` cosigned `note`, after checking every claim to be it."""
    parsed = Note.parse(note)
    times = []
    for body in parsed.by(witness):
        timestamp = int.from_bytes(body[:8], "big")
        if len(body) != 8 + 64 or not 0 < timestamp < 2**63:
            raise Unproven(f"The cosignature of {witness.name} has no proper time and signature.")
        witness.check(body[8:], cosigned_message(parsed.text, timestamp))
        times.append(timestamp)
    return min(times)


def open_witnessed(note: str, *, log: Vkey, witness: Vkey) -> WitnessedHead:
    """Return the head in `note` after checking the signatures of log and witness."""
    head = open_checkpoint(note, log=log)
    time = _calendar(open_cosignature(note, witness=witness), witness.name)
    return WitnessedHead(head.size, head.root, time, note)


def _calendar(seconds: int, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise Unproven(f"The cosignature of {name} bears a time beyond the calendar.") from None


def cosigned_at(note: str, *, witnesses: Sequence[Vkey], quorum: int) -> int:
    """Return the POSIX second by which `quorum` of the `witnesses` had cosigned `note`.

    Whoever is named and did not sign is passed over; a signature in their name that is false is not.
    """
    signed = {(signature.name, signature.key_id) for signature in Note.parse(note).signatures}
    times = sorted(
        open_cosignature(note, witness=each) for each in witnesses if (each.name, each.key_id) in signed
    )
    if not 0 < quorum <= len(times):
        raise Unproven(f"The note is cosigned by {len(times)} of the witnesses named, not by {quorum}.")
    return times[quorum - 1]


# --- Receipts (C2SP tlog-proof) ------------------------------------------------------------------------


@dataclass(frozen=True)
class Receipt:
    """Proof for one entry, to keep offline: its index, its inclusion path and a signed checkpoint."""

    index: int
    path: tuple[bytes, ...]
    note: str

    @classmethod
    def parse(cls, text: str) -> Receipt:
        """Read a `.tlog-proof`; an `extra` line is passed over, because nothing vouches for it."""
        head, gap, note = text.partition("\n\n")
        header, *lines = head.split("\n")
        if not gap or header != RECEIPT_HEADER:
            raise Unproven(f"A receipt begins with {RECEIPT_HEADER} and holds a checkpoint.")
        if lines and lines[0].startswith("extra "):
            unbase64(lines.pop(0).removeprefix("extra "), "extra line of the receipt")
        if not lines or not lines[0].startswith("index ") or len(lines) > 1 + MAX_PATH:
            raise Unproven(
                "The receipt does not say which entry it is for, or is longer than any tree is high."
            )
        index = decimal(lines[0].removeprefix("index "), "index")
        return cls(index, tuple(unbase64(line, "receipt") for line in lines[1:]), note)

    def text(self) -> str:
        """Return the `.tlog-proof` text."""
        path = "".join(base64.b64encode(node).decode() + "\n" for node in self.path)
        return f"{RECEIPT_HEADER}\nindex {self.index}\n{path}\n{self.note}"


def verify_receipt(
    receipt: Receipt, *, leaf: bytes, log: Vkey, witnesses: Sequence[Vkey] = (), quorum: int | None = None
) -> Checkpoint:
    """Check that `leaf` is in the receipt's signed checkpoint, cosigned by `quorum` (all) of `witnesses`."""
    head = open_checkpoint(receipt.note, log=log)
    if witnesses:
        cosigned_at(receipt.note, witnesses=witnesses, quorum=quorum or len(witnesses))
    verify_inclusion(index=receipt.index, size=head.size, leaf=leaf, path=receipt.path, root=head.root)
    return head


# --- Tiles (C2SP tlog-tiles) ---------------------------------------------------------------------------


def tile_path(index: int, width: int = TILE) -> str:
    """Return the path of a tile within its level: x001/x234/067, and .p/W behind it where it is partial."""
    groups = f"{index:0{-(-len(str(index)) // 3) * 3}d}"
    named = [groups[place : place + 3] for place in range(0, len(groups), 3)]
    path = "/".join([*(f"x{each}" for each in named[:-1]), named[-1]])
    return path if width == TILE else f"{path}.p/{width}"


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, index, width) of every tile of a tree of `size` leaves; the last of a level is partial."""
    level = 0
    while size:
        for index in range(size // TILE):
            yield level, index, TILE
        if size % TILE:
            yield level, size // TILE, size % TILE
        level, size = level + 1, size // TILE


class TileCheck:
    """Holds the tiles above the lowest level against the roots of those below, as these are recomputed in turn."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: list[list[bytes]] = []
        self._full: list[int] = []

    def add(self, edge: Sequence[bytes]) -> None:
        """Take the root of the next full tile of leaves, and the nodes above it that it completes, level by level."""
        for place, node in enumerate(edge[::TILE_LEVELS]):
            if place == len(self._rows):
                self._rows.append([])
                self._full.append(0)
            self._rows[place].append(node)
            if len(self._rows[place]) == TILE:
                self._compare(place)
                self._rows[place].clear()
                self._full[place] += 1

    def close(self) -> None:
        """Hold the partial tiles at the right edge against what is left."""
        for place, row in enumerate(self._rows):
            if row:
                self._compare(place)

    def _compare(self, place: int) -> None:
        check_tile(self._folder, place + 1, self._full[place], self._rows[place])


def check_tile(folder: Path, level: int, index: int, nodes: Sequence[bytes]) -> None:
    """Check that the tile at `level` and `index` holds these nodes and nothing else."""
    path = folder / str(level) / tile_path(index, len(nodes))
    try:
        held = path.read_bytes()
    except OSError as problem:
        raise Unproven(str(problem)) from None
    if held != b"".join(nodes):
        raise Unproven(f"The tile {path} does not hold the hashes of the entries below it.")


def tile_root(nodes: Sequence[bytes]) -> bytes:
    """Return the root of the subtree over a full tile."""
    while len(nodes) > 1:
        nodes = list(map(node_hash, nodes[::2], nodes[1::2]))
    return nodes[0]


def bundled(content: bytes, *, where: str) -> list[bytes]:
    """Return the entries of a bundle: each behind its length in two bytes, most significant first."""
    entries, place = [], 0
    while place < len(content):
        start = place + 2
        place = start + int.from_bytes(content[place:start], "big")
        if place > len(content):
            raise Unproven(f"The entry bundle {where} is cut off.")
        entries.append(content[start:place])
    return entries


# --- A whole exported bundle ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """A signed head and where it came from; the entries must reproduce it."""

    head: Checkpoint
    source: str


@dataclass(frozen=True)
class Trust:
    """Whom the verifier trusts: the log's key, the witnesses' keys, and how many of these must have seen a head."""

    log: Vkey
    witnesses: tuple[Vkey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        if not min(1, len(self.witnesses)) <= self.quorum <= len(self.witnesses):
            raise Unproven(f"A quorum of {self.quorum} among {len(self.witnesses)} witnesses shows nothing.")
        if len({witness.public for witness in (self.log, *self.witnesses)}) <= len(self.witnesses):
            raise Unproven("Two of the keys are the same; each witness has a key of its own.")

    @property
    def named(self) -> str:
        """Return the witnesses in words."""
        names = ", ".join(witness.name for witness in self.witnesses)
        every = self.quorum == len(self.witnesses)
        return names if every else f"{self.quorum} of {len(self.witnesses)} witnesses ({names})"


@dataclass(frozen=True)
class Verdict:
    """What a bundle proved: entries recomputed, heads reproduced, newest witnessed head, receipts."""

    entries: int
    heads: int
    witnessed: WitnessedHead | None
    receipts: int
    source: str = "entries.jsonl"

    def sentences(self, trust: Trust) -> list[str]:
        """Return the verdict in plain words, with what it does not show."""
        said = [
            f"{_count(self.entries, 'entry', 'entries')} recomputed from {self.source}: every leaf and the root.",
            f"{_count(self.heads, 'signed head', 'signed heads')} of {trust.log.name} reproduced: "
            "the log only grew from each to the next.",
        ]
        if self.receipts:
            said.append(
                f"{_count(self.receipts, 'receipt', 'receipts')} checked: the log holds what they name."
            )
        if self.witnessed:
            said.append(
                f"{trust.named} saw the first {self.witnessed.size} entries at {self.witnessed.time:%FT%TZ}: "
                f"if nobody holds {'both' if trust.quorum == 1 else 'all these'} keys, "
                "they were not replaced since."
            )
        late = self.entries - (self.witnessed.size if self.witnessed else 0)
        if late:
            said.append(
                f"{_count(late, 'entry has', 'entries have')} no witness yet: only the operator vouches."
            )
        return said


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def verify_bundle(
    folder: Path,
    trust: Trust,
    *,
    held: Sequence[Path] = (),
    receipts: Sequence[Path] = (),
    processes: int | None = None,
) -> Verdict:
    """Check an exported folder against the keys in `trust`.

    Parameters
    ----------
    folder : holds `entries.jsonl` (one envelope per line) and `checkpoints/*.txt`, or, as C2SP tlog-tiles
        lays it out, `checkpoint` and `tile/`; perhaps `receipts/`.
    trust : without a witness in it a re-signed other history cannot be noticed.
    held : checkpoints kept from another time or given by the witness; the entries must reproduce them too.
    receipts : `.tlog-proof` files to check beside those in the folder.
    processes : among how many to share the entries; None means one for a short bundle, and for a long one as many
        as there are processors. What is said does not depend on it.
    """
    log = trust.log
    files = [*sorted((folder / "checkpoints").glob("*.txt")), *folder.glob("checkpoint")]
    notes = [(path.name, _read(path)) for path in files if path.is_file()]
    proofs = [*sorted((folder / "receipts").glob("*.tlog-proof")), *receipts]
    kept = [(path.name, Receipt.parse(_read(path))) for path in proofs]
    claims = [Claim(open_checkpoint(note, log=log), name) for name, note in notes]
    if not claims:
        raise Unproven(f"The bundle {folder} holds no checkpoint, so nobody has signed its entries.")
    exported = max(claim.head.size for claim in claims)
    claims += [Claim(open_checkpoint(_read(path), log=log), path.name) for path in held]
    claims += [Claim(open_checkpoint(receipt.note, log=log), name) for name, receipt in kept]
    witnessed = _witnessed(notes, trust) if trust.witnesses else None
    tiled = (folder / "checkpoint").is_file()
    share = Share(str(folder), tiled, exported, _inside(claims, kept))
    processes = _fitting(exported) if processes is None else processes
    leaves, size = _recompute(share, claims, {receipt.index for _, receipt in kept}, max(1, processes))
    if size != exported:
        raise Unproven(f"The newest signed head in the bundle covers {exported} entries, not all {size}.")
    for name, receipt in kept:
        if receipt.index not in leaves:
            raise Unproven(
                f"The receipt {name} is for entry {receipt.index}, which the bundle does not hold."
            )
        leaf, witnesses = leaves[receipt.index], trust.witnesses
        verify_receipt(receipt, leaf=leaf, log=log, witnesses=witnesses, quorum=trust.quorum)
    return Verdict(size, len(claims), witnessed, len(kept), "tile/entries" if tiled else "entries.jsonl")


def _witnessed(notes: Sequence[tuple[str, str]], trust: Trust) -> WitnessedHead:
    """Return the newest head that enough witnesses cosigned; each witness's times must rise with the sizes."""
    for witness in trust.witnesses:
        _check_rising(notes, Trust(trust.log, (witness,), 1))
    heads = list(_enough(notes, trust))
    if not heads:
        raise Unproven(f"No checkpoint in the bundle is cosigned by {trust.named}.")
    return max(heads, key=lambda head: head.size)


def _check_rising(notes: Sequence[tuple[str, str]], trust: Trust) -> None:
    heads = sorted(_enough(notes, trust), key=lambda head: (head.size, head.time))
    for earlier, later in pairwise(heads):
        if later.time < earlier.time:
            raise Unproven(f"{trust.named} cosigned {later.size} entries before it cosigned {earlier.size}.")


def _enough(notes: Sequence[tuple[str, str]], trust: Trust) -> Iterator[WitnessedHead]:
    """Yield the heads that enough witnesses claim to have cosigned, each claim checked."""
    for _, note in notes:
        signed = {(signature.name, signature.key_id) for signature in Note.parse(note).signatures}
        if sum((each.name, each.key_id) in signed for each in trust.witnesses) >= trust.quorum:
            yield open_quorum(note, trust)


def open_quorum(note: str, trust: Trust) -> WitnessedHead:
    """Return the head in `note` with the time by which enough of the trusted witnesses had cosigned it."""
    head = open_checkpoint(note, log=trust.log)
    seconds = cosigned_at(note, witnesses=trust.witnesses, quorum=trust.quorum)
    return WitnessedHead(head.size, head.root, _calendar(seconds, trust.named), note)


def _inside(claims: Sequence[Claim], kept: Sequence[tuple[str, Receipt]]) -> list[int]:
    """Return the tiles of which each leaf hash is needed: those within which a head ends, or of a receipt's entry."""
    heads = {claim.head.size // TILE for claim in claims if claim.head.size % TILE}
    return sorted(heads | {receipt.index // TILE for _, receipt in kept})


def _recompute(
    share: Share, claims: Sequence[Claim], wanted: set[int], processes: int
) -> tuple[dict[int, bytes], int]:
    """Build the tree of the leaves; compare the root wherever a head claims one. Returns wanted leaves and size."""
    pending = sorted(claims, key=lambda claim: claim.head.size, reverse=True)
    frontier, kept = Frontier(), {}
    tiles = TileCheck(Path(share.folder, "tile"))
    _settle(pending, frontier)
    with closing(_tiles(share, processes)) as checked:
        for tile in checked:
            start = frontier.size
            if start % TILE:
                raise Unproven(f"The bundle grew behind entry {start - 1} while it was read; check it again.")
            for node in tile.nodes:
                completed = frontier.add(node, tile.level)
                _settle(pending, frontier)
            kept.update({at: tile.nodes[at - start] for at in wanted if start <= at < frontier.size})
            if share.tiled and frontier.size % TILE == 0:
                tiles.add([node, *completed] if tile.level else completed[TILE_LEVELS - 1 :])
    tiles.close()
    if pending:
        claim = pending[0]
        raise Unproven(
            f"The bundle holds {frontier.size} entries, but {claim.source} is a signed head of "
            f"{claim.head.size}: entries are missing."
        )
    return kept, frontier.size


def _settle(pending: list[Claim], frontier: Frontier) -> None:
    while pending and pending[-1].head.size == frontier.size:
        claim = pending.pop()
        if claim.head.root != frontier.root():
            raise Unproven(
                f"The first {frontier.size} entries do not give the root that {claim.source} signs: "
                "an entry was changed, moved, added or removed, or the log was signed twice."
            )


# --- The entries of a bundle, shared among processes ---------------------------------------------------

SAID_ALL = "all\n"


@dataclass(frozen=True)
class Share:
    """What one process checks of a bundle: every `step`-th tile of its entries, from tile `first` on.

    `size` is how many entries the newest head in the bundle signs, `asked` the tiles whose leaf hashes are wanted.
    """

    folder: str
    tiled: bool
    size: int
    asked: Sequence[int]
    first: int = 0
    step: int = 1

    def mine(self, tile: int) -> bool:
        """Return whether this process checks that tile."""
        return tile % self.step == self.first

    def named(self, index: int) -> str:
        """Return where an entry stands, in words."""
        return f"Entry {index} of the tiles" if self.tiled else f"Line {index + 1} of entries.jsonl"


@dataclass(frozen=True)
class CheckedTile:
    """What was found in one tile of entries, for itself; `_tiles` and `_recompute` check how tiles join.

    `times` are those of its first and last entry, or of the first alone where a `problem` comes after it; `nodes` the
    root of its subtree (`level` 8) or, of a tile that is asked for or not full, its leaf hashes (`level` 0).
    """

    times: Sequence[str]
    level: int
    nodes: Sequence[bytes]
    problem: str = ""


def _fitting(size: int) -> int:
    """Return how many processes are worth starting for so many entries: at most one for each processor at hand."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors, size // WORTH_A_PROCESS)


def _tiles(share: Share, processes: int) -> Generator[CheckedTile, None, None]:
    """Yield the tiles in the log's order, each checked here or by another process; stop at the first problem."""
    mine, *others = (replace(share, first=number, step=processes) for number in range(processes))
    with ExitStack() as running:
        said = [running.enter_context(_process(each)) for each in others]
        last = ""
        for number, turn in enumerate(cycle([_checked(mine), *map(_heard, others, said)])):
            tile = next(turn, None)
            if tile is None:
                return
            if min(tile.times, default=last) < last:
                raise Unproven(f"{share.named(number * TILE)} is out of order.")
            if tile.problem:
                raise Unproven(tile.problem)
            last = max(tile.times)
            yield tile


@contextmanager
def _process(share: Share) -> Iterator[Iterable[str]]:
    """Start this file as another process that checks a share; yield the lines it says (`_say`)."""
    alone = "-I" if sys.flags.isolated else "-P"  # its folder is no place to import from
    command = [sys.executable, alone, __file__, "--share"]
    try:
        process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True)
    except OSError:
        yield ()
        return
    with process:
        try:
            with suppress(BrokenPipeError), cast(IO[str], process.stdin) as task:
                json.dump(asdict(share), task)
            yield cast(IO[str], process.stdout)
        finally:
            process.kill()


def _say() -> int:
    """Check the share that another process of this file asks for, and say what was found, a line for each tile."""
    for tile in _checked(Share(**json.load(sys.stdin))):
        nodes = [node.hex() for node in tile.nodes]
        print(json.dumps([tile.times, tile.level, nodes, tile.problem]), flush=True)
    print(SAID_ALL, end="", flush=True)
    return 0


def _heard(share: Share, said: Iterable[str]) -> Iterator[CheckedTile]:
    """Yield what another process says of its share; where it ends too early, the rest is checked here."""
    heard = 0
    for line in said:
        if line == SAID_ALL:
            return
        if not line.endswith("\n"):
            break
        times, level, nodes, problem = json.loads(line)
        yield CheckedTile(times, level, [bytes.fromhex(node) for node in nodes], problem)
        heard += 1
    yield from islice(_checked(share), heard, None)


def _checked(share: Share) -> Iterator[CheckedTile]:
    """Check the tiles of a share one by one, up to the first that holds a problem."""
    asked, folder = set(share.asked), Path(share.folder)
    try:
        for number, entries in _bundles(folder / "tile", share) if share.tiled else _lines(folder, share):
            tile = _in_order(entries, number * TILE, share)
            if share.tiled and not tile.problem:
                check_tile(folder / "tile", 0, number, tile.nodes)
            if len(tile.nodes) == TILE and number not in asked:
                tile = CheckedTile(tile.times, TILE_LEVELS, [tile_root(tile.nodes)])
            yield tile
    except (Unproven, OSError) as problem:
        yield CheckedTile((), 0, (), str(problem))


def _lines(folder: Path, share: Share) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the share's tiles of `entries.jsonl`, one envelope to a line."""
    with (folder / "entries.jsonl").open("rb", buffering=1 << 20) as lines:
        tile = 0
        while page := list(islice(lines, TILE)):
            if share.mine(tile):
                if not page[-1].endswith(b"\n"):
                    raise Unproven(f"Line {tile * TILE + len(page)} of entries.jsonl was cut off.")
                yield tile, [line[:-1] for line in page]
            tile += 1


def _bundles(folder: Path, share: Share) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the share's entry bundles, which are as wide as the tiles of a tree of its size."""
    for level, tile, width in tiles_of(share.size):
        if level:
            return
        if share.mine(tile):
            path = folder / "entries" / tile_path(tile, width)
            found = bundled(path.read_bytes(), where=str(path))
            if len(found) != width:
                raise Unproven(f"The entry bundle {path} holds {len(found)} entries, not {width}.")
            yield tile, found


def _in_order(entries: list[bytes], start: int, share: Share) -> CheckedTile:
    """Return the leaf hashes of the envelopes, checking that indices count up and times never go back."""
    decode = json.JSONDecoder(object_pairs_hook=_object).raw_decode
    times: list[str] = []
    last = ""
    for number, raw in enumerate(entries, start):
        try:
            text = raw.decode()
            envelope, end = decode(text)
            time = envelope["time"]
            # One fixed spelling of times, so that text sorts as time does.
            in_order = envelope["index"] == number and time >= last and len(time) == 24 and end == len(text)
        except (ValueError, TypeError, KeyError, RecursionError):
            return CheckedTile(times[:1], 0, (), f"{share.named(number)} is not an entry of this ledger.")
        if not in_order:
            return CheckedTile(times[:1], 0, (), f"{share.named(number)} is out of order.")
        times.append(time)
        last = time
    return CheckedTile((times[0], last), 0, [leaf_hash(raw) for raw in entries])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name given twice: two readers could see two different entries in it."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError
    return document


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as problem:
        raise Unproven(f"{path} cannot be read as text: {problem}") from None


# --- Certificates of erasure ---------------------------------------------------------------------------


CERTIFICATE = "peelian erasure certificate 1"
ERASURES = ("rows.erased", "retention.swept", "subject.erased", "subject.lapsed", "authorisation.rejected")


@dataclass(frozen=True)
class Erased:
    """What a certificate proved: of which entries, between which times, and what they destroyed, in counts."""

    entries: tuple[int, ...]
    first: str
    last: str
    destroyed: dict[str, int]

    def sentences(self, trust: Trust) -> list[str]:
        """Return it in plain words, with what it does not show."""
        told = [
            _count(number, what.removesuffix("s"), what) for what, number in self.destroyed.items() if number
        ]
        counted = ", ".join(told) or "nothing"
        entries = _count(len(self.entries), "entry", "entries")
        named = ", ".join(map(str, self.entries))
        seen = f", seen by {trust.named}," if trust.witnesses else ""
        return [
            f"The ledger of {trust.log.name}{seen} holds {entries} of erasure: {named}.",
            f"Between {self.first} and {self.last} they say that this was destroyed: {counted}.",
            "This proves what the operator has entered, and that it cannot be unsaid; not what lies on a disk.",
        ]


def verify_certificate(file: Path, trust: Trust) -> Erased:
    """Check a certificate of erasure against the keys trusted: each entry in the ledger, and its counts those told."""
    try:
        told = json.JSONDecoder(object_pairs_hook=_object).decode(_read(file))
        given = [(each["envelope"].encode(), Receipt.parse(each["proof"])) for each in told["entries"]]
        facts = [json.loads(envelope) for envelope, _ in given]
        right = (
            told["certificate"] == CERTIFICATE and all(entry["kind"] in ERASURES for entry in facts) and facts
        )
        indices, times = [entry["index"] for entry in facts], [entry["time"] for entry in facts]
        counted = destroyed_by(entry["facts"] for entry in facts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        right = False
    if not right:
        raise Unproven(f"{file.name} is not a certificate of erasure.")
    for (envelope, receipt), index in zip(given, indices, strict=True):
        if receipt.index != index:
            raise Unproven(f"{file.name} proves entry {receipt.index}, but shows entry {index}.")
        verify_receipt(
            receipt,
            leaf=leaf_hash(envelope),
            log=trust.log,
            witnesses=trust.witnesses,
            quorum=trust.quorum,
        )
    if len(set(indices)) != len(indices) or counted != told["destroyed"]:
        raise Unproven(f"{file.name} counts otherwise than its entries do: {counted}.")
    return Erased(tuple(indices), min(times), max(times), counted)


def destroyed_by(entries: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Return what the facts of entries of erasure say was destroyed: of each sort how much."""
    total = dict.fromkeys(("rows", "parts", "records", "sealed rows", "side blobs", "files"), 0)
    for facts in entries:
        ended = facts.get("ended") or {}
        total["rows"] += facts.get("rows", 0)
        total["parts"] += len(facts.get("removed", ()))
        total["records"] += len(ended.get("records", ()))
        total["sealed rows"] += len(facts.get("discarded", ())) + sum(
            rows for _, rows in ended.get("rejected", ())
        )
        total["side blobs"] += len(facts.get("blobs", ()))
        total["files"] += len(facts.get("published", ())) + len(ended.get("charters", ()))
    return total


# --- Command line --------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a bundle, or a certificate, and say so; 0 if everything was proven, 1 if not."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given == ["--share"]:
        return _say()
    certificate = given[:1] == ["certificate"]
    options = _certificate_options().parse_args(given[1:]) if certificate else _options().parse_args(given)
    verdict: Erased | Verdict
    try:
        witnesses = tuple(Vkey.parse(text) for text in options.witness)
        quorum = len(witnesses) if options.quorum is None else options.quorum
        trust = Trust(Vkey.parse(options.log), witnesses, quorum)
        verdict = (
            verify_certificate(options.file, trust)
            if certificate
            else verify_bundle(
                options.bundle,
                trust,
                held=options.held,
                receipts=options.receipt,
                processes=options.processes,
            )
        )
    except (Unproven, OSError) as problem:
        print(f"NOT PROVEN. {problem}")
        return 1
    print("\n".join(verdict.sentences(trust)))
    print(
        "PROVEN."
        if witnesses
        else "PROVEN, except against an operator who signed two histories: name a witness."
    )
    return 0


def _certificate_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verify.py certificate",
        description="Check a certificate of erasure without trusting its operator.",
    )
    parser.add_argument("file", type=Path, help="the certificate")
    return _with_keys(parser)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Check an exported ledger without trusting its operator.")
    parser.add_argument("bundle", type=Path, help="the exported folder")
    _with_keys(parser)
    parser.add_argument(
        "--held", type=Path, action="append", default=[], metavar="NOTE", help="a checkpoint you kept"
    )
    parser.add_argument(
        "--receipt", type=Path, action="append", default=[], metavar="FILE", help="a .tlog-proof"
    )
    parser.add_argument(
        "--processes", type=int, metavar="N", help="how many share a long bundle (processors)"
    )
    return parser


def _with_keys(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--log", required=True, metavar="VKEY", help="the log's published verifier key")
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="VKEY",
        help="a witness's verifier key, from the witness",
    )
    parser.add_argument("--quorum", type=int, metavar="N", help="how many witnesses must have seen it (all)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
