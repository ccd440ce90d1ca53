"""The analyst's page of a mapping: what each column and code means, why, and what a file shows of it.

One HTML file that asks for nothing else, for phone, desktop and paper. It holds counts and codes, no row of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files

from peelian.city.drafting.as_written import finest_time, let_in, time_formats, word_of
from peelian.city.drafting.codes import propose
from peelian.city.drafting.page_tables import Cell, Row, paragraph, section, table, text
from peelian.city.drafting.seen import Seen, SeenCode
from peelian.city.drafting.words import scalar
from peelian.city.findings import Findings, Reason, UnknownCode
from peelian.city.mapping.nibrs import nibrs_offence
from peelian.city.mapping.source import SourceMapping
from peelian.domain.incident import Origin
from peelian.domain.plural import plural

MOST_UNKNOWN = 200
"""Unknown codes that are listed, those with the most rows first: thousands are no list that anybody works through."""


def mapping_page(
    mapping: SourceMapping, *, seen: Seen, findings: Findings, not_read: Sequence[str] = ()
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    seen : what the file shows (`city.seen.see`).
    findings : what became of its rows (`city.clean.clean`; of a held load, `LoadHeld.findings`).
    not_read : names of the columns of the file that the mapping does not name.
    """
    style = (files("peelian.city.drafting") / "page.css").read_text("utf-8")
    parts = (
        _head(mapping),
        "<main>",
        _verdict(findings),
        _unknown(findings),
        _roles(mapping, seen, not_read),
        _codes(mapping, seen),
        _rules(mapping, seen),
        _corrections(mapping, seen),
        _assertions(mapping, seen, findings),
        "</main>",
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Mapping {text(mapping.id)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def _head(mapping: SourceMapping) -> str:
    box, days = let_in(mapping)
    facts = {
        "Publisher": mapping.publisher,
        "Licence": mapping.licence,
        "Frequency": mapping.frequency,
        "A row is": f"a{'n incident' if mapping.kind == 'incident' else ' call for service'}",
        "Time zone": mapping.zone,
        "Times are written": time_formats(mapping),
        "Times tell": finest_time(mapping),
        "Days let in": days,
        "Places let in": box,
        "Places are exact to": f"{mapping.precision_m:g} m"
        + (", then anonymised" if mapping.snapped else ""),
        "Smallest cell for a claim": f"{mapping.smallest_cell_m:,} m",
    }
    listed = "".join(f"<div><dt>{word}</dt><dd>{text(value)}</dd></div>" for word, value in facts.items())
    return (
        f"<header><h1>What {text(mapping.id)} means</h1><p>How the columns and codes of this source are read, and what "
        f"one file of it shows. Mapping <code>{mapping.digest()[:12]}</code>.</p><dl>{listed}</dl></header>"
    )


def _verdict(findings: Findings) -> str:
    if not findings.problems:
        return (
            f'<p class="good">This file would load: {findings.accepted:,} of {findings.read:,} rows are accepted, '
            f"{findings.read - findings.accepted:,} turned away with a reason.</p>"
        )
    listed = "".join(f"<li>{text(problem)}</li>" for problem in findings.problems)
    return f'<div class="notice">This file would be held back as a whole, because<ul>{listed}</ul></div>'


def _unknown(findings: Findings) -> str:
    """Return the codes nobody knows, with lines to put into the mapping, or nothing."""
    if not findings.unknown_codes:
        return ""
    shown = sorted(findings.unknown_codes, key=lambda each: -each.rows)[:MOST_UNKNOWN]
    rows = [Row((Cell(each.role), Cell(each.code), Cell(each.rows))) for each in shown]
    lines = "\n".join(_line(each.code) for each in shown if each.role == "offence")
    paste = (
        f"<p>Lines to put under <code>offences</code>, once somebody has decided:</p><pre>{text(lines)}</pre>"
        if lines
        else ""
    )
    return section("Unknown codes", table(("Role", "Code", "Rows"), rows), _rest(findings, shown), paste)


def _rest(findings: Findings, shown: Sequence[UnknownCode]) -> str:
    """Return how many unknown codes are not shown, or nothing: a column with so many may hold no codes at all."""
    more = len(findings.unknown_codes) - len(shown)
    if not more:
        return ""
    rows = sum(each.rows for each in findings.unknown_codes) - sum(each.rows for each in shown)
    return paragraph(
        f"And {plural(more, 'more code')} in {plural(rows, 'row')}, each in no more rows than those above. A column "
        "with so many different values may hold no codes: see that the right one is mapped."
    )


def _line(code: str) -> str:
    proposed = propose(code)
    meaning = f'{{group: {proposed.group}, nibrs: "{proposed.nibrs}"}}' if proposed.nibrs else proposed.group
    return f"  {scalar(code)}: {meaning}  # check"


def _roles(mapping: SourceMapping, seen: Seen, not_read: Sequence[str]) -> str:
    columns = mapping.columns.by_role()
    rows = [
        Row(
            (
                Cell(word_of(role, mapping)),
                Cell(" + ".join(mapping.combine.get(columns[role], (columns[role],)))),
                Cell(_share(given, seen)),
            )
        )
        for role, given in seen.filled
    ]
    others = [name for name in mapping.origins.columns() if name not in columns.values()]
    rows += [Row((Cell("origin rule"), Cell(name), Cell(""))) for name in others]
    rows += [Row((Cell("not read"), Cell(name), Cell(""))) for name in not_read]
    quiet = paragraph("Columns that are not read are never taken out of the file.")
    return section("Columns", quiet, table(("Role", "Column", "Filled"), rows))


def _share(rows: int, seen: Seen) -> str:
    return f"{rows / max(seen.rows, 1):.1%}"


def _codes(mapping: SourceMapping, seen: Seen) -> str:
    """Return every code that the mapping knows or the file holds; those no forecast counts by default are set apart."""
    present = {each.code for each in seen.codes}
    absent = [SeenCode(code, 0, ()) for code in (mapping.offences.groups or {}) if code not in present]
    rows = [_code(mapping, each) for each in (*seen.codes, *absent)]
    quiet = paragraph(
        "Forecasts count victim-reported incidents only, unless a charter says otherwise; the others are shaded."
    )
    return section(
        "Offences", quiet, table(("Published", "Rows", "Group", "NIBRS", "Origin", "Because"), rows)
    )


def _code(mapping: SourceMapping, each: SeenCode) -> Row:
    group, nibrs = mapping.offences.group(each.code), mapping.offences.nibrs_code(each.code)
    because = mapping.origin_of(each.code)
    origins = (
        ", ".join(f"{origin} ({rows:,})" for origin, rows in each.origins) if len(each.origins) > 1 else ""
    )
    only = each.origins[0][0] if len(each.origins) == 1 else because.origin
    why = because.why if not origins and only is because.origin else "a rule or the file's own column, by row"
    cells = (
        Cell(each.code),
        Cell(each.rows),
        Cell(group or "unknown"),
        Cell(f"{nibrs} {nibrs_offence(nibrs).name}" if nibrs else ""),
        Cell((origins or str(only)) if group else ""),
        Cell(why if group else "nobody has said what it means"),
    )
    return Row(cells, "broken" if group is None else "" if only is Origin.VICTIM_REPORTED else "apart")


def _rules(mapping: SourceMapping, seen: Seen) -> str:
    rows = [
        Row(
            (
                Cell(rule.column),
                Cell(", ".join(rule.values)),
                Cell(rule.origin),
                Cell(rule.because),
                Cell(hit),
            )
        )
        for rule, hit in zip(mapping.origins.rules, seen.ruled, strict=True)
    ]
    if not rows:
        return ""
    quiet = paragraph("The first rule that fits a row decides, before anything its offence says.")
    return section("Rules of origin", quiet, table(("Where", "Is one of", "Origin", "Because", "Rows"), rows))


def _corrections(mapping: SourceMapping, seen: Seen) -> str:
    rows = [
        Row((Cell(each.column), Cell(each.old), Cell(each.new), Cell(each.reason), Cell(changed)))
        for each, changed in zip(mapping.corrections, seen.corrected, strict=True)
    ]
    return (
        section("Corrections by hand", table(("Column", "Says", "Means", "Who knows", "Rows"), rows))
        if rows
        else ""
    )


def _assertions(mapping: SourceMapping, seen: Seen, findings: Findings) -> str:
    rows = [
        Row((Cell(what), Cell(expected), Cell(shown)), "" if holds else "broken")
        for what, expected, shown, holds in _checks(mapping, seen, findings)
    ]
    quiet = paragraph("A load that breaks one of these is held back as a whole.")
    return section("What a load must look like", quiet, table(("What", "Expected", "This file"), rows))


def _checks(mapping: SourceMapping, seen: Seen, findings: Findings) -> Iterator[tuple[str, str, str, bool]]:
    """Yield what is asserted, what is expected, what the file shows, and whether it holds."""
    asserted, filled = mapping.assertions, dict(seen.filled)
    least, most = asserted.rows_min, asserted.rows_max
    yield "rows", f"{least:,} to {most:,}", f"{findings.read:,}", least <= findings.read <= most
    for role, share in asserted.filled.items():
        shown = filled.get(role, 0) / max(seen.rows, 1)
        yield f"{word_of(role, mapping)} filled", f"{share:.1%} or more", f"{shown:.1%}", shown >= share
    for group, (low, high) in asserted.shares.items():
        shown = _share_of(group, mapping, seen)
        yield f"share of {group}", f"{low:.1%} to {high:.1%}", f"{shown:.1%}", low <= shown <= high
    found = _turned_away(findings, mapping)
    for reason in Reason:
        if reason in asserted.at_most or found.get(reason):
            limit = 0.0 if reason is Reason.UNKNOWN_CODE else asserted.limit(reason)
            rows = found.get(reason, 0)
            shown = rows / max(findings.read, 1)
            yield (
                f"{reason}",
                f"{limit:.1%} or less",
                f"{shown:.1%} ({rows:,} of {findings.read:,})",
                shown <= limit,
            )


def _turned_away(findings: Findings, mapping: SourceMapping) -> dict[Reason, int]:
    """Return the rows by reason; without a key, rows that equal an earlier one are kept, and counted here too."""
    rows = {Reason(count.name): count.rows for count in findings.rejected}
    if mapping.columns.key is None:
        rows[Reason.DUPLICATE] = sum(
            note.rows for note in findings.notes if note.name == "equals-an-earlier-row"
        )
    return rows


def _share_of(group: str, mapping: SourceMapping, seen: Seen) -> float:
    known = [each for each in seen.codes if mapping.offences.group(each.code) is not None]
    of_group = sum(each.rows for each in known if mapping.offences.group(each.code) == group)
    return of_group / max(sum(each.rows for each in known), 1)
