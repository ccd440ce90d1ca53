"""What an approver of stated releases sees of each edition."""

from __future__ import annotations

from datetime import date

from peelian.app.cli.backup import edition_line
from peelian.city.release.stated import StatedEdition


def test_an_edition_is_told_with_its_last_day_its_figures_and_where_it_was_entered() -> None:
    told = StatedEdition(
        number=2,
        title="Burglary by quarter",
        first=date(2026, 1, 1),
        end=date(2026, 4, 1),
        offences=("burglary", "vehicle theft"),
        figures=1,
        table="ab12",
        entry_index=57,
    )
    assert edition_line(told) == (
        "  edition 2, 'Burglary by quarter': burglary, vehicle theft, 2026-01-01 to 2026-03-31, 1 figure, "
        "ledger entry 57, table ab12"
    )
