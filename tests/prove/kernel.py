"""The kernel: the files of governance that decide, log, seal, erase or review, each with the tests that specify it."""

from __future__ import annotations

from pathlib import PurePosixPath

from tests.mutation import Target


def _in(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(str(PurePosixPath("governance") / folder / f"{name}.py") for name in names)


def _tests(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(str(PurePosixPath("tests") / folder / f"test_{name}.py") for name in names)


WHOLE_TABLES = (
    "tests/governance/test_policy.py::test_the_permissions_page_shows_every_rule_and_every_permission",
    "tests/governance/test_policy.py::test_the_whole_table_of_who_may_do_what",
)
OF_ALL_ROLES = (
    "tests/governance/conduct/test_staffing.py::test_no_set_of_roles_reads_data_and_keeps_the_keys_or_the_machine",
    "tests/governance/conduct/test_departing.py::test_the_acts_of_two_people_are_those_of_the_policy",
)
"""They take more than a minute each, and ask the policy for everything."""

TARGETS = (
    Target(
        "the terms and clocks",
        _in("", "clocks", "retention", "duties"),
        _tests("governance", "clocks", "retention", "duties"),
    ),
    Target(
        "the policy",
        _in("", "policy", "question", "request", "rules", "terms", "bearing"),
        _tests("governance", "policy", "bearing", "charter"),
        without=WHOLE_TABLES,
    ),
    Target(
        "the register and the charter",
        _in("", "card", "register", "charter", "chartered", "plugins", "enabling", "sharing"),
        (*_tests("governance", "register", "charter", "plugins", "approvals"),
         *_tests("governance/backups", "old_backup")),
    ),
    Target(
        "people, their keys, and the opening of the house",
        _in("", "principals", "people", "ids", "service", "house"),
        _tests("governance", "principals", "start", "ids", "approvals", "house", "past_the_desk"),
    ),
    Target(
        "acts and reads through the desk",
        _in("", "act", "reading", "writing", "desk", "committed", "complete", "reconciled", "commitment", "stated",
            "merge", "attest", "arrived", "extract", "over_the_desk"),
        (*_tests("governance", "desk", "commitment", "merge", "past_the_desk", "attest", "arrived",
                  "complete"),
         *_tests("governance/authorisations", "stopped_uses", "use"),
         *_tests("governance/rights", "restricting", "supervising"),
         *_tests("governance/conduct", "breach", "worn_words"), *_tests("governance/persons", "subjects"),
         *_tests("governance/keeping", "erase", "sweep"), *_tests("governance/backups", "backup", "old_backup"),
         *_tests("governance/stopping", "stop")),
    ),
    Target(
        "what a start finds, what is gone, and sealed notes",
        _in("", "recovery", "dropped", "notes"),
        (*_tests("governance", "recovery", "dropped", "notes"), *_tests("governance/keeping", "departed")),
    ),
    Target(
        "reasons and cases",
        _in("", "cases", "reasons", "wording"),
        (*_tests("governance", "reasons", "wording"), *_tests("governance/authorisations", "restored"),
         *_tests("governance/review", "queue"), *_tests("governance/conduct", "worn_words")),
    ),
    Target(
        "what is prohibited",
        _in("prohibition", "households", "names", "prohibited", "prohibited_list", "proposal", "prose", "vocabulary"),
        (*_tests("governance/prohibition", "prohibited", "households", "names", "prose"),
         *_tests("governance", "adversarial", "charter")),
    ),
    Target(
        "what tells who a person is, and how bodies are sealed",
        _in("persons", "identifiers", "sealed_body"),
        _tests("governance/persons", "identifiers", "sealed_body"),
    ),
    Target(
        "persons and what is sealed about them",
        _in("persons", "asides", "sealed_records", "silence", "subject_erasure", "subjects"),
        (*_tests("governance/persons", "subjects", "subject_erasure"),
         *_tests("governance/rights", "persons", "restricting", "supervising"),
         *_tests("governance/backups", "subject_backup")),
    ),
    Target(
        "persons who go, and whose data rest",
        _in("persons", "correction", "lapse", "restricted"),
        (*_tests("governance/persons", "lapse"), *_tests("governance/rights", "restricting")),
    ),
    Target(
        "authorisations, and what ends with them",
        (*_in("", "authorisation", "unauthorised"), *_in("circumstances", "authorisation_records"),
         *_in("conduct", "authorisation_acts"), *_in("keeping", "stopped_uses"),
         *_in("backups", "past_rulings", "past_decisions")),
        (*_tests("governance/authorisations", "use", "stopped_uses", "restored"),
         *_tests("governance/backups", "restored_decisions")),
    ),
    Target(
        "files written, and holds in a restored copy",
        (*_in("keeping", "restored_holds", "written"), *_in("backups", "lost")),
        (*_tests("governance/backups", "lost", "restored_holds"), *_tests("governance/keeping", "erase"),
         *_tests("governance/conduct", "breach", "break_glass")),
    ),
    Target(
        "keeping and erasing",
        (*_in("keeping", "certificate", "due", "erase", "held", "hold_scope", "holds", "lacking", "named_rows",
              "sweep"), *_in("", "ends", "derived")),
        (*_tests("governance/keeping", "certificate", "erase", "holds", "sweep", "residual", "departed"),
         *_tests("governance/backups", "restored_holds", "backup"), *_tests("governance/persons", "subject_erasure")),
    ),
    Target(
        "backups",
        (*_in("backups", "backup", "erasure_list", "none_since", "past_persons", "sealed_keys"),
         *_in("", "backup_terms")),
        _tests("governance/backups", "backup", "subject_backup"),
    ),
    Target(
        "the circumstances that are looked at, and the stop",
        (*_in("circumstances", "case_records", "countersigned", "elevations", "found", "own_records",
              "roles_today", "safe_state", "stop_file", "sunset", "sunset_facts", "suspended"),
         *_in("stopping", "stop", "suspension", "two_people"), *_in("", "watch")),
        (*_tests("governance/stopping", "stop", "sunset", "suspended_by_dates", "two_people"),
         *_tests("governance/conduct", "break_glass", "staffing"), *_tests("governance", "reasons")),
        without=OF_ALL_ROLES[:1],
    ),
    Target(
        "the conduct of people",
        _in("conduct", "breach", "break_glass", "case_acts", "misuse", "oversight", "said", "staffing", "tails",
            "watch_lists", "worn_words"),
        (*_tests("governance/conduct", "breach", "break_glass", "misuse", "staffing", "worn_words"),
         *_tests("governance", "reasons")),
        without=OF_ALL_ROLES[:1],
    ),
    Target(
        "the review",
        _in("review", "agreement", "announcement", "case_file", "decoys", "grounds", "handover", "judgement", "placing",
            "queue", "rubber_stamp", "service", "state_row", "states", "statistics", "stock", "verdict", "views",
            "words", "workload", "filing", "holding", "readings") + _in("", "standing"),
        _tests("governance/review", "decoys", "figures", "grounds", "queue", "service", "states", "sealed"),
    ),
    Target(
        "the rights of persons",
        _in("rights", "answering", "asking", "case", "deciding", "holding", "letter", "notice", "noticing", "reasons",
            "request", "restricting", "restriction", "service", "states", "supervising", "taking"),
        _tests("governance/rights", "bounds", "holding", "letters", "persons", "restricting", "states", "supervising"),
    ),
    Target(
        "the ledger",
        _in("ledger", "audit", "commit", "entry", "export", "kinds", "log", "node_cache", "tiles", "tree", "view"),
        (*_tests("ledger", "entry", "log", "node_cache", "tree", "tiles", "bundle", "blob", "witness", "tamper"),
         *_tests("governance/conduct", "breach")),
    ),
    Target(
        "its witnesses",
        _in("ledger", "cosigner", "note", "witness", "witnesses"),
        _tests("ledger", "note", "witness"),
    ),
    Target(
        "the verifier",
        _in("ledger", "verify"),
        (*_tests("ledger", "tree", "vectors", "note", "bundle", "long_bundle", "shared_bundle", "tiles", "witness"),
         *_tests("governance/keeping", "certificate")),
        without=("tests/ledger/test_bundle.py::test_the_copied_file_alone_proves_the_bundle",),
    ),
    Target(
        "the witnesses that two people set",
        _in("conduct", "witness_set"),
        _tests("governance/conduct", "witness_set"),
    ),
    Target(
        "enrolments that end",
        (*_in("circumstances", "departures"), *_in("conduct", "departing"), *_in("keeping", "departed")),
        (*_tests("governance/conduct", "departing"), *_tests("governance/keeping", "departed")),
        without=OF_ALL_ROLES[1:],
    ),
    Target(
        "looks at the ledger",
        _in("examine", "purposes", "service"),
        _tests("governance/examine", "service"),
    ),
)  # fmt: skip
"""Grouped by the tests that specify them: a group's tests are imported once, and a fault is tried by those it meets."""
OUTSIDE = {
    "kit": "what a sitting works with: two values without a rule of their own",
    "own": "work on a table the caller brought, which nothing is decided about",
    "policy_table": "the page of who may do what: it asks the policy, and decides nothing",
    "requirements": "the catalogue behind a page of the documentation",
}
"""Files of governance that neither decide, log, seal, erase nor review."""
