"""What is said about a release in plain words, in its README and in its datasheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.city.release.figures import Figure
from peelian.city.release.spec import ReleaseSpec
from peelian.domain.plan import LEGAL_EFFECT

NOT_CRIME = (
    "Recorded crime is not crime. The table counts incidents that somebody reported or found and an agency recorded; "
    "what is reported differs by offence, place and trust in the police, and what is found depends on where police "
    "look."
)


@dataclass(frozen=True)
class Published:
    """A release as it leaves the house.

    Parameters
    ----------
    figures : the standing figures of every slice the spec asks for.
    entries : the ledger entry of each edition so far, the first edition first.
    agency : who answers for the data, as the charter names it.
    sources : ids of the sources whose loads the data came from.
    """

    spec: ReleaseSpec
    edition: int
    k: int
    figures: tuple[Figure, ...]
    entries: tuple[int, ...]
    at: datetime
    agency: str
    sources: tuple[str, ...]

    @property
    def entry_index(self) -> int:
        """Return the ledger entry of this release."""
        return self.entries[self.edition - 1]


def rule(k: int) -> str:
    """Return the rule of protection in words."""
    return (
        f"Places are walked in the order of places.csv and joined until they hold {k} incidents or more; what is left "
        f"over joins the last run. Where the whole area has fewer than {k}, that is all that is said, zero included. A "
        f"figure is never lowered, and raised only when at least {k} more incidents are known; the runs stay as first "
        "published, and so does every figure of days that were published before a source grouped its codes otherwise. "
        f"So no number below {k}, and no change below {k}, can be computed from this and all earlier releases together."
    )


def limits(published: Published) -> tuple[str, ...]:
    """Return what the figures do not show."""
    return (
        f"Runs differ between periods, offences and origins, so compare sums over the same places. {rule(published.k)}",
        f"A period is counted {published.spec.settle_days} days after it ends at the earliest. Later reports show only "
        f"once they add {published.k} or more to a figure, and a figure stays too high where records were taken back.",
        "There is no point, no hour and no person in the table, and none can be added. It is not fit for "
        "judging persons, addresses or single streets.",
    )


def biases(published: Published) -> tuple[str, ...]:
    """Return which way the figures lean."""
    origins = ", ".join(sorted(published.spec.origins))
    return (
        NOT_CRIME,
        f"Origin of the records counted: {origins}. Incidents of other origins are not in the table.",
    )


def provenance(published: Published) -> str:
    """Return where every figure came from."""
    return (
        f"Computed from ledger entries 0 to {published.entry_index}; the column ledger_entry names, for each figure, "
        f"the release that first said it. Sources: {', '.join(published.sources) or 'none'}."
    )


def readme(published: Published) -> str:
    """Return README.txt."""
    spec = published.spec
    withheld = sum(figure.count is None for figure in published.figures)
    last = spec.end - timedelta(days=1)
    return "\n\n".join(
        (
            f"{spec.title}\nRelease {published.edition}, ledger entry {published.entry_index}, {published.at:%Y-%m-%d}",
            f"Incidents recorded by {published.agency}, {spec.first} to {last}, counted by {spec.step} and place: "
            f"{', '.join(sorted(spec.offences))}. {len(published.figures):,} figures, {withheld:,} of them withheld.",
            "counts.csv: first_day and last_day of the period, offence, origin, from_place to to_place (numbers in "
            "places.csv, both included), incidents, or fewer_than where no number is told, ledger_entry.\n"
            "places.csv: number, place, outline (WKT, WGS 84). The last place is everywhere else.\n"
            "croissant.json: the same for machines, with checksums. edition.json: what this edition said first, as the "
            "agency's own records keep it, with the ledger entry that names its digest and the receipt of that entry.",
            *biases(published),
            *limits(published),
            provenance(published),
            f"Licence: {spec.licence}",
            LEGAL_EFFECT,
        )
    ) + "\n"  # fmt: skip
