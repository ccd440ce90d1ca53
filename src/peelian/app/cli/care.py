"""Commands that care for what is stored: marks, addresses answered by hand, erasure, backups."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Document
from peelian.domain.plural import plural
from peelian.domain.time import iso

if TYPE_CHECKING:
    from peelian.city.release.service import StatedEdition, StatedReleases

mark = typer.Typer(no_args_is_help=True, help="Days whose data are not to be relied on.")
address = typer.Typer(no_args_is_help=True, help="Addresses that nothing could place, answered by hand.")
erasure = typer.Typer(no_args_is_help=True, help="Erasure and expungement: one orders, another carries out.")
backup = typer.Typer(no_args_is_help=True, help="Backups, and what was erased since they were made.")

Why = Annotated[str, typer.Option("--why", help="The reason, in a sentence; it stays on record.")]
Folder = Annotated[Path, typer.Argument(help="The backup's folder.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    for group, name in ((mark, "mark"), (address, "address"), (erasure, "erasure"), (backup, "backup")):
        app.add_typer(group, name=name)


@mark.command("set")
def mark_set(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="First day no longer marked.")],
    why: Why,
    who: Who,
    purpose: Purpose,
    layer: Annotated[str, typer.Option(help="The layer that the areas are of, such as beat.")] = "",
    area: Annotated[list[str] | None, typer.Option(help="Areas; the whole city if none is given.")] = None,
    offence: Annotated[list[str] | None, typer.Option(help="Offences; all if none is given.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Mark days as unreliable: a unit under investigation, a change of systems."""
    from peelian.app.journey import mark as mark_days
    from peelian.app.wiring import house
    from peelian.domain.time import Period

    with house(home) as opened:
        window = mark_days(
            opened,
            actor=opened.signer(who),
            purpose=purpose,
            period=Period(first.date(), end.date(), opened.settings.zone),
            reason=why,
            layer=layer,
            area_ids=area or (),
            offences=offence or (),
        )
    say(f"Marked {window.period} as unreliable: {window.window_id}", json_path=json_path)
    write_json({"mark": window.window_id}, json_path)


@mark.command("lift")
def mark_lift(
    window_id: Annotated[str, typer.Argument(help="Id of the mark.")],
    why: Why,
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Lift a mark; it stays on record with the reason."""
    from peelian.app.wiring import house
    from peelian.city.quality.service import lift_window

    with house(home) as opened:
        lift_window(opened.desk(opened.signer(who)), purpose=purpose, window_id=window_id, reason=why)
    say(f"Lifted {window_id}.", json_path=json_path)
    write_json({"lifted": window_id}, json_path)


@mark.command("list")
def mark_list(who: Who, purpose: Purpose, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show the marks that stand."""
    from peelian.app.wiring import house
    from peelian.city.quality.service import windows

    with house(home) as opened:
        found = windows(opened.desk(opened.signer(who)), purpose=purpose)
    rows = [
        [
            str(w.period),
            f"{w.layer} {', '.join(w.areas)}" if w.areas else "whole city",
            ", ".join(w.offences) or "all",
            w.reason,
            w.window_id,
        ]
        for w in found
    ]
    table("Unreliable days", ["days", "where", "offences", "why", "id"], rows, json_path=json_path)
    write_json({"marks": [window.document() for window in found]}, json_path)


@address.command("waiting")
def address_waiting(
    load_id: Annotated[str, typer.Option("--load", help="Id of the load.")],
    column: Annotated[str, typer.Option(help="The address column, as it is named in the delivery.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Open the addresses of a load that nothing could place; each opening has its ledger entry."""
    from peelian.app.wiring import house
    from peelian.city.geocode.service import waiting

    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        found = waiting(desk, purpose=purpose, load_id=load_id, address_column=column)
    rows = [[str(each.row_number), each.address] for each in found]
    table("Addresses that wait", ["row", "address"], rows, json_path=json_path)
    write_json({"waiting": [vars(each) for each in found]}, json_path)


@address.command("fix")
def address_fix(
    text: Annotated[str, typer.Argument(help="The address as it stands in the delivery.")],
    lon: Annotated[float, typer.Option(help="Longitude, degrees WGS 84.")],
    lat: Annotated[float, typer.Option(help="Latitude, degrees WGS 84.")],
    why: Why,
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Say where an address lies; only a keyed hash of it is kept."""
    from peelian.app.wiring import house
    from peelian.city.geocode.service import fix_address

    with house(home) as opened:
        entry = fix_address(
            opened.desk(opened.signer(who)),
            purpose=purpose,
            naming_key=opened.naming_key,
            address=text,
            lon=lon,
            lat=lat,
            why=why,
        )
    say(f"Kept; ledger entry {entry.index}. The next load of the delivery uses it.", json_path=json_path)
    write_json({"entry": entry.index}, json_path)


@address.command("street")
def address_street(
    said: Annotated[str, typer.Argument(help="The street as deliveries call it.")],
    meant: Annotated[str, typer.Argument(help="The street as the city calls it.")],
    why: Why,
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Say that a whole street name means another."""
    from peelian.app.wiring import house
    from peelian.city.geocode.service import fix_street

    with house(home) as opened:
        entry = fix_street(opened.desk(opened.signer(who)), purpose=purpose, said=said, meant=meant, why=why)
    say(f"{said} is read as {meant} from now on; ledger entry {entry.index}.", json_path=json_path)
    write_json({"entry": entry.index}, json_path)


@erasure.command("order")
def erasure_order(
    mapping: Annotated[str, typer.Option(help="The source: path of a mapping YAML, or an installed id.")],
    ground: Annotated[str, typer.Option(help="court, subject, retention or no-authority.")],
    reference: Annotated[str, typer.Option(help="The file number of the decision; no name.")],
    keys_file: Annotated[Path, typer.Option("--keys", help="File with one published key in each line.")],
    who: Who,
    purpose: Purpose,
    again: Annotated[
        bool, typer.Option("--may-come-again", help="A later delivery may bring them again.")
    ] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Order rows to be erased; their keys are hashed at once and kept nowhere. Another person carries it out."""
    from peelian.app.wiring import house, text_of
    from peelian.city.erasure.service import ground_named, order_erasure
    from peelian.city.service import mapping_named

    with house(home) as opened:
        order = order_erasure(
            opened.desk(opened.signer(who)),
            purpose=purpose,
            mapping=mapping_named(mapping),
            naming_key=opened.naming_key,
            ground=ground_named(ground),
            reference=reference,
            keys=[line for line in text_of(keys_file).splitlines() if line.strip()],
            permanent=not again,
        )
    say(f"Ordered: {plural(len(order.names), 'row')} named. Order {order.order_id}", json_path=json_path)
    if order.unstored:
        say(
            f"{order.unstored:,} of {plural(len(order.names), 'named key')} stood for nothing stored; look at the "
            "spelling, unless their delivery is still to come.",
            json_path=json_path,
        )
    say("Destroy the file of keys; nothing here needs it any more.", json_path=json_path)
    write_json({"order": order.order_id, "named": len(order.names), "unstored": order.unstored}, json_path)


@erasure.command("carry-out")
def erasure_carry_out(
    order_id: Annotated[str, typer.Argument(help="Id of the order.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Erase what another person ordered, from every part; past forecasts that used it are named."""
    from peelian.app.erasing import carry_out

    certificates = carry_out(home, order_id=order_id, who=who, purpose=purpose)
    for done in certificates:
        say(
            f"Erased {plural(done.rows, 'row')} and {plural(done.rejected_rows, 'sealed rejection')}; "
            f"{plural(done.parts_removed, 'part')} "
            f"destroyed, {done.parts_written} rewritten; ledger entry {done.entry_index}",
            *(f"forecast {work.work_id}: {work.says}" for work in done.works),
            done.beyond,
            json_path=json_path,
        )
    rows = sum(done.rows for done in certificates)
    write_json({"order": order_id, "rows": rows, "entries": [d.entry_index for d in certificates]}, json_path)


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
    from peelian.governance.backup import export_erasures, make_backup

    with house(home) as opened:
        made = make_backup(opened, actor=opened.signer(who), folder=folder)
        export_erasures(opened, actor=opened.signer(who), path=erasures)
    say(
        f"Backup {made.backup_id} in {folder}; export the list of erasures after each of them.",
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
    from peelian.governance.backup import export_erasures

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
    from peelian.governance.sealed_keys import seal_keys

    seal_keys(home / "keys", path, passphrase=passphrase())
    say(f"The keys are sealed in {path}; without the passphrase nothing opens them.", json_path=json_path)
    write_json({"keys": str(path)}, json_path)


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
    """Lay a backup out and carry out in it what was erased since; only then it can be worked in."""
    from peelian.app.erasing import restore

    done = restore(folder, home, keys=keys, erasures=erasures, who=who, none_since=none_since)
    entries = ", ".join(map(str, done.entries))
    say(
        f"Restored to {home}; ledger entries {entries} brought it up to date."
        if done.statement_id is None
        else f"Restored to {home}; it opens when another person has looked at what {who} stated, and approved it:\n"
        "  peelian backup stated --as NAME",
        json_path=json_path,
    )
    write_json({"home": str(home), "entries": list(done.entries), "statement": done.statement_id}, json_path)


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
            *(_edition(edition) for edition in each.editions),
            f"  peelian backup approve-releases {each.digest} --as NAME --purpose {purpose}",
            json_path=json_path,
        )
    shown: list[Document] = [_stated_document(each) for each in found]
    write_json({"stated": shown}, json_path)


def _edition(each: StatedEdition) -> str:
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
