"""`make bench`: every benchmark, one after another, as JSON files in a folder (`--data` is the shared data).

`--only` measures some of them again; the others' files stay. `python -m benchmarks.page FOLDER` makes the page.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

TABLES = {
    "ledger_vectors": "governance/merkle-vectors",
    "ledger_speed": None,
    "review": None,
    "policy_speed": None,
    "silence": None,
    "erasure_speed": None,
    "review_queue": None,
    "proxies": ".",
    "pipeline": None,
    "city_load": None,
    "live_feed": None,
    "geocoder": "streets",
    "forecast_cities": "forecast",
}
"""Each benchmark and the folder of the shared data it reads, if any."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the shared data")
    parser.add_argument("--out", type=Path, default=Path("bench-results"), help="where the JSON files go")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES), metavar="TABLE")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    failed = []
    for table in options.only:
        folder = TABLES[table]
        command = [sys.executable, "-m", f"benchmarks.{table}", "--json", str(options.out / f"{table}.json")]
        command += ["--data", str(options.data / folder)] if folder else []
        command += ["--quick"] if options.quick else []
        print(f"\n{' '.join(command[1:])}", flush=True)
        if subprocess.run(command, check=False).returncode:
            failed.append(table)
    print(f"\nfailed: {', '.join(failed)}" if failed else f"\nall benchmarks ran; results in {options.out}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
