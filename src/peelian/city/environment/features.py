"""Pure expressions over layers and conditions: what was there on a day, and what was known by an instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import ibis
import ibis.expr.types as ir


def there_on(set_id: str, *, day: date, known_by: datetime) -> Callable[[ir.Table], ir.Table]:
    """Return the expression for the features of one set that were there on `day`, as far as known by an instant."""

    def chosen(layer: ir.Table) -> ir.Table:
        begun = layer.valid_from.isnull() | (layer.valid_from <= day)
        going = layer.valid_to.isnull() | (layer.valid_to > day)
        told = layer.recorded.isnull() | (layer.recorded <= known_by)
        return layer.filter((layer.set_id == set_id) & begun & going & told)

    return chosen


def dwellings_known(set_id: str, *, day: date, known_by: datetime) -> Callable[[ir.Table], ir.Table]:
    """Return the expression for the dwellings of one set: (x_m, y_m, number), where no number is told one."""

    def counted(layer: ir.Table) -> ir.Table:
        there = there_on(set_id, day=day, known_by=known_by)(layer)
        return there.select("x_m", "y_m", number=there.value.fill_null(1).cast("int32"))

    return counted


def held_between(
    series: str, *, start: datetime, end: datetime, known_by: datetime
) -> Callable[[ir.Table], ir.Table]:
    """Return the expression for a series between two instants: of each span what was last known by `known_by`."""

    def chosen(conditions: ir.Table) -> ir.Table:
        within = (conditions.series == series) & (conditions.start < end) & (conditions.end > start)
        told = conditions.filter(within & (conditions.known <= known_by))
        newest = ibis.row_number().over(
            group_by=["area_id", "start", "end"], order_by=[ibis.desc("known"), ibis.desc("set_id")]
        )
        ranked = told.mutate(_age=newest)
        return ranked.filter(ranked._age == 0).drop("_age")

    return chosen
