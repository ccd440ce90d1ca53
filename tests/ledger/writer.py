"""A busy writer to be killed: `python -m tests.ledger.writer DATABASE SEED`.

Four threads append in every way there is and print `index leaf-hash` once they are told it is durable.
"""

from __future__ import annotations

import random
import sys
import threading
from pathlib import Path

from peelian.domain.time import SystemClock
from peelian.governance.ledger.log import Ledger
from tests.ledger import begin

CLIENTS = 4
said = threading.Lock()


def client(log: Ledger, rng: random.Random) -> None:
    while True:
        sealed = rng.randbytes(rng.randrange(1, 6_000)) if rng.random() < 0.3 else None
        count = 1 if rng.random() < 0.7 else rng.randrange(2, 40)
        entries = log.append_all([begin.draft(number, sealed=sealed) for number in range(count)])
        with said:
            sys.stdout.write("".join(f"{entry.index} {entry.leaf_hash.hex()}\n" for entry in entries))
            sys.stdout.flush()
        if rng.random() < 0.1:
            log.checkpoint()
        if rng.random() < 0.05:
            log.destroy_blob(rng.randrange(log.size))


def main() -> None:
    path, seed = Path(sys.argv[1]), int(sys.argv[2])
    log = begin.ledger(path, time=SystemClock())
    for number in range(CLIENTS):
        threading.Thread(target=client, args=(log, random.Random(seed * CLIENTS + number))).start()


if __name__ == "__main__":
    main()
