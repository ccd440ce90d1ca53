"""The city room through the commands people type: places, marks, addresses, releases, erasure, a backup restored."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from peelian.app.push import PushReceiver
from tests.app.line import Line, chartered, loaded
from tests.app.page import read
from tests.city.fetch.publishers.office import open_office
from tests.city.fetch.publishers.socrata import Socrata
from tests.house.city_walk import LAYER, SERIES, SQUARE
from tests.houses import MAPPING, civil_day

TODAY = civil_day() - timedelta(days=1)
"""The last day that is over: what is known of a day is known when it ends."""
ORIGIN = ("--as-of", TODAY, "--publisher", "City", "--licence", "CC0")


@pytest.fixture
def city(line: Line) -> Line:
    chartered(line)
    loaded(line)
    return line


def with_beats(city: Line) -> dict[str, Any]:
    feature = {
        "type": "Feature",
        "properties": {"id": "1"},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    beats = city.file("beats.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    told = ("place", "boundaries", beats, "--layer", "beat", "--id", "id", *ORIGIN)
    return city.ask(*told, who="Ann", purpose=True)


def test_the_places_of_a_city(city: Line) -> None:
    nodes = city.file("nodes.csv", "node,lon,lat\n1,-87.65,41.85\n2,-87.65,41.851\n")
    edges = city.file("edges.csv", "tail,head,street\n1,2,Main Street\n")
    done = city.ask(
        *("place", "streets", edges, "--nodes", nodes, "--column", "name=street", *ORIGIN),
        who="Ann",
        purpose=True,
    )
    assert done["counts"] == {"street-edge": 1, "street-node": 2}
    assert "oneway" in done["findings"]["untold"]
    strange = city.type(
        *("place", "streets", edges, "--nodes", nodes, "--column", "gnome=street", *ORIGIN),
        who="Ann",
        purpose=True,
    )
    assert "--column gnome names nothing that is read of streets" in strange.err

    assert with_beats(city)["counts"] == {"boundary": 1}

    shifts = city.file("shifts.csv", "shift_id,name,start,end,weekdays\nD,Day,06:00,14:00,1234567\n")
    assert city.ask("place", "shifts", shifts, *ORIGIN, who="Ann", purpose=True)["counts"] == {"shift": 1}

    lights = city.file("lights.csv", "lon,lat\n-87.65,41.85\n")
    layer = ("place", "layer", lights, "--mapping", city.file("layer.yaml", LAYER), "--as-of", TODAY)
    assert city.ask(*layer, who="Ann", purpose=True)["counts"] == {"layer": 1}

    events = city.file("events.csv", "start,end,what\n2026-03-01T10:00,2026-03-01T12:00,derby\n")
    series = (
        "place",
        "condition",
        "--mapping",
        city.file("series.yaml", SERIES),
        "--file",
        events,
        "--as-of",
        TODAY,
    )
    assert city.ask(*series, who="Ann", purpose=True)["counts"] == {"condition": 1}

    listed = city.ask("place", "list", who="Ann", purpose=True)["sets"]
    assert [each["subject"] for each in listed] == [
        *("street", "boundary beat", "shift", "layer lights-out", "condition event")
    ]
    path = city.file("places.html", "")
    city.ask("place", "page", path, who="Ann", purpose=True)
    shown = read(path.read_text()).all("article")
    assert [each.all("h3")[0].text for each in shown] == sorted(each["subject"] for each in listed)
    assert [len(each.all("svg")) for each in shown] == [1] * len(shown), [each.text for each in shown]
    untold = [each.all("h3")[0].text for each in shown if "not told beside counts by cell" in each.text]
    assert untold == [name["subject"] for name in listed if name["subject"].startswith("layer ")] != []


def test_marks_and_answers_by_hand(city: Line) -> None:
    days = ("--from", TODAY - timedelta(days=9), "--to", TODAY - timedelta(days=7))
    made = city.ask("mark", "set", *days, "--why", "the old system was switched off", who="Ann", purpose=True)
    assert len(city.ask("mark", "list", who="Ann", purpose=True)["marks"]) == 1
    told = city.type("forecast", who="Ann", purpose=True)
    assert "without the 2 marked days plain-counts expects" in told.out
    with_beats(city)
    narrow = ("mark", "set", *days, "--layer", "beat", "--why", "one unit is under investigation")
    unknown = city.type(*narrow, "--area", "9999", who="Ann", purpose=True)
    assert "has no area '9999'" in unknown.err
    alone = city.ask(*narrow, "--area", "1", who="Ann", purpose=True)
    told = city.type("forecast", who="Ann", purpose=True)
    assert "beat 1, 2 days," in told.out
    committed = city.ask("forecast", who="Ann", purpose=True)["forecast_id"]
    about = ("--forecast", committed, "--offence", "burglary")
    page = Path(city.ask("report", *about, who="Ann", purpose=True)["report"]).read_text(encoding="utf-8")
    assert "beat 1: one unit is under investigation" in page
    assert "Without 2 marked days" in page
    why = ("--why", "the rows were entered again")
    for each in (made, alone):
        city.ask("mark", "lift", each["mark"], *why, who="Ann", purpose=True)
    assert city.ask("mark", "list", who="Ann", purpose=True)["marks"] == []

    where = ("--lon", -87.65, "--lat", 41.85, "--why", "asked the caller")
    assert city.ask("address", "fix", "12 Nowhere Lane", *where, who="Ann", purpose=True)["entry"] > 0
    slip = ("address", "street", "Mane St", "Main Street", "--why", "a slip of the pen")
    assert city.ask(*slip, who="Ann", purpose=True)["entry"] > 0


ADDRESSED = MAPPING.replace("lat: lat", "lat: lat, address: where")


def test_an_address_nothing_could_place_waits_for_an_answer(city: Line) -> None:
    nodes = city.file("nodes.csv", "node,lon,lat\n1,-87.65,41.85\n2,-87.65,41.851\n")
    edges = city.file("edges.csv", "tail,head,street\n1,2,Main Street\n")
    city.ask(
        *("place", "streets", edges, "--nodes", nodes, "--column", "name=street", *ORIGIN),
        who="Ann",
        purpose=True,
    )
    when = f"{TODAY - timedelta(days=5)} 12:00:00"
    rows = [f"N{n},{when},{when},,,burglary,{where}" for n, where in enumerate(["12 Nowhere Lane", ""])]
    kept = [f"M{n},{when},{when},-87.65,41.85,burglary," for n in range(20)]
    header = "id,when,recorded,lon,lat,offence,where"
    delivery = city.file("calls.csv", "\n".join([header, *rows, *kept]) + "\n")
    mapping = city.file(
        "addressed.yaml",
        ADDRESSED.replace("at_most: {", "at_most: {place-missing: 0.2, place-unknown: 0.2, "),
    )
    ingest = ("ingest", delivery, "--mapping", mapping)
    first = city.ask(*ingest, who="Ann", purpose=True)
    assert first["reasons"] == {"place-missing": 1, "place-unknown": 1}
    again = city.type(*ingest, who="Ann", purpose=True)
    assert "what waits is shown by `peelian address waiting --load " in again.out
    queue = ("address", "waiting", "--load", first["load_id"], "--column", "where")
    assert city.ask(*queue, who="Ann", purpose=True)["waiting"] == [
        {"row_number": 1, "address": "12 Nowhere Lane"}
    ]
    where = ("--lon", -87.66, "--lat", 41.86, "--why", "asked the caller")
    city.ask("address", "fix", "12 nowhere LN", *where, who="Ann", purpose=True)
    second = city.ask(*ingest, who="Ann", purpose=True)
    assert (second["new"], second["reasons"]) == (1, {"place-missing": 1})


RELEASE = """
schema: 1
title: Recorded burglaries
licence: https://creativecommons.org/licenses/by/4.0/
url: https://example.org/releases
places: {cell_m: 1000, bbox: {west: -87.7, south: 41.8, east: -87.6, north: 41.9}}
step: week
days: {first: FIRST, end: END}
offences: [burglary]
settle_days: 1
"""


def test_a_release_and_what_is_refused_of_one(city: Line) -> None:
    monday = TODAY - timedelta(days=TODAY.weekday() + 21)
    text = RELEASE.replace("FIRST", str(monday)).replace("END", str(monday + timedelta(days=14)))
    done = city.ask("release", city.file("release.yaml", text), city.folder / "open", who="Ann", purpose=True)
    assert done["edition"] == 1
    assert {path.name for path in (city.folder / "open").iterdir()} >= {
        "counts.csv",
        "croissant.json",
        "README.txt",
    }
    finer = city.file("finer.yaml", text.replace("cell_m: 1000", "cell_m: 500"))
    refused = city.type("release", finer, city.folder / "more", who="Ann", purpose=True)
    assert refused.code == 1
    assert "one-lattice" in refused.err
    both = city.file("both.yaml", text.replace("places: {", "places: {layer: beat, "))
    assert "either `cell_m`" in city.type("release", both, city.folder / "none", who="Ann", purpose=True).err


def test_a_release_by_beats_as_they_were_drawn(city: Line) -> None:
    monday = TODAY - timedelta(days=TODAY.weekday() + 21)
    text = RELEASE.replace("FIRST", str(monday)).replace("END", str(monday + timedelta(days=14)))
    text = text[: text.index("places")] + "places: {layer: beat}\n" + text[text.index("step") :]
    _beats(city, SQUARE, valid_from=None)
    _beats(city, [[x, y + 0.01] for x, y in SQUARE], valid_from=monday + timedelta(days=7))
    redrawn = city.type(
        "release", city.file("beats.yaml", text), city.folder / "open", who="Ann", purpose=True
    )
    assert "were redrawn between" in redrawn.err
    whole = text.replace(str(monday + timedelta(days=14)), str(monday + timedelta(days=7)))
    done = city.ask("release", city.file("whole.yaml", whole), city.folder / "open", who="Ann", purpose=True)
    assert done["edition"] == 1


def _beats(city: Line, ring: list[list[float]], *, valid_from: date | None) -> None:
    feature = {
        "type": "Feature",
        "properties": {"id": "1"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = city.file("beats.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    days = () if valid_from is None else ("--valid-from", valid_from)
    city.ask(
        "place", "boundaries", path, "--layer", "beat", "--id", "id", *ORIGIN, *days, who="Ann", purpose=True
    )


def test_erasure_takes_two_and_a_backup_does_not_bring_it_back(city: Line) -> None:
    city.ask("backup", "make", city.folder / "copy", "--erasures", city.folder / "list.json", who="Adm")
    shutil.copytree(city.home / "keys", city.folder / "keys-then")
    keys = city.file("keys.txt", "K000-0\n")
    order = ("erasure", "order", "--mapping", city.folder / "mapping.yaml", "--ground", "court")
    made = city.ask(*order, "--reference", "2026-17", "--keys", keys, who="Ann", purpose=True)
    assert made["unstored"] == 0
    misspelt = city.file("misspelt.txt", "K000-0\nk000-O\n")
    told = city.type(*order, "--reference", "2026-18", "--keys", misspelt, who="Ann", purpose=True)
    assert "1 of 2 named keys stood for nothing stored; look at the spelling" in told.out
    alone = city.type("erasure", "carry-out", made["order"], who="Ann", purpose=True)
    assert alone.code == 1
    assert city.ask("erasure", "carry-out", made["order"], who="Abe", purpose=True)["rows"] == 1
    assert city.ask("quality", who="Ann", purpose=True)["incidents"] == 55
    assert city.ask("ledger", "verify")["entries"] > 10
    city.ask("backup", "erasures", city.folder / "list.json", who="Adm")

    old = Line(city.folder, city.capsys)
    old.home = city.folder / "restored"
    restore = ("backup", "restore", city.folder / "copy", "--keys", city.folder / "keys-then")
    assert "newest list of erasures" in old.type(*restore).err
    old.ask(*restore, "--erasures", city.folder / "list.json")
    assert old.ask("quality", who="Ann", purpose=True)["incidents"] == 55


def test_that_nothing_was_erased_since_a_backup_takes_two_people_as_well(city: Line) -> None:
    city.ask("backup", "make", city.folder / "copy", "--erasures", city.folder / "list.json", who="Adm")
    old = Line(city.folder, city.capsys)
    old.home = city.folder / "restored"
    restore = ("backup", "restore", city.folder / "copy", "--keys", city.home / "keys")
    why = "the list was lost with the machine; the court's register names no order since"
    old.ask(*restore, "--none-since", why, who="Adm")
    assert "may hold what was erased since" in old.type("quality", who="Ann", purpose=True).err
    shown = old.type("backup", "stated", who="Abe").out
    assert f"because: {why}" in shown
    digest = shown.split("backup approve ")[1].split()[0]
    assert "one person" in old.type("backup", "approve", digest, who="Adm").err
    old.ask("backup", "approve", digest, who="Abe")
    assert old.ask("quality", who="Ann", purpose=True)["incidents"] == 56
    old.ask("backup", "releases", "--why", "the page of releases is empty", who="Ann", purpose=True)
    (none,) = old.ask("backup", "stated-releases", who="Abe", purpose=True)["stated"]
    assert (none["stated_by"], none["why"], none["editions"]) == ("Ann", "the page of releases is empty", [])
    old.ask("backup", "approve-releases", none["digest"], who="Abe", purpose=True)


def test_the_quality_page(city: Line) -> None:
    page = city.folder / "quality.html"
    city.ask("quality", "--page", page, who="Ann", purpose=True)
    assert "test/line" in page.read_text(encoding="utf-8")
    _beats(city, SQUARE, valid_from=None)
    city.ask("quality", "--page", page, "--layer", "beat", who="Ann", purpose=True)
    absent = city.type("quality", "--page", page, "--layer", "ward", who="Ann", purpose=True)
    assert "No areas of the layer 'ward'" in absent.err


def test_keys_are_sealed_with_a_passphrase_from_the_environment(
    city: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "PEELIAN_PASSPHRASE" in city.type("backup", "keys", city.folder / "keys.sealed").err
    monkeypatch.setenv("PEELIAN_PASSPHRASE", "a long passphrase that nobody guesses")
    city.ask("backup", "keys", city.folder / "keys.sealed")
    assert b"PRIVATE KEY" not in (city.folder / "keys.sealed").read_bytes()


FETCHED = """
schema: 1
id: stand-in
publisher: a publisher that behaves like the real one
licence: none needed
frequency: daily
format: parquet
fetch: {kind: socrata, address: "ADDRESS", dataset: ijzp-q8t2, page_rows: 4, requests_per_second: 100}
zone: Europe/London
columns: {key: case_number, time: date, lon: location.longitude, lat: location.latitude, offence: primary_type}
precision_m: 10
offences: [burglary, robbery, theft]
bbox: {west: -2, south: 52, east: 0, north: 53}
dates: {earliest: 2023-01-01, latest_days_after_load: 1}
assertions: {rows: {min: 1, max: 100}, at_most: {offence-missing: 0.5}}
"""


def test_a_source_is_fetched_and_loaded_by_one_command(city: Line) -> None:
    with open_office(Socrata()) as office:
        mapping = city.file("fetched.yaml", FETCHED.replace("ADDRESS", office.address))
        done = city.ask("fetch", mapping, who="Ann", purpose=True)
        assert (done["load"]["read"], done["load"]["new"], done["fetched"]["pages"]) == (12, 10, 3)
        assert city.ask("fetch", mapping, who="Ann", purpose=True) == {"source": "stand-in", "new": 0}


def test_a_feed_takes_what_was_dropped_and_its_parts_are_merged(city: Line) -> None:
    inbox = city.folder / "inbox"
    inbox.mkdir()
    when = f"{TODAY - timedelta(days=5)} 12:00:00"
    (inbox / "1.csv").write_text(
        f"id,when,recorded,lon,lat,offence\nF1,{when},{when},-87.65,41.85,burglary\n"
    )
    told = f"schema: 1\nsource: {city.folder / 'mapping.yaml'}\ninbox: {inbox}\nsettle_seconds: 0\n"
    done = city.ask("feed", "run", city.file("feed.yaml", told), "--once", who="Ann", purpose=True)
    assert [(each["name"], each["held"]) for each in done["taken"]] == [("1.csv", "")]
    assert not Path(inbox / "1.csv").exists()
    (inbox / "2.csv").write_text(
        f"id,when,recorded,lon,lat,offence\nF2,{when},{when},-87.65,41.85,burglary\n"
    )
    city.ask("feed", "run", city.folder / "feed.yaml", "--once", who="Ann", purpose=True)
    (merged,) = city.ask("feed", "merge", who="Ann", purpose=True)["merged"]
    assert (merged["kind"], merged["label"]) == ("incident", when[:7])
    assert merged["parts"] >= 2
    assert city.ask("feed", "merge", who="Ann", purpose=True) == {"merged": []}


def test_pushes_are_received_after_an_entry(city: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: PushReceiver) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(PushReceiver, "serve_forever", interrupted)
    monkeypatch.setenv("PEELIAN_PUSH_SECRET", "ab" * 32)
    (city.folder / "inbox").mkdir(exist_ok=True)
    told = f"schema: 1\nsource: {city.folder / 'mapping.yaml'}\ninbox: {city.folder / 'inbox'}\n"
    said = city.type("feed", "receive", city.file("feed.yaml", told), "--port", "0", who="Ann", purpose=True)
    assert "on this machine only: http://127.0.0.1:" in said.out
    assert said.out.rstrip().endswith("Stopped.")
