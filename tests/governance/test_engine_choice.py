"""A house runs on the engine it is told to: the same sitting, the same ledger, the same answer."""

from pathlib import Path

import pytest

from peelian.city.service import quality
from peelian.domain.errors import BadInput
from peelian.governance.house import open_house
from tests.engines import leaves_sockets, needs_spark
from tests.houses import PURPOSE, charter, found, week_of_incidents


@needs_spark
@leaves_sockets
def test_a_house_on_spark_answers_as_one_on_duckdb(tmp_path: Path) -> None:
    house = found(tmp_path)
    charter(house)
    house.load(week_of_incidents())
    answers = []
    for engine in ("embedded", "local[2]"):
        with open_house(
            house.home, witness_home=house.witness_home, clock=house.clock, engine=engine
        ) as opened:
            desk = opened.desk(opened.signer("Ann"))
            answers.append(quality(desk, purpose=PURPOSE, zone="America/Chicago").figures.document())
    assert answers[0] == answers[1]


def test_an_engine_nobody_knows_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    house = found(tmp_path)
    with (
        pytest.raises(BadInput, match="no engine 'flink'"),
        open_house(house.home, witness_home=None, clock=house.clock, engine="flink"),
    ):
        pass
