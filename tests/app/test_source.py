"""Adding a source through the commands a newcomer types: draft, decide, check, look; nothing is stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.commands import run

HEAD = "Report No,Occ Date,Occ Time,Rpt Date,Crime Desc,Beat,Y_COORD,X_COORD,Officer\n"


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    path = tmp_path / "incidents.csv"
    rows = [
        f"E{n},03/{n % 28 + 1:02d}/2024,{n % 24:02d}15,03/28/2024,{('Burglary', 'Robbery')[n % 2]},{n % 9},"
        f"{41.85 + n / 10_000:.4f},{-87.65 + n / 10_000:.4f},Ofc {n % 7}\n"
        for n in range(400)
    ]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def mapping(delivery: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    options = ("--id", "elm", "--zone", "America/Chicago", "--publisher", "Elm", "--licence", "CC0")
    drafted = run(capsys, "source", "draft", delivery, *options)
    assert drafted.code == 0, drafted.err
    path = delivery.with_name("elm.yaml")
    path.write_text(drafted.out, encoding="utf-8")
    return path


def decided(mapping: Path, *, precision_m: int) -> Path:
    text = mapping.read_text(encoding="utf-8")
    text = text.replace('frequency: "?"', "frequency: weekly")
    mapping.write_text(text.replace('precision_m: "?"', f"precision_m: {precision_m}"), encoding="utf-8")
    return mapping


def test_a_draft_asks_and_a_mapping_with_a_question_is_refused(
    delivery: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(capsys, "source", "check", mapping, delivery)
    assert said.code == 1
    assert "decide what stands as '?' in line" in said.err


def test_a_column_about_people_stands_in_comments_only(mapping: Path) -> None:
    named = [line for line in mapping.read_text(encoding="utf-8").splitlines() if "Officer" in line]
    assert named
    assert all(line.lstrip().startswith("#") for line in named)


def test_from_a_draft_to_a_checked_mapping_and_its_page(
    delivery: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Date and time of day are two columns here, which the page once fell over."""
    decided(mapping, precision_m=100)
    said = run(capsys, "source", "check", mapping, delivery, "--json", "-")
    assert said.code == 0, said.err
    assert (json.loads(said.out)["read"], json.loads(said.out)["accepted"]) == (400, 400)
    page = run(capsys, "source", "page", mapping, delivery)
    assert page.code == 0
    assert page.out.startswith("<!doctype html>")
    assert "Burglary" in page.out
    assert "Ofc 1" not in page.out


def test_what_its_places_would_not_carry_is_said_before_anything_is_loaded(
    delivery: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(capsys, "source", "check", decided(mapping, precision_m=200), delivery)
    assert said.code == 0
    assert "there is no claim on 250 m cells: take cells of 400 m or more" in said.out


def test_a_code_nobody_explained_would_hold_the_load(
    delivery: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(mapping, precision_m=100)
    delivery.write_text(delivery.read_text().replace("Robbery", "Piracy", 1), encoding="utf-8")
    said = run(capsys, "source", "check", mapping, delivery)
    assert said.code == 1
    assert "'Piracy'" in said.out


def test_the_sources_of_the_house_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, "source", "list", "--json", "-")
    assert {each["id"] for each in json.loads(said.out)["sources"]} >= {
        "chicago",
        "police-uk-archive",
        "cad-export",
    }
