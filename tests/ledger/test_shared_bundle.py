"""A bundle shared among processes: whatever is wrong in it, many say of it what one says, word for word."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.governance.ledger import verify
from peelian.governance.ledger.export import export
from peelian.governance.ledger.note import log_vkey
from peelian.governance.ledger.tiles import export_tiles
from peelian.governance.ledger.verify import (
    Share,
    Trust,
    Unproven,
    main,
)
from tests.ledger import begin

SIZE = 1100
TILES = 5
TRUST = Trust(log_vkey(begin.ORIGIN, begin.key()))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same ledger of five tiles as lines and as tiles, with heads and a receipt within tiles and at their ends."""
    folder = tmp_path_factory.mktemp("shared")
    with begin.ledger(folder / "ledger.db") as log:
        for before, size in ((0, 256), (256, 300), (300, 1024), (1024, SIZE)):
            log.append_all(begin.drafts(size - before, start=before))
            (folder / f"{size}.txt").write_text(log.checkpoint())
        (folder / "mine.tlog-proof").write_text(log.receipt_at_once(600))
        export(log, folder / "lines")
        export_tiles(log, folder / "tiles")
    return folder


def said(out: Path, folder: Path, processes: int) -> object:
    """Return the verdict on a bundle, held against the heads and the receipt in `out`, or the words of a refusal."""
    held, receipts = sorted(out.glob("*.txt")), [out / "mine.tlog-proof"]
    assert len(held) == 4
    try:
        return verify.verify_bundle(folder, TRUST, held=held, receipts=receipts, processes=processes)
    except Unproven as problem:
        return str(problem)


def share(folder: Path, *, asked: tuple[int, ...] = ()) -> Share:
    return Share(str(folder), folder.name == "tiles", SIZE, asked)


def lines(asked: Share) -> list[str]:
    """Have a share checked as another process would, and return the lines it says."""
    out, into = io.StringIO(), io.StringIO(json.dumps(asdict(asked)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", into)
        patch.setattr(sys, "stdout", out)
        assert main(["--share"]) == 0
    return out.getvalue().splitlines(keepends=True)


# --- What is wrong, drawn: what the other processes say is said by the same code within this one, to try more


@contextmanager
def within(asked: Share) -> Iterator[list[str]]:
    yield lines(asked)


def as_one_says(out: Path, bundle: Path, processes: int) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "_process", within)
        return said(out, bundle, processes) == said(out, bundle, 1)


def spoil_line(folder: Path, place: int, change: str) -> None:
    file = folder / "entries.jsonl"
    found = file.read_bytes().splitlines(keepends=True)
    found[place : place + 1] = spoilt(found[place], change)
    file.write_bytes(b"".join(found))


def spoilt(line: bytes, change: str) -> list[bytes]:
    return {
        "drop": [],
        "twice": [line, line],
        "edit": [line.replace(b"analyst-1", b"analyst-2")],
        "earlier": [line.replace(b"2025-03-01", b"2025-02-01")],
        "later": [line.replace(b"2025-03-01", b"2025-04-01")],
        "name": [line.replace(b'"v":1', b'"v":1,"v":1')],
        "nonsense": [b"\n"],
        "join": [line[:-1]],
    }[change]


CHANGES = st.sampled_from(["drop", "twice", "edit", "earlier", "later", "name", "nonsense", "join"])
DAMAGE = st.lists(st.tuples(st.integers(0, SIZE - 9), CHANGES), max_size=3)


@settings(deadline=None, max_examples=60)
@given(damage=DAMAGE, processes=st.integers(2, 4))
def test_however_lines_are_spoilt_many_processes_say_what_one_says(
    out: Path, damage: list[tuple[int, str]], processes: int
) -> None:
    with tempfile.TemporaryDirectory(dir=out) as folder:
        bundle = Path(folder) / "lines"
        shutil.copytree(out / "lines", bundle)
        for place, change in damage:
            spoil_line(bundle, place, change)
        assert as_one_says(out, bundle, processes)


@settings(deadline=None, max_examples=60)
@given(data=st.data(), processes=st.integers(2, 4))
def test_however_files_of_tiles_are_spoilt_many_processes_say_what_one_says(
    out: Path, data: st.DataObject, processes: int
) -> None:
    with tempfile.TemporaryDirectory(dir=out) as folder:
        bundle = Path(folder) / "tiles"
        shutil.copytree(out / "tiles", bundle)
        files = sorted(path for path in (bundle / "tile").rglob("*") if path.is_file())
        for file in data.draw(st.lists(st.sampled_from(files), max_size=2, unique=True)):
            content = bytearray(file.read_bytes())
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
            file.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) - 1]))])
            if data.draw(st.booleans()):
                file.unlink()
        assert as_one_says(out, bundle, processes)


@pytest.mark.parametrize("form", ["lines", "tiles"])
@pytest.mark.parametrize("processes", [2, 3, 7])
def test_a_sound_bundle_is_proven_by_any_number_and_the_others_do_their_share(
    out: Path, form: str, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, checked = said(out, out / form, 1), verify._checked

    def own(asked: Share) -> Iterator[verify.CheckedTile]:
        assert (asked.first, asked.step) == (0, processes), "the share of another process was checked here"
        return checked(asked)

    monkeypatch.setattr(verify, "_checked", own)
    assert isinstance(alone, verify.Verdict)
    assert (alone.entries, alone.heads, alone.receipts) == (SIZE, 9 if form == "lines" else 6, 1)
    assert said(out, out / form, processes) == alone


# --- What goes between processes


@pytest.mark.parametrize("form", ["lines", "tiles"])
@pytest.mark.parametrize("step", [1, 2, 3, 9])
def test_shares_are_every_tile_once_and_say_what_one_process_finds(out: Path, form: str, step: int) -> None:
    whole = share(out / form, asked=(1, 4))
    found = list(verify._checked(whole))
    assert [(tile.level, len(tile.nodes)) for tile in found] == [(8, 1), (0, 256), (8, 1), (8, 1), (0, 76)]
    for first in range(step):
        each = replace(whole, first=first, step=step)
        heard = list(verify._heard(each, lines(each)))
        assert [replace(tile, times=tuple(tile.times)) for tile in heard] == found[first::step]


def test_a_tile_that_is_not_asked_for_costs_one_short_line(out: Path) -> None:
    told = lines(share(out / "lines"))
    assert (len(told), told[-1]) == (TILES + 1, "all\n")
    assert max(map(len, told[: TILES - 1])) < 200


@pytest.mark.parametrize("kept", range(TILES + 1))
@pytest.mark.parametrize("cut", [0, 1, 30])
def test_what_a_process_leaves_unsaid_when_it_is_ended_is_checked_here(
    out: Path, kept: int, cut: int
) -> None:
    whole = share(out / "lines")
    told = lines(whole)
    heard = list(verify._heard(whole, [*told[:kept], *filter(None, [told[kept][: -cut or 0]])]))
    assert [replace(tile, times=tuple(tile.times)) for tile in heard] == list(verify._checked(whole))


@pytest.mark.parametrize("python", ["/bin/false", "/nowhere/python"])
def test_where_no_other_process_can_run_one_does_everything(
    out: Path, python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python)
    assert said(out, out / "tiles", 3) == said(out, out / "tiles", 1)


def test_a_bundle_that_grows_while_it_is_read_is_to_be_checked_again(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lines").mkdir()
    before = (out / "lines" / "entries.jsonl").read_bytes().splitlines(keepends=True)[:300]
    (tmp_path / "lines" / "entries.jsonl").write_bytes(b"".join(before))

    @contextmanager
    def earlier(asked: Share) -> Iterator[list[str]]:
        yield lines(replace(asked, folder=str(tmp_path / "lines")))

    monkeypatch.setattr(verify, "_process", earlier)
    with pytest.raises(Unproven, match="grew behind entry 299 while it was read"):
        verify.verify_bundle(out / "lines", TRUST, processes=2)


def test_the_first_problem_in_the_order_of_the_log_is_the_one_told(out: Path, tmp_path: Path) -> None:
    shutil.copytree(out / "lines", tmp_path / "lines")
    for place, change in ((900, "nonsense"), (514, "name"), (512, "earlier")):
        spoil_line(tmp_path / "lines", place, change)
        for processes in (1, 3):
            with pytest.raises(Unproven, match=f"Line {place + 1} of entries.jsonl is"):
                verify.verify_bundle(tmp_path / "lines", TRUST, processes=processes)


# --- As strangers run it


@pytest.mark.parametrize("how", [["-I", verify.__file__], ["-m", "peelian.governance.ledger.verify"]])
def test_as_a_file_and_as_a_module_the_words_are_the_same_for_any_number(out: Path, how: list[str]) -> None:
    def run(*options: str) -> tuple[int, str, str]:
        command = [sys.executable, *how, str(out / "lines"), "--log", str(TRUST.log), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert run("--processes", "3") == run("--processes", "1") == run()
    assert run()[1].startswith("1100 entries recomputed from entries.jsonl")


HEARING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Whoever runs the tests may ignore interrupts, as a job in the background does, and hand that down."""


@pytest.mark.fault
def test_an_interrupt_ends_every_process(out: Path, tmp_path: Path) -> None:
    shutil.copytree(out / "lines", tmp_path / "lines")
    (tmp_path / "lines" / "entries.jsonl").unlink()
    os.mkfifo(tmp_path / "lines" / "entries.jsonl")  # nobody writes into it: each process waits
    bundle = [sys.executable, verify.__file__, str(tmp_path / "lines"), "--log", str(TRUST.log)]
    command = [sys.executable, "-c", HEARING, *bundle]
    with subprocess.Popen(
        [*command, "--processes", "3"],
        stderr=subprocess.PIPE,
    ) as running:
        try:
            listed = Path(f"/proc/{running.pid}/task/{running.pid}/children")
            waited(lambda: len(listed.read_text().split()) == 2)
            others = [Path("/proc", pid) for pid in listed.read_text().split()]
            waited(lambda: "wait_for_partner" in Path(f"/proc/{running.pid}/wchan").read_text())
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == -signal.SIGINT
    assert not any(path.exists() for path in others)


# --- How many


@pytest.mark.parametrize(
    ("size", "processors", "fitting"),
    [
        (0, 4, 0),
        (65_535, 4, 1),
        (65_536, 4, 2),
        (65_536, 1, 1),
        (98_303, 4, 2),
        (98_304, 4, 3),
        (10**7, 4, 4),
    ],
)
def test_a_process_for_each_processor_at_hand_and_32768_entries(
    size: int, processors: int, fitting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    assert verify._fitting(size) == fitting


@pytest.mark.parametrize(("asked", "others"), [(None, 1), (1, 0), (0, 0), (-1, 0), (3, 2)])
def test_a_long_bundle_is_shared_unless_one_says_among_how_many(
    out: Path, asked: int | None, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    @contextmanager
    def start(share: Share) -> Iterator[list[str]]:
        started.append(share)
        yield lines(share)

    monkeypatch.setattr(verify, "_process", start)
    monkeypatch.setattr(verify, "_fitting", {SIZE: 2}.__getitem__)
    assert verify.verify_bundle(out / "lines", TRUST, processes=asked).entries == SIZE
    assert len(started) == others


def test_the_head_of_an_empty_ledger_is_reproduced(tmp_path: Path) -> None:
    with begin.ledger(tmp_path / "ledger.db") as log:
        (tmp_path / "empty.txt").write_text(log.checkpoint())
        export_tiles(log, tmp_path / "none")
        log.append_all(begin.drafts(3))
        export_tiles(log, tmp_path / "some")
    assert verify.verify_bundle(tmp_path / "none", TRUST).entries == 0
    assert verify.verify_bundle(tmp_path / "some", TRUST, held=[tmp_path / "empty.txt"]).heads == 2


def waited(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)
