"""What SQL alone must not do: skip a state, rewrite a claim, change the ledger.

Constraints forbid bad rows; these triggers forbid bad changes. The same rules for both databases.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_REENGAGEMENT_MOVES = (
    "planned>claimed planned>skipped planned>superseded planned>expired"
    " claimed>sent claimed>failed claimed>unknown claimed>expired claimed>planned"
    " unknown>sent skipped>planned"
)
_REPLY_MOVES = (
    "planned>claimed planned>skipped claimed>sent claimed>failed claimed>unknown claimed>planned unknown>sent"
)

_VERSIONS = ("template_version", "rule_version", "question_version")
_CLAIM_NUMBERS = ("claimed_at", "previous_claimed_at", "least_gap", "opened_at", "closes_at", "send_allowance")
_CLAIM = (*_CLAIM_NUMBERS, "claim_token", "rule_name", "rule_version", "template_name", "template_version")


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    same = "IS NOT DISTINCT FROM" if postgresql else "IS"
    claim_is_kept = " AND ".join(f"OLD.{column} {same} NEW.{column}" for column in _CLAIM)
    key_is_kept = "OLD.account_id = NEW.account_id AND OLD.contact_id = NEW.contact_id"
    # In SQLite any column takes a text, and a text is greater than every number: it would pass the comparisons.
    are_numbers = " AND ".join(f"typeof(NEW.{column}) IN ('integer', 'null')" for column in _CLAIM_NUMBERS)
    rules = (
        ("reengagement", "BEFORE INSERT", "NEW.state IN ('planned', 'skipped')"),
        (
            "reengagement",
            "BEFORE UPDATE",
            f"{key_is_kept} AND OLD.interaction_at = NEW.interaction_at AND ({_moves(_REENGAGEMENT_MOVES)})"
            " AND CASE WHEN NEW.state = 'planned' THEN TRUE"
            " WHEN OLD.claimed_at IS NULL THEN NEW.claimed_at IS NULL OR NEW.state = 'claimed'"
            f" ELSE {claim_is_kept} END AND {'TRUE' if postgresql else are_numbers}",
        ),
        ("reengagement", "BEFORE DELETE", "OLD.claimed_at IS NULL"),
        ("reply", "BEFORE INSERT", "NEW.state IN ('planned', 'skipped')"),
        (
            "reply",
            "BEFORE UPDATE",
            f"{key_is_kept} AND OLD.event_key = NEW.event_key AND ({_moves(_REPLY_MOVES)})"
            " AND CASE WHEN NEW.state = 'planned' THEN NEW.claimed_at IS NULL WHEN OLD.claimed_at IS NULL THEN TRUE"
            f" ELSE OLD.claimed_at {same} NEW.claimed_at AND OLD.claim_token {same} NEW.claim_token END",
        ),
        ("ledger_entry", "BEFORE UPDATE", "FALSE"),
        ("ledger_entry", "BEFORE DELETE", "FALSE"),
        ("consent_record", "BEFORE UPDATE", "FALSE"),
        *((table, when, "FALSE") for table in _VERSIONS for when in ("BEFORE UPDATE", "BEFORE DELETE")),
    )
    for table, when, allowed in rules:
        _guard(table, when, allowed, postgresql=postgresql)


def _moves(moves: str) -> str:
    allowed = ", ".join(f"'{move}'" for move in moves.split())
    return f"OLD.state = NEW.state OR OLD.state || '>' || NEW.state IN ({allowed})"


def _guard(table: str, when: str, allowed: str, *, postgresql: bool) -> None:
    name = f"{table}_{when.split()[1].lower()}_guard"
    message = f"{table}: no such {when.split()[1].lower()}"
    if not postgresql:
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} WHEN NOT ({allowed}) BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW WHEN (NOT ({allowed})) EXECUTE FUNCTION {name}()")
    if when == "BEFORE DELETE":  # rows that go all at once pass no row's trigger
        op.execute(f"CREATE TRIGGER {table}_truncate_guard BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {name}()")
