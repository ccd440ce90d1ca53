"""Commands by which data come in by themselves, from a publisher or a live feed, and by which they go out openly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, write_json
from peelian.domain.canonical import Document, Json

feed = typer.Typer(no_args_is_help=True, help="Live feeds: calls and reclassifications, by the minute.")

FeedFile = Annotated[Path, typer.Argument(help="The YAML of the feed: its source, its inbox, its database.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    for command in (fetch, release):
        app.command()(command)
    app.add_typer(feed, name="feed")


def fetch(
    mapping: Annotated[str, typer.Argument(help="Path of a mapping YAML, or the id of an installed one.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Fetch what is new from a source's publisher and load it; a cut fetch goes on where it stopped."""
    from peelian.app.fetching import bring
    from peelian.app.words import load_document, load_lines
    from peelian.city.service import mapping_named

    source = mapping_named(mapping)
    done = bring(home, source, who=who, purpose=purpose)
    if done.fetched is None or done.load is None:
        say(f"Nothing is new at the publisher of {source.id}.", json_path=json_path)
        write_json({"source": source.id, "new": 0}, json_path)
        return
    pages = f"{done.fetched.pages} pages from {done.fetched.address}"
    say(pages, *done.fetched.notes, *load_lines(done.load, name=source.id), json_path=json_path)
    fetched: Document = {
        "pages": done.fetched.pages,
        "address": done.fetched.address,
        "notes": list(done.fetched.notes),
    }
    told: Document = {"load": load_document(done.load), "fetched": fetched}
    write_json(told, json_path)


def release(
    file: Annotated[Path, typer.Argument(help="The YAML that says what is to be released.")],
    folder: Annotated[Path, typer.Argument(help="A new folder for the files.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Publish aggregated counts with small numbers withheld, with a datasheet for researchers."""
    from peelian.app.releasing import publish

    kept = publish(home, file, folder=folder, who=who, purpose=purpose)
    withheld = sum(figure.count is None for figure in kept.figures)
    say(
        f"Edition {kept.edition} in {folder}: {len(kept.figures):,} figures, of which {withheld:,} say only "
        f'"fewer than {kept.k}"; ledger entry {kept.entry_index}',
        *(str(folder / each.name) for each in kept.files),
        json_path=json_path,
    )
    write_json({"release": kept.release_id, "edition": kept.edition, "entry": kept.entry_index}, json_path)


@feed.command()
def run(
    file: FeedFile,
    who: Who,
    purpose: Purpose,
    once: Annotated[bool, typer.Option("--once", help="One pass, then stop.")] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Take deliveries in as they come, each a load of its own, until interrupted."""
    from peelian.app.feeding import feed_from, passes

    def announce(sentence: str) -> None:
        say(sentence, json_path=json_path)

    taken: list[Json] = []
    for each in passes(home, feed_from(file), who=who, purpose=purpose, once=once, announce=announce):
        announce(each.sentence())
        taken.append({"name": each.name, "waited_s": each.waited.total_seconds(), "held": each.why})
    write_json({"taken": taken}, json_path)


@feed.command()
def merge(who: Who, purpose: Purpose, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Put the small parts of many loads into few with the same rows, so that reading stays fast.

    A part that is larger than all smaller ones of its month together is left as it is.
    """
    from peelian.app.wiring import house
    from peelian.city.feed.service import merge_parts

    with house(home) as opened:
        merged = merge_parts(opened.desk(opened.signer(who)), purpose=purpose)
    say(
        *(each.sentence() for each in merged) if merged else ["There is nothing to merge."],
        json_path=json_path,
    )
    write_json({"merged": [dict(vars(each)) for each in merged]}, json_path)


@feed.command()
def receive(
    file: FeedFile,
    who: Who,
    purpose: Purpose,
    port: Annotated[int, typer.Option(help="Port on the loopback address; 0 takes a free one.")] = 8410,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Take signed pushes on this machine into the feed's inbox, until interrupted or the charter ends.

    The ledger says so first. `feed run` loads them.
    """
    from peelian.app.feeding import feed_from, push_secret
    from peelian.app.push import receive as take_pushes
    from peelian.app.receiving import receiver

    def announce(sentence: str) -> None:
        say(sentence, json_path=json_path)

    secret = push_secret()
    made = receiver(
        home, feed_from(file), who=who, purpose=purpose, secret=secret, port=port, announce=announce
    )
    take_pushes(made, announce=announce)
