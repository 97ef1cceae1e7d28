"""The outcome of a run, for people."""

from collections.abc import Iterator, Mapping, Sequence

from tests.chaos.run import Outcome

_SHOWN_VIOLATIONS = 40


def readable(outcomes: Sequence[Outcome]) -> str:
    """Everything that was done and found, then the verdict."""
    lines = [line for outcome in outcomes for line in _of(outcome)]
    kills, flushes = sum(o.kill_count for o in outcomes), sum(o.flush_count for o in outcomes)
    seconds = sum(o.seconds for o in outcomes)
    violations = sum(len(o.violations) for o in outcomes)
    lines.append(f"all: {seconds:.0f} s of chaos in sum, {kills} kills, {flushes} flushes, {violations} violations")
    return "\n".join(lines)


def _of(outcome: Outcome) -> Iterator[str]:
    yield f"== {outcome.database}, seed {outcome.seed}, {outcome.seconds:.0f} s"
    if outcome.disk is not None:
        yield f"   a full disk is {outcome.disk}"
    yield from _table(f"{outcome.kill_count} kills", outcome.kills)
    yield from _table("blows", outcome.blows)
    yield from _table("of these at the step that was chosen", outcome.at_their_step)
    yield from _table("met nobody", outcome.missed)
    yield from _table("what the customers did", outcome.acts)
    yield from _table("found", outcome.figures)
    yield f"   ended by themselves: {', '.join(outcome.own_ends) or 'nobody'}"
    yield f"   violations: {len(outcome.violations)}"
    yield from (f"     {violation}" for violation in outcome.violations[:_SHOWN_VIOLATIONS])


def _table(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield f"   {title}:"
    yield from (f"     {number:>7}  {name}" for name, number in sorted(counts.items()))
