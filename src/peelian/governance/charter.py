"""The charter: a dated, approved, expiring file without which nothing runs.

For: reading a charter strictly, and the form a person fills in. The digest is that of the exact bytes, so any
change at all makes another charter.
Not for: whether the reasons it gives are good; the person who approves it judges that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path

from peelian.domain.canonical import digest
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin
from peelian.domain.section import Section, closed, schema_one
from peelian.domain.strict import read_toml
from peelian.governance.card import slug
from peelian.governance.enabling import check_admitted, check_registration, check_technology
from peelian.governance.prohibition.prohibited import JURISDICTIONS, VICTIM_REPORTED
from peelian.governance.register import Register, installed_register
from peelian.governance.retention import check_schedule
from peelian.governance.sharing import check_mandate, check_recipients, mandate_from, recipient_from
from peelian.governance.terms import (
    LEAST_DECOYS,
    MOST_DECOYS,
    Area,
    Charter,
    CharterLimits,
    Responsible,
    Review,
    in_force,
    permits,
)
from peelian.governance.wording import blanks, check_reason

__all__ = [
    "Area",
    "Charter",
    "CharterLimits",
    "Responsible",
    "Review",
    "example_text",
    "in_force",
    "open_charter",
    "permits",
    "read_charter",
    "template",
]

_WHERE = "charter"
_YEARS_MAX = 2  # the house's own rule: a reason that was good two years ago is looked at again


def template() -> str:
    """Return the form of a charter; as it stands it is refused, until every <...> is filled in."""
    register = installed_register()
    return (
        _file("template.toml")
        .replace("{capabilities}", _choices(item.id for item in register.capabilities))
        .replace("{purposes}", _choices(item.id for item in register.purposes))
        .replace("{data_kinds}", _choices(item.id for item in register.data_kinds if item.chartered))
    )


def example_text(*, valid_from: date = date(2026, 1, 1), expires: date = date(2027, 1, 1)) -> str:
    """Return a complete charter, that of the demonstration, for the days given."""
    text = _file("demo.toml")
    for key, day in (("valid_from", valid_from), ("expires", expires)):
        lines = [f"{key} = {day}" if line.startswith(f"{key} =") else line for line in text.split("\n")]
        text = "\n".join(lines)
    return text


def _choices(names: Iterable[str]) -> str:
    return f"Known are: {', '.join(names)}."


def _file(name: str) -> str:
    source = resources.files("peelian.governance") / "charters" / name
    return source.read_bytes().decode()


def read_charter(text: str, *, register: Register) -> Charter:
    """Read a charter; anything unknown, missing, of the wrong type, blank or out of bounds is refused.

    `text` is the file's bytes decoded as UTF-8, line ends untouched, because the digest is that of the bytes.
    """
    charter = kept_charter(text)
    check_charter(charter, register=register)
    return charter


@lru_cache(maxsize=64)
def kept_charter(text: str) -> Charter:
    """Read a charter that was submitted some time ago, without asking whether today's rules would let it in.

    What it says of terms holds for all that was stored under it, also where a later rule refuses charters like it.
    """
    with read_toml(text, where=_WHERE) as top:
        schema_one(top)
        return _read(top, content_digest=digest(text.encode()))


def known_part(charter: Charter, *, register: Register) -> Charter:
    """Return a charter submitted before without the capabilities that the register has lost since."""
    known = {item.id for item in register.capabilities}
    return replace(
        charter,
        capabilities=tuple(name for name in charter.capabilities if name in known),
        registration=tuple(row for row in charter.registration if row[0] in known),
    )


def check_charter(charter: Charter, *, register: Register) -> None:
    """Refuse a charter that the rules of today do not let in."""
    _check_filled_in(charter)
    _check_dates(charter)
    _check_names(charter, register)
    _check_reasons(charter)
    _check_bounds(charter)
    check_schedule(charter, register)
    check_technology(charter, register)
    check_registration(charter, register)
    check_admitted(charter)
    check_recipients(charter)
    check_mandate(charter, register)


def open_charter(path: Path, *, register: Register) -> Charter:
    """Read the charter in the file at `path`, whose digest is that of the file."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check the path.") from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again."
        ) from error
    return read_charter(text, register=register)


def _read(top: Section, *, content_digest: str) -> Charter:
    return Charter(
        id=top.text("id"),
        version=top.integer("version"),
        title=top.text("title"),
        owner=top.text("owner"),
        valid_from=top.day("valid_from"),
        expires=top.day("expires"),
        law=top.texts("law"),
        capabilities=top.texts("capabilities"),
        purpose=top.text("purpose"),
        legal_basis=top.text("legal_basis"),
        necessity=top.text("necessity"),
        proportionality=top.text("proportionality"),
        data=top.texts("data"),
        offences=top.texts("offences"),
        origins=_origins(top),
        origins_reason=top.optional_text("origins_reason"),
        models=top.texts("models"),
        area=_area(top.section("area")),
        retention=top.named_integers("retention"),
        review=_review(top.section("review")),
        limits=_limits(top.section("limits")),
        responsible=_responsible(top.section("responsible")),
        digest=content_digest,
        registration=_registration(top),
        recipients=tuple(recipient_from(part) for part in top.optional_sections("recipients")),
        mandate=mandate_from(top.section("mandate")) if "mandate" in top else None,
        admitted_inputs=top.optional_texts("admitted_inputs"),
        admitted_inputs_reason=top.optional_text("admitted_inputs_reason"),
    )


def _registration(top: Section) -> tuple[tuple[str, str], ...]:
    with top.optional_section("registration") as section:
        return tuple(section.rest(section.text).items())


def _origins(top: Section) -> tuple[Origin, ...]:
    if "origins" not in top:
        return tuple(VICTIM_REPORTED)
    return tuple(
        Origin(closed(name, Origin, where=top.where, what="origin")) for name in top.texts("origins")
    )


def _area(section: Section) -> Area:
    with section:
        bbox = section.numbers("bbox") if "bbox" in section else None
        return Area(section.text("name"), None if bbox is None else _bbox(bbox, where=section.where))


def _bbox(numbers: tuple[float, ...], *, where: str) -> tuple[float, float, float, float]:
    if len(numbers) == 4:
        west, south, east, north = numbers
        if -180 <= west < east <= 180 and -90 <= south < north <= 90:
            return west, south, east, north
    raise BadInput(f"{where}: bbox must be west, south, east, north in degrees, west and south first.")


def _review(section: Section) -> Review:
    with section:
        share = section.number("decoy_share") if "decoy_share" in section else MOST_DECOYS
        return Review(section.integer("approvals"), section.text("rule"), share)


def _limits(section: Section) -> CharterLimits:
    with section:
        return CharterLimits(
            places_max=section.integer("places_max"),
            dwell_min_minutes=section.integer("dwell_min_minutes"),
            dwell_max_minutes=section.integer("dwell_max_minutes"),
            revisit_gap_minutes=section.integer("revisit_gap_minutes"),
            small_number_k=section.integer("small_number_k"),
        )


def _responsible(section: Section) -> Responsible:
    with section:
        return Responsible(
            vendor=section.text("vendor"),
            agency=section.text("agency"),
            operator=section.text("operator"),
            answers_to=section.text("answers_to"),
            redress=section.text("redress"),
        )


def _check_filled_in(charter: Charter) -> None:
    left = blanks(dict(_texts(charter)))
    if left:
        raise BadInput(
            f"The {_WHERE} is not filled in yet: {', '.join(left)}. Answer each and check it again."
        )


def _texts(charter: Charter) -> Iterable[tuple[str, str]]:
    """Return every text a person wrote, by its key."""
    for key in ("id", "title", "owner", "purpose", "legal_basis", "necessity", "proportionality"):
        yield key, getattr(charter, key)
    yield "offences", " ".join(charter.offences)
    yield "origins_reason", charter.origins_reason
    yield "area.name", charter.area.name
    yield "review.rule", charter.review.rule
    for key, text in vars(charter.responsible).items():
        yield f"responsible.{key}", text
    for name, registered in charter.registration:
        yield f"registration.{name}", registered
    for recipient in charter.recipients:
        yield "recipients.name", recipient.name
        yield "recipients.legal_basis", recipient.legal_basis


def _check_dates(charter: Charter) -> None:
    first, end = charter.valid_from, charter.expires
    if end <= first:
        raise BadInput(f"The {_WHERE} expires on {end}, not after valid_from, {first}; give a later day.")
    latest = _years_later(first, _YEARS_MAX)
    if end > latest:
        raise BadInput(
            f"The {_WHERE} would hold from {first} until {end}; this house allows {_YEARS_MAX} years at most "
            f"(house rule, not law). Let it expire by {latest} and renew it then."
        )


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _check_names(charter: Charter, register: Register) -> None:
    slug(charter.id, where=_WHERE)
    for key in ("law", "capabilities", "data", "offences", "origins", "models"):
        if not getattr(charter, key):
            raise BadInput(f"The {_WHERE} names nothing under {key!r}; name at least one.")
    for name in charter.law:
        closed(name, JURISDICTIONS, where=_WHERE, what="jurisdiction")
    for name in charter.capabilities:
        register.capability(name)
    for name in charter.data:
        register.data_kind(name)
    for name in charter.models:
        register.model(name)
    register.purpose(charter.purpose)


def _check_reasons(charter: Charter) -> None:
    check_reason(charter.necessity, where=_WHERE, key="necessity")
    check_reason(charter.proportionality, where=_WHERE, key="proportionality")
    if charter.necessity.casefold() == charter.proportionality.casefold():
        raise BadInput(
            f"The {_WHERE} says the same under necessity and proportionality; they are two questions."
        )
    others = sorted(set(charter.origins) - VICTIM_REPORTED)
    if others and not charter.origins_reason:
        raise BadInput(
            f"The {_WHERE} admits the origin {', '.join(others)} without 'origins_reason'; counting what patrols "
            "and sensors find sends them where they already are, so say why it is needed."
        )
    if charter.origins_reason:
        check_reason(charter.origins_reason, where=_WHERE, key="origins_reason")


def _check_bounds(charter: Charter) -> None:
    limits = charter.limits
    rules = {
        "version must be 1 or more": charter.version >= 1,
        "review.approvals must be 1 or more": charter.review.approvals >= 1,
        f"review.decoy_share must be from {LEAST_DECOYS} to {MOST_DECOYS}": (
            LEAST_DECOYS <= charter.review.decoy_share <= MOST_DECOYS
        ),
        "limits.places_max must be 1 or more": limits.places_max >= 1,
        "limits.dwell_min_minutes must be 10 or more": limits.dwell_min_minutes >= 10,
        "limits.dwell_max_minutes must be 16 or less": limits.dwell_max_minutes <= 16,
        "limits.dwell_min_minutes must not be above limits.dwell_max_minutes": (
            limits.dwell_min_minutes <= limits.dwell_max_minutes
        ),
        "limits.revisit_gap_minutes must be 60 or more": limits.revisit_gap_minutes >= 60,
        "limits.small_number_k must be 10 or more": limits.small_number_k >= 10,
    }
    broken = [rule for rule, kept in rules.items() if not kept]
    if broken:
        raise BadInput(f"The {_WHERE} breaks a bound: {'; '.join(broken)}. Correct it.")
