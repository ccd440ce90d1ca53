"""The records database: SQLite through SQLAlchemy, migrated by alembic.

Write-ahead logging with full synchronisation, because a row may only be acknowledged once it is on the
disk, and `secure_delete`, because what is deleted must be gone from the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text

HEAD = "0020"
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "busy_timeout=5000",
)


def open_database(path: Path) -> Engine:
    """Open the database at `path`, bringing its tables to the present revision first."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _set_pragmas)
    if _revision(engine) != HEAD:
        _migrate(engine)
        path.chmod(0o600)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _migrate(engine: Engine) -> None:
    from alembic import command  # noqa: PLC0415  # a fifth of a second, paid by a house that has something to migrate
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "peelian.storage:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
