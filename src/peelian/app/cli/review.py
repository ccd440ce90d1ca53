"""Commands of review: what waits, reading it blind, acting on what was confirmed, hand-over, figures on readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.finding import GROUNDS

if TYPE_CHECKING:
    from peelian.governance.review.agreement import Figure
    from peelian.governance.review.verdict import Opinion
    from peelian.governance.review.views import BlindView, FullView

FindingId = Annotated[str, typer.Argument(help="Id of a finding, as `peelian review list` shows it.")]

review = typer.Typer(no_args_is_help=True, help="Findings: people dispose of what machines say.")


decoys = typer.Typer(help="The stock of decoys, which oversight keeps and the house places.")
review.add_typer(decoys, name="decoys")


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(review, name="review")


@review.command("list")
def review_list(who: Who, purpose: Purpose, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List what waits for a reader, the most severe and the oldest first, and what was confirmed."""
    from peelian.app.wiring import house
    from peelian.governance.review.service import queue

    with house(home) as opened:
        found = queue(opened.desk(opened.signer(who)), purpose=purpose)
    rows = [
        [
            item.finding_id,
            item.about.value,
            item.severity.value,
            item.state.value,
            f"{item.due:%Y-%m-%d %H:%M} UTC{' (late)' if item.escalated(found.at) else ''}",
        ]
        for item in found.waiting
    ]
    table("Waiting for a reader", ["finding", "about", "severity", "state", "due"], rows, json_path=json_path)
    for item in found.confirmed:
        say(f"Confirmed, and not acted on: {item.finding_id}", json_path=json_path)
    say(f"Legal effect: {GROUNDS}.", json_path=json_path)
    write_json(found.document(), json_path)


@review.command("read")
def review_read(
    finding_id: FindingId,
    who: Who,
    purpose: Purpose,
    verdict: Annotated[
        str | None,
        typer.Option(help="confirmed, unfounded, inconclusive or referred: commits your judgement."),
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(help="The reason, one of docs/reference/review.md, e.g. 'the evidence shows it'."),
    ] = None,
    words: Annotated[str | None, typer.Option(help="The reason in your own words.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Everything, once you have judged or it is decided.")
    ] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Open a finding blind; with --verdict, --why and --words commit your signed judgement, and see the rest."""
    from peelian.app.wiring import house
    from peelian.governance.review import service

    opinion = _opinion(verdict, why, words)
    view: BlindView | FullView
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        if opinion is not None:
            view = service.judge(desk, purpose=purpose, finding_id=finding_id, opinion=opinion)
        elif full:
            view = service.read_finding(desk, purpose=purpose, finding_id=finding_id)
        else:
            view = service.open_finding(desk, purpose=purpose, finding_id=finding_id)
    say(*view.lines(), json_path=json_path)
    write_json(view.document(), json_path)


@review.command("dispose")
def review_dispose(
    finding_id: FindingId,
    who: Who,
    purpose: Purpose,
    ground: Annotated[
        str,
        typer.Option(help="witness, call, seen by an officer, thing found, order of a court or prosecutor."),
    ],
    reference: Annotated[str, typer.Option(help="The number the ground has outside of this system.")],
    words: Annotated[str, typer.Option(help="What a person saw, heard or holds.")],
    urgent: Annotated[
        bool, typer.Option("--urgent", help="Life is at risk, and one reader has confirmed.")
    ] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Act on a confirmed finding, on a ground that is not the system's own output."""
    from peelian.app.wiring import house
    from peelian.domain.section import closed
    from peelian.governance.review import service
    from peelian.governance.review.announcement import Announcement
    from peelian.governance.review.grounds import Ground, GroundKind

    def announce(said: Announcement) -> None:
        say(
            f"URGENT: {said.by} acts on one reading of {said.finding_id}; a second reading is due by "
            f"{said.second_read_due:%H:%M} UTC.",
            json_path=json_path,
        )

    kind = GroundKind(closed(ground, GroundKind, where="--ground", what="kind of ground"))
    with house(home) as opened:
        view = service.dispose(
            opened.desk(opened.signer(who)),
            purpose=purpose,
            finding_id=finding_id,
            ground=Ground(kind, reference, words),
            urgent=urgent,
            announce=announce,
        )
    say(*view.lines(), json_path=json_path)
    write_json(view.document(), json_path)


@review.command("handover")
def review_handover(
    who: Who,
    purpose: Purpose,
    to: Annotated[
        str | None, typer.Option(help="The reviewer who takes over; without one, show the log.")
    ] = None,
    note: Annotated[str, typer.Option(help="What the next one should know.")] = "",
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Hand the queue over to the next reviewer with --to and --note, or show the log of hand-overs."""
    from peelian.app.wiring import house
    from peelian.governance.review import service
    from peelian.governance.service import person_named

    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        if to is None:
            log = service.handovers(desk, purpose=purpose)
        else:
            log = (service.hand_over(desk, purpose=purpose, to=person_named(opened.kit, to), note=note),)
    for each in log:
        say(
            f"{each.at:%Y-%m-%d %H:%M} UTC: {each.by} to {each.to}; {len(each.waiting)} waiting, "
            f"{each.escalated} too long. {each.note}",
            json_path=json_path,
        )
    write_json({"handovers": [each.document() for each in log]}, json_path)


@review.command("statistics")
def review_statistics(
    who: Who,
    purpose: Purpose,
    seed: Annotated[int, typer.Option(help="Seed of the resampling behind the intervals.")] = 1829,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Show how readers read: agreement, decoys, overrides, time, repeated reasons, each with its interval."""
    import numpy as np

    from peelian.app.wiring import house
    from peelian.governance.review.service import figures

    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        found = figures(desk, purpose=purpose, rng=np.random.default_rng(seed))
    rows = [
        [
            each.reader,
            str(each.readings),
            *(_short(figure) for figure in (each.decoys_right, each.overrides, each.seconds, each.repeated)),
            "" if each.flagged_after is None else f"after {each.flagged_after}",
        ]
        for each in found.readers
    ]
    columns = ["reader", "read", "decoys right", "overrides", "seconds", "repeated", "reads without looking"]
    table("Readers (95 % intervals)", columns, rows, json_path=json_path)
    say(
        f"Cohen's kappa {_short(found.kappa)}; Krippendorff's alpha {_short(found.alpha)}.",
        f"Urgent acts: {found.urgent_acts}, of which called back: {found.called_back}.",
        json_path=json_path,
    )
    write_json(found.document(), json_path)


@decoys.command("add")
def decoys_add(
    file: Annotated[
        Path, typer.Argument(help="The invented finding, JSON as `peelian review read --json` writes one.")
    ],
    holds: Annotated[
        bool, typer.Option("--holds/--false", help="Whether its claim holds; four of five should be false.")
    ],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Lay a decoy in, sealed; the house places it among findings of its kind, at a time of its own."""
    from peelian.app.wiring import house
    from peelian.domain.finding import finding_from_document
    from peelian.governance.review.decoys import Decoy
    from peelian.governance.review.stock import lay_in

    made = Decoy(finding_from_document(_json(file)), holds=holds)
    with house(home) as opened:
        entry = lay_in(opened.kit, actor=opened.signer(who), decoy=made)
    say(f"The decoy is in stock; ledger entry {entry.index}.", json_path=json_path)
    write_json({"entry": entry.index}, json_path)


@decoys.command("stock")
def decoys_stock(who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show how many decoys are left, and what share of all findings those placed are."""
    from peelian.app.wiring import house
    from peelian.governance.review.stock import stock_figures

    with house(home) as opened:
        found = stock_figures(opened.kit, actor=opened.signer(who))
    said = f"{found.left} left, {found.placed} placed among {found.findings} findings: {_short(found.share)}."
    say(said, json_path=json_path)
    write_json(found.document(), json_path)


def _json(file: Path) -> object:
    from peelian.domain.errors import BadInput

    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{file} cannot be read as JSON ({error}); give one finding as a JSON object."
        ) from error


def _opinion(verdict: str | None, why: str | None, words: str | None) -> Opinion | None:
    """Return the judgement that the options give; a part of one is refused, and none is None."""
    from peelian.domain.errors import BadInput
    from peelian.governance.review.verdict import opinion_from_document

    told = {"verdict": verdict, "why": why, "words": words}
    missing = [f"--{name}" for name, text in told.items() if text is None]
    if len(missing) == len(told):
        return None
    if missing:
        raise BadInput(
            f"A judgement lacks {' and '.join(missing)}; give all of --verdict, --why and --words."
        )
    return opinion_from_document(told)


def _short(figure: Figure) -> str:
    """Return a figure with its interval; a dash where it is not defined."""
    if figure.value != figure.value:
        return "-"
    if figure.lo != figure.lo:
        return f"{figure.value:.2f} (n={figure.of})"
    return f"{figure.value:.2f} [{figure.lo:.2f}, {figure.hi:.2f}] (n={figure.of})"
