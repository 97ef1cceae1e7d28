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

_CLAIM = ("claimed_at", "previous_claimed_at", "least_gap", "opened_at", "closes_at", "send_allowance", "claim_token")


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    same = "IS NOT DISTINCT FROM" if postgresql else "IS"
    claim_is_kept = " AND ".join(f"OLD.{column} {same} NEW.{column}" for column in _CLAIM)
    key_is_kept = "OLD.account_id = NEW.account_id AND OLD.contact_id = NEW.contact_id"
    rules = (
        ("reengagement", "BEFORE INSERT", "NEW.state IN ('planned', 'skipped')"),
        (
            "reengagement",
            "BEFORE UPDATE",
            f"{key_is_kept} AND OLD.interaction_at = NEW.interaction_at AND ({_moves(_REENGAGEMENT_MOVES)})"
            f" AND (OLD.claimed_at IS NULL OR NEW.state = 'planned' OR ({claim_is_kept}))",
        ),
        ("reengagement", "BEFORE DELETE", "OLD.claimed_at IS NULL"),
        ("reply", "BEFORE INSERT", "NEW.state IN ('planned', 'skipped')"),
        ("reply", "BEFORE UPDATE", f"{key_is_kept} AND OLD.event_key = NEW.event_key AND ({_moves(_REPLY_MOVES)})"),
        ("ledger_entry", "BEFORE UPDATE", "FALSE"),
        ("ledger_entry", "BEFORE DELETE", "FALSE"),
        ("consent_record", "BEFORE UPDATE", "FALSE"),
        ("template_version", "BEFORE UPDATE", "FALSE"),
        ("rule_version", "BEFORE UPDATE", "FALSE"),
        ("question_version", "BEFORE UPDATE", "FALSE"),
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
