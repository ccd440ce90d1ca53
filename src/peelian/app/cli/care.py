"""Commands that care for what is stored: marks, addresses answered by hand, erasure."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who, Why
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Document
from peelian.domain.plural import plural

mark = typer.Typer(no_args_is_help=True, help="Days whose data are not to be relied on.")
address = typer.Typer(no_args_is_help=True, help="Addresses that nothing could place, answered by hand.")
erasure = typer.Typer(no_args_is_help=True, help="Erasure and expungement: one orders, another carries out.")


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    for group, name in ((mark, "mark"), (address, "address"), (erasure, "erasure")):
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

    carried = carry_out(home, order_id=order_id, who=who, purpose=purpose)
    for done in carried.certificates:
        say(
            f"Erased {plural(done.rows, 'row')} and {plural(done.rejected_rows, 'sealed rejection')}; "
            f"{plural(done.parts_removed, 'part')} "
            f"destroyed, {done.parts_written} rewritten; ledger entry {done.entry_index}",
            *(f"forecast {work.work_id}: {work.says}" for work in done.works),
            done.beyond,
            json_path=json_path,
        )
    lost: Document | None = None if carried.lost is None else dict(vars(carried.lost))
    if carried.lost is not None:
        say(carried.lost.sentence(), json_path=json_path)
    rows, entries = sum(d.rows for d in carried.certificates), [d.entry_index for d in carried.certificates]
    write_json({"order": order_id, "rows": rows, "entries": entries, "lost_to_backups": lost}, json_path)
