"""Who may do what: the policies, asked."""

from __future__ import annotations

from peelian.governance.policy import Policy
from peelian.governance.policy_table import permission_table
from peelian.governance.register import installed_register


def page() -> str:
    return permission_table(Policy.load(), installed_register()).rstrip() + "\n"
