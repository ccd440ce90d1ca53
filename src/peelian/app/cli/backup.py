"""Commands for backups: made, restored, and told what came after them by two people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who, Why
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, write_json
from peelian.domain.canonical import Document
from peelian.domain.plural import plural
from peelian.domain.time import iso

if TYPE_CHECKING:
    from peelian.city.release.service import StatedEdition, StatedReleases

backup = typer.Typer(no_args_is_help=True, help="Backups, and what was erased since they were made.")

Folder = Annotated[Path, typer.Argument(help="The backup's folder.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(backup, name="backup")


@backup.command("make")
def backup_make(
    folder: Folder,
    who: Who,
    erasures: Annotated[Path, typer.Option(help="Where the signed list of erasures is kept.")],
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Copy the workspace, without its keys, and write the list of erasures beside it."""
    from peelian.app.wiring import house
    from peelian.governance.backups.backup import export_erasures, make_backup

    with house(home) as opened:
        made = make_backup(opened, actor=opened.signer(who), folder=folder)
        export_erasures(opened, actor=opened.signer(who), path=erasures)
    say(
        f"Backup {made.backup_id} in {folder}; its keys stay here: seal them again (`peelian backup keys`).",
        "Make a new backup after each erasure, and export the list after each erasure and each legal hold.",
        json_path=json_path,
    )
    write_json({"backup": made.backup_id, "ledger_size": made.ledger_size}, json_path)


@backup.command("erasures")
def backup_erasures(
    path: Annotated[Path, typer.Argument(help="Where to write the signed list of erasures.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Write the signed list of all erasures, to lie where the backups are."""
    from peelian.app.wiring import house
    from peelian.governance.backups.backup import export_erasures

    with house(home) as opened:
        export_erasures(opened, actor=opened.signer(who), path=path)
    say(f"The list of erasures is in {path}.", json_path=json_path)
    write_json({"erasures": str(path)}, json_path)


@backup.command("keys")
def backup_keys(
    path: Annotated[Path, typer.Argument(help="Where to write the sealed keys.")],
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Seal the workspace's keys with a passphrase (PEELIAN_PASSPHRASE), to be kept apart from the backups."""
    from peelian.app.erasing import passphrase
    from peelian.governance.backups.sealed_keys import seal_keys

    ends = seal_keys(home / "keys", path, passphrase=passphrase())
    say(f"The keys are sealed in {path}; without the passphrase nothing opens them.", json_path=json_path)
    if ends is not None:
        say(
            f"Destroy this copy by {ends:%Y-%m-%d %H:%M} UTC, and after each erasure, and seal the keys anew: it goes "
            "on opening in older backups what is over then.",
            json_path=json_path,
        )
    write_json({"keys": str(path), "destroy_by": None if ends is None else iso(ends)}, json_path)


@backup.command("restore")
def backup_restore(
    folder: Folder,
    keys: Annotated[Path, typer.Option(help="Folder with the workspace's keys, or the file of sealed ones.")],
    home: Home = DEFAULT_HOME,
    erasures: Annotated[Path | None, typer.Option(help="The newest list of erasures.")] = None,
    who: Annotated[
        str | None, typer.Option("--as", help="Who states that there is no newer erasure.")
    ] = None,
    none_since: Annotated[
        str | None,
        typer.Option("--none-since", help="Instead of a list: how it is known that there is none."),
    ] = None,
    json_path: JsonPath = None,
) -> None:
    """Lay a backup out and carry out in it what was erased and decided since; only then it can be worked in.

    Without a list nothing is known of who left, whose data are restricted and what was suspended since the backup: the
    copy is as of its own day, and people enter there again what came after.
    """
    from peelian.app.erasing import restore

    done = restore(folder, home, keys=keys, erasures=erasures, who=who, none_since=none_since)
    entries = ", ".join(map(str, done.entries))
    say(
        f"Restored to {home}; ledger entries {entries} brought it up to date."
        if done.statement_id is None
        else f"Restored to {home}; it opens when another person has looked at what {who} stated, and approved it:\n"
        "  peelian backup stated --as NAME\n"
        "It knows nothing of who left, whose data were restricted and what was suspended since; enter that again.",
        json_path=json_path,
    )
    if done.rows_lacking:
        say(
            f"{plural(done.rows_lacking, 'row')} of the backup are in parts that these keys do not open any more: "
            "erased since, or in one part with what was. Load them again, or restore with the keys of its own day.",
            json_path=json_path,
        )
    write_json(
        {
            "home": str(home),
            "entries": list(done.entries),
            "statement": done.statement_id,
            "rows_lacking": done.rows_lacking,
        },
        json_path,
    )


@backup.command("stated")
def backup_stated(who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show what was stated about erasures since the backup: by whom, why, and the digest to approve it by."""
    from peelian.app.erasing import stated

    found = stated(home, who=who)
    for each in found:
        say(
            f"{each.stated_by} stated on {each.at:%Y-%m-%d %H:%M} UTC that nothing was erased since the backup",
            f"{each.restored} of {each.backup_at:%Y-%m-%d %H:%M} UTC, because: {each.why}",
            f"  peelian backup approve {each.digest} --as NAME",
            json_path=json_path,
        )
    write_json(
        {"stated": [{**vars(each), "at": iso(each.at), "backup_at": iso(each.backup_at)} for each in found]},
        json_path,
    )


@backup.command("approve")
def backup_approve(
    digest: Annotated[
        str, typer.Argument(help="Digest of the statement, as `peelian backup stated` shows it.")
    ],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Approve that nothing was erased since the backup a workspace was restored from; its author cannot."""
    from peelian.app.erasing import approve_statement

    entry = approve_statement(home, digest=digest, who=who)
    say(f"Approved by {who}; ledger entry {entry} opened the workspace.", json_path=json_path)
    write_json({"digest": digest, "entry": entry}, json_path)


@backup.command("releases")
def backup_releases(
    why: Why,
    who: Who,
    purpose: Purpose,
    edition: Annotated[
        list[Path] | None,
        typer.Option(help="The edition.json of a release since the backup; give all of them, or none."),
    ] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """State what a restored workspace has released since its backup; another person approves it."""
    from peelian.app.releasing import state

    statement = state(home, edition or (), why=why, who=who, purpose=purpose)
    say(
        f"Stated: {plural(len(edition or ()), 'release')} since the backup. Another person looks, and approves it:",
        f"  peelian backup stated-releases --as NAME --purpose {purpose}",
        json_path=json_path,
    )
    write_json({"statement": statement}, json_path)


@backup.command("stated-releases")
def backup_stated_releases(
    who: Who, purpose: Purpose, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Show what was stated about releases since the backup: by whom, why, which editions, and the digest of it."""
    from peelian.app.releasing import stated

    found = stated(home, who=who, purpose=purpose)
    for each in found:
        told = plural(len(each.editions), "release")
        say(
            f"{each.stated_by} stated on {each.at:%Y-%m-%d %H:%M} UTC that the public has {told} since the backup",
            f"{each.restored}, because: {each.why}",
            *(edition_line(edition) for edition in each.editions),
            f"  peelian backup approve-releases {each.digest} --as NAME --purpose {purpose}",
            json_path=json_path,
        )
    shown: list[Document] = [_stated_document(each) for each in found]
    write_json({"stated": shown}, json_path)


def edition_line(each: StatedEdition) -> str:
    """Return what an approver compares with the page of releases."""
    last = each.end - timedelta(days=1)
    return (
        f"  edition {each.number}, {each.title!r}: {', '.join(each.offences)}, {each.first} to {last}, "
        f"{plural(each.figures, 'figure')}, ledger entry {each.entry_index}, table {each.table}"
    )


def _stated_document(each: StatedReleases) -> Document:
    editions = [
        {**vars(edition), "first": str(edition.first), "end": str(edition.end)} for edition in each.editions
    ]
    return {**vars(each), "at": iso(each.at), "editions": editions}


@backup.command("approve-releases")
def backup_approve_releases(
    digest: Annotated[
        str, typer.Argument(help="Digest of the statement, as `peelian backup stated-releases` shows it.")
    ],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Approve what was stated about releases since the backup; they count as released from then on."""
    from peelian.app.releasing import approve

    entry = approve(home, digest=digest, who=who, purpose=purpose)
    say(f"Approved by {who}; ledger entry {entry}.", json_path=json_path)
    write_json({"digest": digest, "entry": entry}, json_path)
