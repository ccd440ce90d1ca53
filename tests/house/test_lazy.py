"""`peelian --help` answers at once: nothing heavy is imported before somebody asks for work."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    *("alembic", "cedarpy", "duckdb", "ibis", "joblib", "pandas", "pyarrow"),
    *("pyproj", "scipy", "shapely", "sklearn", "sqlalchemy", "sqlglot"),
}

SCRIPT = """
import json, sys
from peelian.app.cli import main
sys.argv = ["peelian", "--help"]
try:
    main()
except SystemExit as stop:
    code = stop.code or 0
else:
    code = 0
print()
print(json.dumps({"code": code, "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def run(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_help_imports_nothing_heavy() -> None:
    *shown, facts = run(SCRIPT).splitlines()
    answer = json.loads(facts)
    assert answer["code"] == 0
    assert any("demo" in line for line in shown)
    assert HEAVY.isdisjoint(answer["modules"])


def test_a_room_is_named_without_loading_it() -> None:
    rooms = "city, domain, forecast, governance, patrol, simulate, storage, app"
    modules = run(f"import sys\nfrom peelian import {rooms}\nprint(*sys.modules)").split()
    assert HEAVY.isdisjoint(modules)


def test_a_load_pays_for_no_migration_and_no_statistics() -> None:
    modules = run(
        "import sys\nimport peelian.city.service, peelian.governance.house\nprint(*sys.modules)"
    ).split()
    assert {"alembic", "scipy"}.isdisjoint(modules)
