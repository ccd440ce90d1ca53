"""A live feed end to end: from a database, a folder or a push into the warehouse, each change a version."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from peelian.app import feeding, loading
from peelian.app.feeding import feed_from, passes, push_secret
from peelian.city.feed.service import Feed, Inbox, Pushes, Taken, sign, signature_from, vouching_key
from peelian.city.service import mapping_named
from peelian.domain.errors import BadInput, Busy, Refused
from peelian.governance.charter import example_text
from tests.houses import MAPPING, PURPOSE, START, TestHouse, charter, found

HEADER = "id,when,recorded,lon,lat,offence\n"


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


def feed(folder: Path, *, more: str = "") -> Feed:
    (folder / "source.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "inbox").mkdir(exist_ok=True)
    path = folder / "feed.yaml"
    path.write_text(
        f"schema: 1\nsource: {folder / 'source.yaml'}\ninbox: {folder / 'inbox'}\nsettle_seconds: 0\n{more}",
        encoding="utf-8",
    )
    return feed_from(path)


def one_pass(house: TestHouse, told: Feed, *, said: list[str] | None = None) -> list[Taken]:
    house.clock.advance(timedelta(minutes=1))
    announce = ([] if said is None else said).append
    return list(
        passes(house.home, told, who="Ann", purpose=PURPOSE, once=True, announce=announce, clock=house.clock)
    )


def drop(folder: Path, name: str, *rows: str, at: datetime = START) -> Path:
    path = folder / "inbox" / name
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def left(folder: Path) -> list[Path]:
    """Return every file that lies below the inbox."""
    return sorted(path for path in (folder / "inbox").rglob("*") if path.is_file())


def test_a_pass_says_how_many_files_are_not_complete_yet(house: TestHouse, tmp_path: Path) -> None:
    told = feed(tmp_path)
    patient = replace(told, inbox=replace(told.inbox, settle=timedelta(hours=2)))
    said: list[str] = []
    drop(tmp_path, "1.csv", call("A", "burglary"))
    assert one_pass(house, patient, said=said) == []
    assert said == ["1 file is still settling (7200 s); run it again then."]
    assert len(one_pass(house, told, said=said)) == len(said) == 1


def call(name: str, offence: str, *, recorded: str = "2026-03-02 02:30:00") -> str:
    return f"{name},2026-03-02 02:00:00,{recorded},-87.65,41.85,{offence}"


def stands(house: TestHouse) -> dict[int, list[str]]:
    """Return by version the offences that are stored."""
    versions: dict[int, list[str]] = {}
    with house.open() as opened:
        for part, _ in opened.kit.store.parts("incident"):
            rows = opened.kit.engine.run([opened.folder("warehouse") / part.path]).to_pylist()
            for row in rows:
                versions.setdefault(row["version"], []).append(row["offence"])
    return {version: sorted(offences) for version, offences in sorted(versions.items())}


def test_each_file_is_a_load_and_each_change_a_version(house: TestHouse, tmp_path: Path) -> None:
    told = feed(tmp_path)
    drop(tmp_path, "1.csv", call("A", "burglary"), call("B", "burglary"))
    drop(tmp_path, "2.csv", call("A", "vehicle theft"))
    first, second = one_pass(house, told)
    assert first.load is not None
    assert second.load is not None
    assert (first.load.new, second.load.new, second.load.corrected) == (2, 0, 1)
    assert stands(house) == {1: ["burglary", "burglary"], 2: ["vehicle theft"]}
    assert left(tmp_path) == []


def test_a_pass_merges_the_small_parts_that_have_gathered(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peelian.app.feeding.MANY", 3)
    told, said = feed(tmp_path), list[str]()
    for number in range(1, 5):
        drop(tmp_path, f"{number}.csv", call(f"C{number}", "burglary"))
        one_pass(house, told, said=said)
    (sentence,) = said
    assert sentence.startswith("3 parts of incident 2026-03 became one of the same 3 rows (entry ")
    assert stands(house) == {1: ["burglary"] * 4}
    with house.open() as opened:
        assert [part.rows for part, _ in opened.kit.store.parts("incident")] == [3, 1]


def test_a_file_that_cannot_be_taken_in_is_put_aside_and_the_next_is_not_kept_waiting(
    house: TestHouse, tmp_path: Path
) -> None:
    told = feed(tmp_path)
    drop(tmp_path, "1.csv", call("A", "piracy"))
    drop(tmp_path, "2.csv", call("B", "burglary"))
    held, taken = one_pass(house, told)
    assert "piracy" in held.why
    assert taken.load is not None
    file, reason = left(tmp_path)
    assert file.name.endswith("-1.csv")
    assert reason.name == f"{file.name}.why.txt"
    assert "piracy" in reason.read_text()
    assert stands(house) == {1: ["burglary"]}


def test_a_file_with_the_longest_name_does_not_stop_the_pass(house: TestHouse, tmp_path: Path) -> None:
    told = feed(tmp_path)
    drop(tmp_path, "a" * 245 + ".csv", call("A", "piracy"))
    drop(tmp_path, "b.csv", call("B", "burglary"))
    held, taken = one_pass(house, told)
    assert "piracy" in held.why
    assert taken.load is not None


def test_a_file_that_is_taken_back_does_not_stop_the_pass(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = feed(tmp_path)
    gone = drop(tmp_path, "1.csv", call("A", "burglary"))
    drop(tmp_path, "2.csv", call("B", "burglary"))
    waiting = Inbox.waiting
    seen = (gone, tmp_path / "inbox" / "2.csv")
    monkeypatch.setattr(Inbox, "waiting", lambda self, *, now: waiting(self, now=now) and seen)
    gone.unlink()
    assert [each.name for each in one_pass(house, told)] == ["2.csv"]


@pytest.mark.parametrize("first", ["burglary", "piracy"])
def test_what_comes_under_a_name_that_is_being_taken_in_is_another_delivery(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """A publisher renames each delivery to calls.csv: while the first is loaded, or found bad, the second comes."""
    told = feed(tmp_path)
    drop(tmp_path, "calls.csv", call("A", first))
    later = [call("A", "vehicle theft")]
    original = loading.load

    def publisher_sends_meanwhile(*args: Any, **named: Any) -> Any:
        try:
            return original(*args, **named)
        finally:
            if later:
                drop(tmp_path, ".new", later.pop()).rename(tmp_path / "inbox" / "calls.csv")

    monkeypatch.setattr(loading, "load", publisher_sends_meanwhile)
    (one,) = one_pass(house, told)
    (two,) = one_pass(house, told)
    assert (one.load is None) == (first == "piracy")
    assert two.load is not None
    assert two.load.new + two.load.corrected == 1


@pytest.mark.fault
def test_a_crash_after_the_load_and_before_the_removal_doubles_nothing(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = feed(tmp_path)
    drop(tmp_path, "1.csv", call("A", "burglary"))

    def killed(self: object, path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("peelian.city.feed.inbox.Inbox.remove", killed)
        with pytest.raises(KeyboardInterrupt):
            one_pass(house, told)
    drop(tmp_path, "1.csv", call("A", "vehicle theft"))  # another of its name comes in the meantime
    again, later = one_pass(house, told)
    assert again.load is not None
    assert later.load is not None
    assert (again.load.new, again.load.unchanged, later.load.corrected) == (0, 1, 1)
    assert stands(house) == {1: ["burglary"], 2: ["vehicle theft"]}
    assert left(tmp_path) == []


def test_what_is_held_has_the_mapped_columns_only(house: TestHouse, tmp_path: Path) -> None:
    told = feed(tmp_path)
    path = drop(tmp_path, "1.csv")
    path.write_text("caller," + HEADER + "Mary Ann Nichols," + call("A", "piracy"))
    (held,) = one_pass(house, told)
    assert "piracy" in held.why
    left = b"".join(each.read_bytes() for each in tmp_path.glob("inbox/**/*") if each.is_file())
    assert b"piracy" in left
    assert b"Nichols" not in left


@pytest.mark.parametrize(
    ("held_days", "retention_days", "term_days"), [(30, 365, 30), (30, 7, 7), (2, 365, 2)]
)
def test_what_is_held_goes_when_its_term_is_over_after_an_entry_that_names_no_name(
    tmp_path: Path, held_days: int, retention_days: int, term_days: int
) -> None:
    house = found(tmp_path)
    text = example_text(valid_from=START.date(), expires=START.date() + timedelta(days=365))
    charter(house, text=re.sub(r"(rejected-row\S* = )\d+", rf"\g<1>{retention_days}", text))
    told, said = feed(tmp_path, more=f"held_days: {held_days}\n"), []
    drop(tmp_path, "Nichols.csv", call("A", "piracy"))
    one_pass(house, told)
    house.clock.advance(timedelta(days=term_days, minutes=-2))
    one_pass(house, told, said=said)
    held = tmp_path / "inbox" / "held"
    assert len(list(held.glob("*-Nichols.csv*"))) == 2
    house.clock.advance(timedelta(minutes=2))
    one_pass(house, told, said=said)
    assert list(held.iterdir()) == []
    assert said == ["2 files were put aside, or could not be taken in, too long ago, and destroyed."]
    with house.open() as opened:
        entry = next(each for each in opened.kit.ledger.entries() if each.kind == "held.discarded")
    assert entry.facts["term_s"] == term_days * 86_400
    assert len(set(entry.facts["files"])) == 2
    assert "Nichols" not in str(entry)
    before = house.entries()
    assert one_pass(house, told) == []
    assert house.entries() == before


@pytest.mark.requirement("R01", "R03")
def test_what_no_charter_lets_in_any_more_goes_with_its_term_too(house: TestHouse, tmp_path: Path) -> None:
    """The charter ended a year ago: what came since may not be taken in, and may not lie there for ever either."""
    told, said = feed(tmp_path, more="held_days: 30\n"), list[str]()
    house.clock.advance(timedelta(days=366))
    drop(tmp_path, "late.csv", call("A", "burglary"), at=house.clock.now())
    for days, files in ((0, 1), (29, 1), (2, 0)):
        house.clock.advance(timedelta(days=days))
        with pytest.raises(Refused, match="without a charter"):
            one_pass(house, told, said=said)
        assert len(left(tmp_path)) == files
    assert said == ["1 file was put aside, or could not be taken in, too long ago, and destroyed."]
    with house.open() as opened:
        (entry,) = (each for each in opened.kit.ledger.entries() if each.kind == "held.discarded")
        assert entry.actor == "house"


@pytest.mark.fault
def test_no_file_is_destroyed_that_the_ledger_does_not_know_of(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the entry, the next pass finds the files still there: another entry, and they go."""
    told = feed(tmp_path)
    drop(tmp_path, "1.csv", call("A", "piracy"))
    one_pass(house, told)
    house.clock.advance(timedelta(days=31))

    def killed(paths: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("peelian.city.feed.service.destroy", killed)
        with pytest.raises(KeyboardInterrupt):
            one_pass(house, told)
    assert len(left(tmp_path)) == 2
    one_pass(house, told)
    assert house.entries().count("held.discarded") == 2
    assert list((tmp_path / "inbox" / "held").iterdir()) == []


def test_the_ledger_says_of_a_push_what_was_sent(house: TestHouse, tmp_path: Path) -> None:
    """And of a file that only is called like a push nothing of the kind."""
    told, sent = feed(tmp_path), list[str]()
    with house.open() as opened:
        pushes = Pushes(told.inbox, mapping_named(told.source), vouching_key(opened.naming_key))
    with pushes.opened(now=house.clock.now()):
        for offence in ("burglary", "piracy"):
            content = (HEADER + call(offence, offence) + "\n").encode()
            signature = signature_from(sign(content, secret=b"s" * 32, at_s=1))
            assert signature is not None
            house.clock.advance(timedelta(seconds=1))
            sent.append(pushes.keep(content, signature=signature, now=house.clock.now()).sha256)
    drop(tmp_path, f"3-test-source-{'3' * 64}.push.csv", call("C", "burglary"))
    drop(tmp_path, f"4-test-source-{'4' * 64}-{'4' * 32}.push.csv", call("D", "burglary"))
    one_pass(house, told)
    with house.open() as opened:
        files = [each.facts["file"] for each in opened.kit.ledger.entries() if each.kind.startswith("load.")]
    assert [each.get("sent_sha256") for each in files] == [*sent, None, None]


def test_a_house_that_another_command_has_is_told_and_tried_again_at_the_next_pass(
    house: TestHouse, tmp_path: Path
) -> None:
    told, said, slept = feed(tmp_path), [], []
    drop(tmp_path, "1.csv", call("A", "burglary"))
    with ExitStack() as stack:
        stack.enter_context(house.open())
        with pytest.raises(Busy):
            one_pass(house, told)

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            stack.close()

        taken = next(
            passes(
                house.home,
                told,
                who="Ann",
                purpose=PURPOSE,
                once=False,
                announce=said.append,
                clock=house.clock,
                sleep=sleep,
            )
        )
    assert taken.load is not None
    assert taken.load.new == 1
    assert (sum(slept), max(slept)) == (60, 30), "and looks every half minute for what falls due"
    assert len(said) == 1
    assert said[0].endswith("The feed tries again in 60 s.")
    assert "has a writer already" in said[0]


@pytest.mark.parametrize(
    "change", ["format: parquet", "members: '*.csv'\nformat: csv", "encoding: latin-1\nformat: csv"]
)
def test_a_database_is_not_asked_through_a_mapping_that_does_not_read_what_is_laid_down(
    house: TestHouse, tmp_path: Path, change: str
) -> None:
    told = feed(tmp_path, more=DATABASE)
    (tmp_path / "source.yaml").write_text(MAPPING.replace("format: csv", change), encoding="utf-8")
    with pytest.raises(BadInput, match="laid down as CSV in UTF-8"):
        one_pass(house, told)
    assert "collection.begun" not in house.entries()


def test_without_a_charter_nothing_is_taken_in_and_nothing_is_lost(tmp_path: Path) -> None:
    bare = found(tmp_path)
    told = feed(tmp_path)
    waiting = drop(tmp_path, "1.csv", call("A", "burglary"))
    content = waiting.read_bytes()
    with pytest.raises(Refused):
        one_pass(bare, told)
    assert [path.read_bytes() for path in left(tmp_path)] == [content]
    charter(bare)
    (taken,) = one_pass(bare, told)
    assert taken.load is not None


COLUMNS = '"when" TEXT, recorded TEXT, lon TEXT, lat TEXT, offence TEXT, narrative TEXT, changed DATETIME'
DATABASE = """
database: {table: incidents, changed: changed, key: id, overlap_minutes: 10}
"""


def test_a_database_is_asked_and_its_changes_become_versions(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'rms.db'}"
    monkeypatch.setenv("PEELIAN_FEED_URL", url)
    with create_engine(url).begin() as connection:
        connection.execute(text(f"CREATE TABLE incidents (id TEXT PRIMARY KEY, {COLUMNS})"))
        connection.execute(text(_row("A", "burglary", "2026-03-02 08:00:00.000000")))
    told = feed(tmp_path, more=DATABASE)
    (first,) = one_pass(house, told)
    assert first.load is not None
    assert first.load.new == 1
    assert one_pass(house, told) == []
    with create_engine(url).begin() as connection:
        connection.execute(text("DELETE FROM incidents"))
        connection.execute(text(_row("A", "vehicle theft", "2026-03-02 08:05:00.000000")))
    (second,) = one_pass(house, told)
    assert second.load is not None
    assert second.load.corrected == 1
    assert house.entries().count("collection.begun") == 3
    assert stands(house) == {1: ["burglary"], 2: ["vehicle theft"]}


def test_after_a_restore_the_database_is_asked_for_what_came_after_the_backup(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup has seen the question, even the batch, but not its load."""
    url, said = f"sqlite:///{tmp_path / 'rms.db'}", list[str]()
    monkeypatch.setenv("PEELIAN_FEED_URL", url)
    told = feed(tmp_path, more=DATABASE)
    with create_engine(url).begin() as connection:
        connection.execute(text(f"CREATE TABLE incidents (id TEXT PRIMARY KEY, {COLUMNS})"))
        connection.execute(text(_row("A", "burglary", "2026-03-02 02:00:00.000000")))
    one_pass(house, told)
    with create_engine(url).begin() as connection:
        connection.execute(text(_row("B", "burglary", "2026-03-02 02:05:00.000000")))
    backup, original = tmp_path / "backup", feeding.take_in

    def made_meanwhile(*args: Any, **named: Any) -> Any:
        shutil.copytree(house.home, backup)
        return original(*args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(feeding, "take_in", made_meanwhile)
        one_pass(house, told)
    assert stands(house) == {1: ["burglary", "burglary"]}
    shutil.rmtree(house.home)
    backup.rename(house.home)
    assert stands(house) == {1: ["burglary"]}
    one_pass(house, told, said=said)
    assert stands(house) == {1: ["burglary", "burglary"]}
    assert len(said) == 1
    assert "as after a restore from a backup" in said[0]
    assert one_pass(house, told, said=said) == []
    assert len(said) == 1


@pytest.mark.fault
def test_no_batch_is_let_go_of_before_the_cursor_names_its_load(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'rms.db'}"
    monkeypatch.setenv("PEELIAN_FEED_URL", url)
    told = feed(tmp_path, more=DATABASE)
    with create_engine(url).begin() as connection:
        connection.execute(text(f"CREATE TABLE incidents (id TEXT PRIMARY KEY, {COLUMNS})"))
        connection.execute(text(_row("A", "burglary", "2026-03-02 02:00:00.000000")))

    def killed(*told: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(feeding, "remember_head", killed)
        with pytest.raises(KeyboardInterrupt):
            one_pass(house, told)
    (again,) = one_pass(house, told)
    assert again.load is not None
    assert (again.load.new, again.load.unchanged) == (0, 1)


def test_an_idle_pass_enters_nothing(house: TestHouse, tmp_path: Path) -> None:
    """Not even where something lies put aside, and the mapping names addresses that could be looked up."""
    told = feed(tmp_path)
    path = tmp_path / "source.yaml"
    path.write_text(MAPPING.replace("lat: lat,", "lat: lat, address: address,"), encoding="utf-8")
    drop(tmp_path, "1.csv", call("A", "piracy"))
    one_pass(house, told)
    before = house.entries()
    assert one_pass(house, told) == []
    assert house.entries() == before


def test_no_database_is_asked_before_the_ledger_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a house without a charter it is refused, the refusal is entered, and nothing comes to rest."""
    bare, told = found(tmp_path), feed(tmp_path, more=DATABASE)
    url = f"sqlite:///{tmp_path / 'rms.db'}"
    monkeypatch.setenv("PEELIAN_FEED_URL", url)
    with pytest.raises(Refused, match="charter-required"):
        one_pass(bare, told)
    assert bare.entries()[-1] == "request.refused"
    assert not (tmp_path / "rms.db").exists()
    assert list((tmp_path / "inbox").iterdir()) == []


def test_a_change_in_the_future_is_announced_and_the_feed_goes_on(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, said = f"sqlite:///{tmp_path / 'rms.db'}", []
    monkeypatch.setenv("PEELIAN_FEED_URL", url)
    told = feed(tmp_path, more=DATABASE)
    with create_engine(url).begin() as connection:
        connection.execute(text(f"CREATE TABLE incidents (id TEXT PRIMARY KEY, {COLUMNS})"))
        connection.execute(text(_row("A", "burglary", "2099-01-01 00:00:00.000000")))
    (first,) = one_pass(house, told, said=said)
    with create_engine(url).begin() as connection:
        connection.execute(text(_row("B", "burglary", "2026-03-02 02:35:00.000000")))
    (second,) = one_pass(house, told, said=said)
    assert first.load is not None
    assert second.load is not None
    assert (first.load.new, second.load.new, second.load.read) == (1, 1, 1)
    assert said == ["1 rows of test-source say that they change later than now; they were taken."]


def _row(name: str, offence: str, changed: str) -> str:
    told = f"'2026-03-02 02:00:00', '2026-03-02 02:30:00', '-87.65', '41.85', '{offence}', 'he said', '{changed}'"
    return f"INSERT INTO incidents VALUES ('{name}', {told})"


def test_a_database_that_does_not_answer_is_told_and_asked_again(
    house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEELIAN_FEED_URL", f"sqlite:///{tmp_path / 'absent' / 'rms.db'}")
    told, said = feed(tmp_path, more=DATABASE), []
    drop(tmp_path, "1.csv", call("A", "burglary"))
    house.clock.advance(timedelta(minutes=1))
    taken = list(
        passes(
            house.home, told, who="Ann", purpose=PURPOSE, once=True, announce=said.append, clock=house.clock
        )
    )
    assert [each.why for each in taken] == [""]
    assert len(said) == 1
    assert "did not answer" in said[0]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("every_seconds: 0\n", "above 0"),
        ("held_days: 0\n", "above 0"),
        ("folder: x\n", "unknown key 'folder'"),
        ("database: {table: t}\n", "lacks the key 'changed'"),
    ],
)
def test_a_feed_that_leaves_something_open_is_refused(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        feed(tmp_path, more=more)


def test_the_secret_of_pushes_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEELIAN_PUSH_SECRET", "ab" * 32)
    assert push_secret() == b"\xab" * 32
    monkeypatch.setenv("PEELIAN_PUSH_SECRET", "no hex")
    with pytest.raises(BadInput, match="PEELIAN_PUSH_SECRET"):
        push_secret()


def test_minutes_fresh(house: TestHouse, tmp_path: Path) -> None:
    """What was dropped is stored within the next pass; how long it had waited is told."""
    told = feed(tmp_path)
    drop(tmp_path, "1.csv", call("A", "burglary"), at=house.clock.now().astimezone(UTC))
    (taken,) = one_pass(house, told)
    assert taken.waited == timedelta(minutes=1)
    assert "it had waited 60 s" in taken.sentence()
