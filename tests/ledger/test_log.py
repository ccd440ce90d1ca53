"""The one writer: durable, in order, alone, and nothing half-written whatever fails."""

from __future__ import annotations

import resource
import signal
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, Busy, PeelianError, Tampered
from peelian.governance.ledger.audit import Audit
from peelian.governance.ledger.commit import GroupCommit
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.view import LedgerView
from tests.ledger import begin, naive


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "ledger.db"


def test_what_is_appended_is_there_in_order_and_after_reopening(path: Path) -> None:
    with begin.ledger(path) as log:
        first = log.append(begin.draft(0))
        rest = log.append_all(begin.drafts(9, start=1))
        assert [entry.index for entry in (first, *rest)] == list(range(10))
        assert log.append_all(()) == ()
    with begin.ledger(path) as log:
        assert tuple(log.entries()) == (first, *rest)
        assert log.entry(4) == rest[3]
        assert log.root() == naive.mth([entry.envelope for entry in (first, *rest)])
        assert log.append(begin.draft(10)).index == 10
        assert log.verify_all() == Audit(entries=11, checkpoints=0, witnessed=0, blobs=0, destroyed=0)


def test_an_empty_ledger_is_sound_and_can_be_signed(path: Path) -> None:
    with begin.ledger(path) as log:
        assert (log.size, list(log.entries())) == (0, [])
        log.checkpoint()
        assert log.verify_all().checkpoints == 1
        with pytest.raises(BadInput, match="no entry 0"):
            log.entry(0)


def test_parts_of_the_log_can_be_read_and_acts_are_told_apart(path: Path) -> None:
    with begin.ledger(path) as log:
        for kind in ("workspace.opened", "load.accepted", "extract.read", "plan.proposed", "act.abandoned"):
            log.append(Draft(kind, actor="a"))
        assert [entry.index for entry in log.entries(1, 3)] == [1, 2]
        assert [entry.kind for entry in log.acts()] == ["load.accepted", "plan.proposed"]
        assert [entry.kind for entry in log.acts(2)] == ["plan.proposed"]


def test_files_are_for_the_owner_alone(path: Path) -> None:
    with begin.ledger(path):
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_there_is_one_writer_and_any_number_of_readers(path: Path) -> None:
    with begin.ledger(path) as log:
        log.append(begin.draft(0))
        with pytest.raises(Busy, match="has a writer already"):
            begin.ledger(path)
        with Ledger.read(path, vkey=str(log.vkey)) as one, Ledger.read(path, vkey=str(log.vkey)) as two:
            log.append(begin.draft(1))
            assert one.size == two.size == 2
            assert one.verify_all().entries == 2
            assert not hasattr(one, "append")
    with begin.ledger(path) as log:
        assert log.size == 2


def test_a_reader_names_whom_it_trusts(path: Path) -> None:
    with begin.ledger(path) as log:
        log.append(begin.draft(0))
        log.checkpoint()
    other = begin.ledger(path.with_name("other.db"), seed=5)
    other.close()
    with Ledger.read(path, vkey=str(other.vkey)) as view, pytest.raises(Tampered, match="not signed by"):
        view.verify_all()
    with pytest.raises(BadInput, match="no ledger at"):
        Ledger.read(path.with_name("absent.db"), vkey=str(other.vkey))
    with pytest.raises(Tampered, match="base64"):
        Ledger.read(path, vkey="nonsense")


def test_a_ledger_keeps_its_own_key(path: Path) -> None:
    begin.ledger(path, seed=1).close()
    with pytest.raises(BadInput, match="use its own key"):
        begin.ledger(path, seed=2)
    begin.ledger(path, seed=1).close()  # the refusal gave the lock back


def test_time_never_goes_back_in_the_log(path: Path) -> None:
    clock = begin.clock()
    with begin.ledger(path, time=clock) as log:
        log.append(begin.draft(0))
        clock.advance(timedelta(milliseconds=-1))
        with pytest.raises(PeelianError, match="nothing is written until the clock is right"):
            log.append(begin.draft(1))
        clock.advance(timedelta(milliseconds=1))
        log.append(begin.draft(1))
    clock.advance(timedelta(hours=-1))
    with begin.ledger(path, time=clock) as log:
        with pytest.raises(PeelianError, match=r"The clock says 2025-03-01T05:00:00\.000Z"):
            log.append(begin.draft(2))
        assert log.verify_all().entries == 2


# --- when the disk fails


@contextmanager
def page_limit(log: Ledger) -> Iterator[None]:
    """SQLite's own full disk: no page may be added to the database."""
    database = log._store._write
    assert database is not None
    (before,) = database.execute("PRAGMA max_page_count").fetchone()
    database.execute("PRAGMA max_page_count = 1")  # SQLite takes the present size where that is larger
    yield
    database.execute(f"PRAGMA max_page_count = {before}")


@contextmanager
def file_limit(log: Ledger) -> Iterator[None]:
    """The kernel's refusal to let any file grow beyond what the ledger's files have now."""
    largest = max(file.stat().st_size for file in log.path.parent.iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def append_until_refused(log: Ledger) -> None:
    for number in range(2_000):
        log.append(begin.draft(number, sealed=b"x" * 5_000))


@pytest.mark.fault
@pytest.mark.parametrize("limit", [page_limit, file_limit])
def test_a_full_disk_keeps_nothing_of_the_entry_and_the_ledger_goes_on(path: Path, limit) -> None:
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(20))
        with limit(log):
            with pytest.raises(PeelianError, match="nothing is half-written"):
                append_until_refused(log)
            kept = log.size
            assert log.verify_all().entries == kept < 2_000
        assert log.append(begin.draft(kept)).index == kept
        log.verify_all()
    with begin.ledger(path) as log:
        assert log.size == kept + 1
        log.verify_all()


def test_a_file_that_is_no_ledger_is_refused_in_a_sentence(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is a text file and no database" * 40)
    with pytest.raises(Tampered, match="damaged"):
        begin.ledger(path)
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()
    with pytest.raises(BadInput, match="layout 0"):
        begin.ledger(path)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DELETE FROM entries WHERE idx = 299", "torn|belong"),
        ("DELETE FROM nodes WHERE level = 1 AND position = 149", "A tree node above entry 299"),
        ("INSERT INTO nodes VALUES (1, 150, zeroblob(32))", "torn"),
        ("UPDATE entries SET leaf_hash = zeroblob(32) WHERE idx = 298", "does not have the hash"),
        ("DELETE FROM entries WHERE idx = 290", "missing or out of place"),
        (
            "DELETE FROM entries WHERE idx >= 280; DELETE FROM nodes WHERE (position + 1) << level > 280",
            "280 are",
        ),
        ("UPDATE nodes SET hash = zeroblob(32) WHERE level = 8", "not the ones whose head was signed"),
    ],
)
def test_a_torn_or_cut_file_is_not_written_to(path: Path, damage: str, sentence: str) -> None:
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(300))
        log.checkpoint()
    database = sqlite3.connect(path)
    database.executescript(damage)
    database.close()
    with pytest.raises(Tampered, match=sentence):
        begin.ledger(path)
    with pytest.raises(Tampered):
        begin.ledger(path)  # and again: the lock was given back


def test_a_copy_on_read_only_media_can_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(3))
        vkey = str(log.vkey)
    # Root may write everywhere, so the answer about the medium is given here.
    monkeypatch.setattr("os.access", lambda *_: False)
    before = sorted(file.name for file in path.parent.iterdir())
    with Ledger.read(path, vkey=vkey) as view:
        assert view.verify_all().entries == 3
        assert sorted(file.name for file in path.parent.iterdir()) == before


# --- many clients


def test_threads_share_the_log_and_each_gets_its_own_entries(path: Path) -> None:
    threads, each = 16, 20
    got: list[tuple[int, Entry]] = []

    def client(log: Ledger, name: int) -> None:
        for number in range(each):
            entry = log.append(begin.draft(name * each + number))
            assert log.entry(entry.index) == entry  # visible to all as soon as it is durable
            got.append((name * each + number, entry))

    with begin.ledger(path) as log:
        crowd = [threading.Thread(target=client, args=(log, name)) for name in range(threads)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        assert sorted(entry.index for _, entry in got) == list(range(threads * each))
        assert all(entry.facts["rows"] == number for number, entry in got)
        log.verify_all()


class Gate:
    """A commit that can be held up, and that remembers what it was given."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.open = threading.Event()
        self.batches: list[int] = []
        self.failure = failure

    def commit(self, drafts: Sequence[Draft]) -> Sequence[Entry]:
        self.batches.append(len(drafts))
        self.open.wait(10)
        if self.failure and len(self.batches) > 1:
            raise self.failure
        return [Entry.write(draft, index=i, time=begin.START, blob=None) for i, draft in enumerate(drafts)]


def crowd(gate: Gate, *, behind: int, again: bool = False) -> list[object]:
    """One client whose commit is held up, `behind` clients waiting; returns what each of those got.

    With `again` the first comes back once it is done.
    """
    group, answers = GroupCommit(gate.commit), []

    def client(number: int) -> None:
        try:
            answers.append(group.submit([begin.draft(number)])[0].facts["rows"])
        except PeelianError as problem:
            answers.append(str(problem))

    def first() -> None:
        for _ in range(1 + again):
            group.submit([begin.draft(0)])

    leader = threading.Thread(target=first)
    leader.start()
    until(lambda: gate.batches == [1])
    waiting = [threading.Thread(target=client, args=(number,)) for number in range(1, behind + 1)]
    for thread in waiting:
        thread.start()
    until(lambda: len(group._waiting) == behind)
    gate.open.set()
    for thread in (leader, *waiting):
        thread.join(10)
    return answers


def until(reached: Callable[[], bool]) -> None:
    while not reached():
        threading.Event().wait(0.001)


def test_a_writer_waits_for_those_who_just_left_and_will_be_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(
        "peelian.governance.ledger.commit.monotonic", lambda: float(next(ticks))
    )  # 1 s a commit
    monkeypatch.setattr("peelian.governance.ledger.commit.PATIENCE_SECONDS", 60)
    gate = Gate()
    crowd(gate, behind=3, again=True)
    assert gate.batches == [1, 4]


def test_a_writer_goes_on_without_those_who_do_not_come_back() -> None:
    gate = Gate()
    crowd(gate, behind=3)  # four were about
    assert gate.batches == [1, 3]


def test_a_client_alone_never_waits() -> None:
    gate = Gate()
    gate.open.set()
    group = GroupCommit(gate.commit)
    for number in range(3):
        group.submit([begin.draft(number)])
        assert group._about == 1


@pytest.mark.fault
@pytest.mark.parametrize("written", [False, True], ids=["before its turn", "while it is written"])
def test_a_client_interrupted_while_it_waits_leaves_nobody_asleep(written: bool) -> None:
    """Ctrl-C strikes the main thread; the clients behind it must be woken by somebody else."""
    gate, behind = Gate(), Gate()
    answers: list[int] = []

    def commit(drafts: Sequence[Draft]) -> Sequence[Entry]:
        return (behind if gate.batches else gate).commit(drafts)

    group = GroupCommit(commit)

    def client(number: int) -> None:
        answers.append(len(group.submit([begin.draft(number)])))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(5)]
    main = threading.main_thread().ident
    assert main is not None

    def strike() -> None:
        until(lambda: len(group._waiting) == 2)
        for thread in threads[2:]:
            thread.start()
        until(lambda: len(group._waiting) == 5)
        if written:
            gate.open.set()
            until(lambda: behind.batches == [5])
        signal.pthread_kill(main, signal.SIGINT)

    threads[0].start()
    until(lambda: gate.batches == [1])
    threads[1].start()
    until(lambda: len(group._waiting) == 1)
    striker = threading.Thread(target=strike)
    striker.start()
    with pytest.raises(KeyboardInterrupt):
        group.submit([begin.draft(9)])
    gate.open.set()
    behind.open.set()
    for thread in (striker, *threads):
        thread.join(10)
    assert answers == [1] * 5
    assert behind.batches == [5 if written else 4]


def test_clients_that_wait_share_one_commit() -> None:
    gate = Gate()
    answers = crowd(gate, behind=12)
    assert gate.batches == [1, 12]
    assert sorted(map(str, answers)) == sorted(map(str, range(1, 13)))


@pytest.mark.fault
def test_when_a_shared_commit_fails_everybody_in_it_is_told() -> None:
    gate = Gate(PeelianError("The disk is full."))
    assert crowd(gate, behind=12) == ["The disk is full."] * 12


def test_views_and_ledgers_answer_alike(path: Path) -> None:
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(5))
        with Ledger.read(path, vkey=str(log.vkey)) as view:
            assert isinstance(view, LedgerView)
            assert view.root() == log.root()
            assert view.prove_inclusion(2) == log.prove_inclusion(2)
            assert view.path == path
