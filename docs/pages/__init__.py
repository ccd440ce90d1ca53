"""One file for each generated page: `page()` returns its Markdown, made from the code it describes."""

from collections.abc import Callable

from docs.pages import (
    cli,
    decisions,
    entry_kinds,
    models,
    permissions,
    prohibited,
    reasons,
    register,
    requirements,
    review,
    rights,
    safe_state,
)

PAGES: dict[str, Callable[[], str]] = {
    "cli": cli.page,
    "decisions": decisions.page,
    "entry-kinds": entry_kinds.page,
    "models": models.page,
    "permissions": permissions.page,
    "prohibited": prohibited.page,
    "register": register.page,
    "review": review.page,
    "rights": rights.page,
    "reasons": reasons.page,
    "safe-state": safe_state.page,
    "requirements": requirements.page,
}
"""Name of the file under `docs/reference/` -> what makes its text."""
