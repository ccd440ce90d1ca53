"""The memory of what was published: every edition with every figure, as its record keeps it.

Without it nothing can be audited, so an edition that is missing stops all further releases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from peelian.city.mapping.grouping import Groupings, regrouped
from peelian.city.release.figures import Figure, Slice
from peelian.city.release.knowledge import Cell
from peelian.city.release.spec import ReleaseSpec
from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import Refused, Tampered


@dataclass(frozen=True)
class Edition:
    """One release that was published: what it covered and what it said for the first time.

    `number` counts from 1; `entry_index` is its ledger entry; `groupings` say how codes were counted at the time.
    """

    number: int
    entry_index: int
    lattice: str
    first: date
    end: date
    offences: tuple[str, ...]
    origins: tuple[str, ...]
    groupings: Groupings
    figures: tuple[Figure, ...]

    def covers(self, each: Slice) -> bool:
        """Return whether some day of a slice was published in this edition, of whatever offence and origin."""
        return each.start < self.end and self.first < each.end


def body_of(
    spec: ReleaseSpec,
    figures: Sequence[Figure],
    *,
    edition: int,
    k: int,
    agency: str,
    sources: Sequence[str],
    groupings: Groupings,
) -> Document:
    """Return the body of the record `release`: the spec and, by slice, what this edition says that none did before."""
    by_slice: dict[Slice, list[Sequence[int | None]]] = {}
    for figure in figures:
        by_slice.setdefault(figure.slice, []).append([figure.first, figure.stop, figure.count])
    news: list[Document] = [
        {"slice": [str(each.start), str(each.end), each.offence, each.origin], "runs": runs}
        for each, runs in sorted(by_slice.items())
    ]
    return {
        "schema": 1,
        "edition": edition,
        "k": k,
        "agency": agency,
        "sources": list(sources),
        "groupings": {source: dict(rules) for source, rules in groupings.items()},
        "spec": spec.document(),
        "news": news,
        "table": digest(canonical({"news": news})),
    }


def edition_of(body: Mapping[str, Any], *, entry_index: int) -> Edition:
    """Return the edition that a record's body tells of."""
    if digest(canonical({"news": body["news"]})) != body["table"]:
        raise Tampered(f"The release of ledger entry {entry_index} is not the table that was published.")
    spec = body["spec"]
    return Edition(
        number=body["edition"],
        entry_index=entry_index,
        lattice=spec["lattice"],
        first=date.fromisoformat(spec["first"]),
        end=date.fromisoformat(spec["end"]),
        offences=tuple(spec["offences"]),
        origins=tuple(spec["origins"]),
        groupings=body.get("groupings", {}),
        figures=tuple(
            Figure(_slice(news["slice"]), first, stop, count, k=body["k"], edition=body["edition"])
            for news in body["news"]
            for first, stop, count in news["runs"]
        ),
    )


def in_order(editions: Sequence[Edition]) -> tuple[Edition, ...]:
    """Return the editions from the first on, or refuse where one is missing."""
    ordered = tuple(sorted(editions, key=lambda edition: edition.number))
    if [edition.number for edition in ordered] != list(range(1, len(ordered) + 1)):
        raise Refused(
            "An earlier release is missing from the records, so nobody can tell what a new one would give away "
            f"beside it (there are {', '.join(str(edition.number) for edition in ordered)}).",
            rule="releases-are-remembered",
            citation="house rule: what the public knows is not forgotten by the house",
            remedy="Restore the record from a backup, and keep releases for as long as new ones are made.",
        )
    return ordered


def check_lattice(spec: ReleaseSpec, past: Sequence[Edition]) -> None:
    """Refuse to count incidents by other places or periods than an earlier release counted them by."""
    for edition in past:
        overlaps = (
            edition.lattice != spec.lattice
            and spec.first < edition.end
            and edition.first < spec.end
            and set(spec.offences) & set(edition.offences)
            and set(map(str, spec.origins)) & set(edition.origins)
        )
        if overlaps:
            raise Refused(
                f"Release {edition.number} (ledger entry {edition.entry_index}) counted incidents of these days by "
                "other places or periods; two geographies over the same incidents can be subtracted.",
                rule="one-lattice",
                citation="house rule, after Hundepool et al., Statistical Disclosure Control (2012), ch. 4",
                remedy="Use its places and periods, or release other days, offences or origins.",
            )


def heed_grouping(
    news: Sequence[Figure], *, said: Sequence[Figure], past: Sequence[Edition], groupings: Groupings
) -> tuple[Figure, ...]:
    """Return the news that no regrouping of codes can be read from, or refuse.

    Where a source's rules are other ones than when an edition was published, its figures stand as first said, and no
    figure of another slice may come to stand beside them: the same incidents can have been counted in both.
    """
    slices = {figure.slice for figure in said}
    kept = []
    for figure in news:
        moved = _moved(figure.slice, past, groupings)
        if moved is None:
            kept.append(figure)
        elif figure.slice not in slices:
            raise _regrouped(figure.slice, *moved)
    return tuple(kept)


def _moved(each: Slice, past: Sequence[Edition], groupings: Groupings) -> tuple[Edition, str] | None:
    """Return an edition that covers days of this slice, and a source that can have been regrouped since."""
    for edition in past:
        if edition.covers(each) and (sources := regrouped(groupings, since=edition.groupings)):
            return edition, sources[0]
    return None


def _regrouped(each: Slice, edition: Edition, source: str) -> Refused:
    return Refused(
        f"Since release {edition.number} (ledger entry {edition.entry_index}) the source {source!r} counts its codes "
        f"by other rules, so a first figure of {each} could be subtracted from what was published of these days.",
        rule="one-grouping",
        citation="house rule, after Hundepool et al., Statistical Disclosure Control (2012), ch. 4",
        remedy="For these days release only the offences and origins that were released before, or release days that "
        "no earlier release covers.",
    )


def cells_of(figures: Sequence[Figure], *, lattice: str, title: str = "release") -> tuple[Cell, ...]:
    """Return the figures as the auditor takes them: each place of each slice is a member of its own."""
    return tuple(
        Cell(
            table=f"{title} {figure.edition}",
            name=f"{figure.slice}, places {figure.first + 1} to {figure.stop}",
            edition=figure.edition,
            low=0 if figure.count is None else figure.count,
            high=figure.k - 1 if figure.count is None else figure.count,
            members=frozenset(
                f"{lattice[:16]} {figure.slice} {place}" for place in range(figure.first, figure.stop)
            ),
        )
        for figure in figures
    )


def _slice(parts: Sequence[str]) -> Slice:
    start, end, offence, origin = parts
    return Slice(date.fromisoformat(start), date.fromisoformat(end), offence, origin)
