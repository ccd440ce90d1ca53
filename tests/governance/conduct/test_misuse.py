"""Misuse: each rule on a drawn case, what it does to honest officers measured, and who may see what it found."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.governance.act import carry_out_as_house
from peelian.governance.cases import CaseFacts
from peelian.governance.circumstances.own_records import new_record
from peelian.governance.conduct.misuse import FALSE_ALARM, PEERS_MIN, RUN_MIN, Flag, Lookup, Rule, flags
from peelian.governance.conduct.oversight import (
    NO_UNIT,
    VagueShare,
    keep_list,
    look_for_misuse,
    lookups,
    misuse_flags,
    shares_by_unit,
    vague_shares,
)
from peelian.governance.conduct.tails import Share, count_tail, share_tail, wilson
from peelian.governance.conduct.watch_lists import WatchLists, watch_key, watch_tag
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.service import person_named
from peelian.storage.rows import Writes
from tests.governance.persons.made import NAME, PLATE, found_files
from tests.houses import PURPOSE

START = datetime(2026, 3, 2, tzinfo=UTC)
NOON = START + timedelta(hours=12)
CASE = CaseFacts("C-1", PURPOSE, date(2026, 3, 2), date(2026, 3, 4), "North", frozenset())
VAGUE = frozenset({"other-in-case"})
KEY = bytes(range(32))


def asked(looks: list[Lookup]) -> tuple[Flag, ...]:
    return flags(looks, cases={"tag": CASE}, vague=VAGUE, zone="America/Chicago")


def crowd(rng: np.random.Generator, *, officers: int) -> list[Lookup]:
    """Return four weeks of honest officers who differ widely in how much they do, when, and how they say why."""
    looks: list[Lookup] = []
    for officer in range(officers):
        nights, vague = rng.beta(1.5, 6), rng.beta(1, 15)
        for _ in range(rng.poisson(rng.gamma(2.0, 20.0))):
            hour = int(rng.choice([21, 22, 23, 0, 1, 2, 3]) if rng.random() < nights else rng.integers(8, 19))
            at = START + timedelta(days=int(rng.integers(28)), hours=hour + 6)
            reason = "other-in-case" if rng.random() < vague else "recorded-crime"
            thing = int(rng.integers(5_000))
            looks.append(Lookup(len(looks), at, f"o{officer}", f"t{thing}", stored=thing, reason=reason))
    return looks


def lone(
    *,
    count: int,
    at: datetime = NOON + timedelta(hours=6),
    every: timedelta = timedelta(days=1),
    reason: str = "recorded-crime",
    **told: Any,
) -> list[Lookup]:
    """Return so many look-ups of one officer, by default at the same hour of one day after the other."""
    times = (at + every * n for n in range(count))
    return [Lookup(10_000 + n, when, "x", f"x{n}", reason=reason, **told) for n, when in enumerate(times)]


DRAWN = [
    # what somebody does in four weeks                                              the rules that ask about it
    (lone(count=30), set()),
    (lone(count=1, watched=frozenset({"relatives"})), {Rule.WATCHED}),
    (lone(count=1, watched=frozenset({"self"})), {Rule.WATCHED}),
    (lone(count=1, case="tag", at=NOON), set()),
    (lone(count=1, case="tag", at=NOON + timedelta(days=2)), {Rule.OUTSIDE_CASE}),
    (lone(count=1, case="tag", at=NOON - timedelta(days=1)), {Rule.OUTSIDE_CASE}),
    (lone(count=1, case="tag", at=START + timedelta(days=2, hours=5)), set()),  # still the 3rd in Chicago
    (lone(count=400), {Rule.BREADTH}),
    (lone(count=60, every=timedelta(minutes=1)), {Rule.RATE}),
    (lone(count=60, reason="other-in-case"), {Rule.VAGUE}),
    (lone(count=60, at=START + timedelta(hours=9)), {Rule.OUT_OF_HOURS}),  # three in the morning in Chicago
]


@pytest.fixture(scope="module")
def peers() -> list[Lookup]:
    return crowd(np.random.default_rng(11), officers=40)


@pytest.mark.parametrize(("own", "expected"), DRAWN)
def test_what_is_asked_about(peers: list[Lookup], own: list[Lookup], expected: set[Rule]) -> None:
    found = [flag for flag in asked([*peers, *own]) if flag.officer == "x"]
    assert {flag.rule for flag in found} == expected
    assert all(flag.entries and flag.says.endswith(".") for flag in found)


IN_ONE_HOUR = timedelta(seconds=61, microseconds=7)
WHOLE = [
    # what somebody does in four weeks, and every word of what is asked
    (
        lone(count=40, at=START + timedelta(hours=9), every=IN_ONE_HOUR, reason="other-in-case"),
        [
            (
                Rule.VAGUE,
                "Looked people up with a reason that says little 40 of 40 times; the others less often.",
            ),
            (Rule.RATE, "Looked at 40 records in the busiest hour; the others at 1 on average."),
            (Rule.BREADTH, "Looked at 40 different records; the others at 2 on average."),
            (Rule.OUT_OF_HOURS, "Looked people up out of hours 40 of 40 times; the others less often."),
        ],
    ),
    (
        lone(count=2, case="tag", at=NOON + timedelta(days=2), watched=frozenset({"relatives"})),
        [
            (Rule.WATCHED, "Looked up somebody on the list relatives, 2 times."),
            (
                Rule.OUTSIDE_CASE,
                "Looked people up in a case before it was opened or after it was closed, 2 times.",
            ),
        ],
    ),
]


def alike(officers: int) -> list[Lookup]:
    """Return officers each of whom looks at two records, on two days, in the hours of the day."""
    days = [(officer, day) for officer in range(officers) for day in range(2)]
    return [
        Lookup(2 * o + d, NOON + timedelta(days=d, hours=6), f"o{o}", f"t{o}-{d}", reason="recorded-crime")
        for o, d in days
    ]


@pytest.mark.parametrize("officers", [PEERS_MIN - 1, PEERS_MIN])
@pytest.mark.parametrize(("own", "says"), WHOLE)
def test_what_is_asked_is_said_with_how_often_it_is_asked_of_honest_people(
    own: list[Lookup], says: list[tuple[Rule, str]], officers: int
) -> None:
    """What counts compares with twenty others at least; what counts nothing compares with nobody."""
    entries = tuple(look.entry for look in own)
    counting = {Rule.BREADTH, Rule.RATE, Rule.VAGUE, Rule.OUT_OF_HOURS}
    expected = {
        Flag(rule, "x", entries, said, FALSE_ALARM if rule in counting else None)
        for rule, said in says
        if officers >= PEERS_MIN or rule not in counting
    }
    assert set(asked([*alike(officers), *own])) == expected


def drawn(kind: str, rule: str | None = None, **facts: Any) -> Draft:
    return Draft(kind, actor="ann", rule=rule, facts=facts)


WHY = {"reason": "recorded-crime", "case": "tag"}
ENTRIES = [
    # what the ledger says                                               a look, of what and stored where
    (drawn("subject.sought", **WHY), ("plate", None)),
    (drawn("record.read", record="r", of_entry=7, **WHY), ("r", 7)),
    (drawn("record.read", record=None, of_entry=None, **WHY), ("2", None)),
    (drawn("record.read", record="r", of_entry=7), None),
    (drawn("reason.noted", **WHY), None),
    (drawn("request.refused", "default-deny", **WHY), None),
    (drawn("request.refused", "reason-says-nothing", capability="file.keep"), None),
]


def written() -> list[Entry]:
    return [
        Entry.write(draft, index=index, time=NOON + timedelta(minutes=index), blob=None)
        for index, (draft, _) in enumerate(ENTRIES)
    ]


def test_which_entries_tell_of_a_look_at_a_person() -> None:
    tag = watch_tag(KEY, PLATE)
    assert list(
        lookups(
            written(),
            lists=WatchLists({"relatives:ann": frozenset({tag}), "relatives:bea": frozenset({tag})}),
            key=KEY,
            named=lambda entry: PLATE if entry.kind == "subject.sought" else None,
        )
    ) == [
        Lookup(
            index,
            NOON + timedelta(minutes=index),
            "ann",
            tag if told[0] == "plate" else told[0],
            stored=told[1],
            case="tag",
            reason="recorded-crime",
            watched=frozenset({"relatives"}) if told[0] == "plate" else frozenset(),
        )
        for index, (_, told) in enumerate(ENTRIES)
        if told is not None
    ]


def test_what_was_refused_counts_in_the_figure_only_where_its_words_were_empty() -> None:
    (share,) = shares_by_unit(written(), units={"bea": "North"}, vague=VAGUE)
    assert share == VagueShare(NO_UNIT, 4, 1, wilson(Share(1, 4)))
    (share,) = shares_by_unit(written(), units={"ann": "North"}, vague=frozenset({"recorded-crime"}))
    assert share == VagueShare("North", 4, 4, wilson(Share(4, 4)))


@pytest.mark.parametrize(("length", "seen"), [(RUN_MIN - 1, False), (RUN_MIN, True), (200, True)])
def test_records_looked_at_in_the_order_they_were_stored(
    peers: list[Lookup], length: int, seen: bool
) -> None:
    """Slowly, one a day, under every limit; the stored things of others lie between."""
    own = [
        Lookup(20_000 + n, NOON + timedelta(days=n % 28), "x", f"s{n}", stored=6_000 + 3 * n)
        for n in range(length)
    ]
    assert (Rule.SEQUENCE in {flag.rule for flag in asked([*peers, *own]) if flag.officer == "x"}) is seen


def test_with_few_to_compare_with_nothing_is_said_of_anybody() -> None:
    looks = [*crowd(np.random.default_rng(3), officers=19), *lone(count=400, at=START + timedelta(hours=9))]
    assert asked(looks) == ()


def test_honest_officers_are_flagged_as_rarely_as_stated() -> None:
    """About 3,000 officers in groups of 40; stated for one rule and window: at most .5 %."""
    rng, alarms, officers = np.random.default_rng(1829), Counter[Rule](), 75 * 40
    for _ in range(75):
        alarms.update(flag.rule for flag in asked(crowd(rng, officers=40)))
    print(
        {rule.value: f"{count / officers:.2%}" for rule, count in alarms.items()}, f"of {officers} officers"
    )
    assert set(alarms) <= {Rule.BREADTH, Rule.RATE, Rule.VAGUE, Rule.OUT_OF_HOURS}
    assert all(count / officers <= FALSE_ALARM for count in alarms.values())


def test_the_tails_are_those_of_the_named_laws() -> None:
    # Poisson peers (no more spread than chance): P(X >= 8 | mean 3) = .0119
    assert count_tail(8, [3, 3, 3, 3]) == pytest.approx(0.0119, abs=1e-4)
    assert count_tail(0, [3, 1, 2]) == 1.0
    assert (count_tail(0, [0, 0]), count_tail(1, [0, 0])) == (1.0, 0.0)
    # binomial peers: P(X >= 4 of 4 | p = .5) = 1/16
    assert share_tail(Share(4, 4), [Share(5, 10)] * 4) == pytest.approx(1 / 16, abs=1e-3)
    assert share_tail(Share(4, 4), [Share(5, 10)] * 4 + [Share(0, 0)]) == share_tail(
        Share(4, 4), [Share(5, 10)] * 4
    )
    assert share_tail(Share(0, 0), [Share(1, 2)]) == 1.0
    assert share_tail(Share(3, 3), [Share(0, 100)] * 3) < 1e-5
    assert share_tail(Share(3, 3), [Share(9, 9)]) == 1.0


def test_a_list_knows_its_people_through_every_spelling_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    key = watch_key(tmp_path / "oversight.key")
    assert watch_key(tmp_path / "oversight.key") == key
    tag = watch_tag(key, PLATE)
    assert tag == watch_tag(key, Identifier("plate", "qx19-zzt"))
    assert tag not in (watch_tag(key, NAME), watch_tag(b"\0" * 32, PLATE))
    plate = (
        b'{"kind":"plate","text":"%s"}' % PLATE.spelled.encode()
    )  # what no other house would key otherwise
    assert tag == hmac.new(key, plate, hashlib.sha256).hexdigest()
    lists = WatchLists({"public-figures": frozenset({tag}), "relatives:ann": frozenset({tag})})
    assert lists.hits(tag, officer="ann") == {"public-figures", "relatives"}
    assert lists.hits(tag, officer="col") == {"public-figures"}
    # worked by hand: lists that were kept must hit after every upgrade
    assert watch_tag(KEY, PLATE) == hmac.digest(KEY, b'{"kind":"plate","text":"qx19zzt"}', "sha256").hex()
    (tmp_path / "oversight.key").chmod(0o644)
    with pytest.raises(BadInput, match="mode 0600"):
        watch_key(tmp_path / "oversight.key")


def test_two_who_make_the_key_at_once_have_one_key(tmp_path: Path) -> None:
    path = tmp_path / "oversight.key"

    def overtaken(count: int) -> bytes:
        assert watch_key(path, entropy=lambda _: KEY) == KEY
        return b"\1" * count

    assert watch_key(path, entropy=overtaken) == KEY


def test_a_look_up_of_a_relative_reaches_the_auditor_and_nobody_else(tmp_path: Path) -> None:
    house = found_files(tmp_path)
    house.register()
    key = watch_key(tmp_path / "oversight.key")
    with house.open() as opened:
        kit, aud = opened.kit, opened.signer("Aud")
        ann = person_named(kit, "Ann").id
        plate = [Identifier("plate", "qx19zzt")]
        keep_list(kit, actor=aud, name=f"relatives:{ann}", key=key, identifiers=plate)
        with pytest.raises(Refused, match="default-deny"):
            keep_list(kit, actor=opened.signer("Col"), name="mine", key=key, identifiers=plate)
        with pytest.raises(BadInput, match="at least one"):
            keep_list(kit, actor=aud, name="empty", key=key, identifiers=[])
    with house.sit() as sitting:
        sitting.find_subject(NAME)
        sitting.find_subject(PLATE)
    (looked,) = house.last()
    with house.open() as opened:
        kit, aud = opened.kit, opened.signer("Aud")
        window = {"since": START, "until": kit.clock.now()}
        for name in ("Ann", "Col", "Abe", "Adm"):
            with pytest.raises(Refused, match="default-deny"):
                look_for_misuse(kit, actor=opened.signer(name), key=key, **window)
        (flag,) = look_for_misuse(kit, actor=aud, key=key, **window)
        assert (flag.rule, flag.officer, flag.entries) == (Rule.WATCHED, ann, (looked.index,))
        look_for_misuse(kit, actor=aud, key=key, **window)
        assert misuse_flags(kit, actor=aud) == (flag,), "kept once"
        many = Flag(Rule.BREADTH, "col", (3, 5), "Looked at 2.", FALSE_ALARM)
        body = {
            "rule": many.rule,
            "entries": [3, 5],
            "looks": 2,
            "says": many.says,
            "false_alarm": FALSE_ALARM,
        }
        writes = Writes(records=(new_record(kit, "misuse-flag", subject="col", body=body),))
        carry_out_as_house(kit, "misuse.flagged", rule="test", facts={}, writes=writes)
        assert misuse_flags(kit, actor=aud) == (flag, many)
        shown = tuple(kit.ledger.entries())[-2:]
        assert [entry.facts for entry in shown] == [
            {"kind": "misuse-flag", "record": record.record_id, "of_entry": index}
            for record, index in kit.store.records("misuse-flag")
        ]
        with pytest.raises(Refused, match="default-deny"):
            misuse_flags(kit, actor=opened.signer("Col"))
        (share,) = vague_shares(kit, actor=aud, **window)
        assert (share.unit, share.vague) == ("no unit", 0)
        assert (house.home / "records" / "records.db").read_bytes().find(b"QX19") == -1
