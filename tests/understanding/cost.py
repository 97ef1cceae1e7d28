"""What reading costs: `make bench-understanding` prints it after the measure.

Messages of 500 characters from the own lines, how the time grows with the length, and loading the words.
"""

import sys
import tracemalloc
from time import perf_counter, process_time

from botapp.config_files import read_languages, read_toml
from botapp.understanding.likeness import load_likeness
from botapp.understanding.wish import WithdrawalWords, load_withdrawal_words, understand
from tests.understanding.measure import own_lines

_LENGTH = 500  # characters, as the budget counts
_BUDGET_MS = 1.0  # of the slowest of a hundred
_MESSAGES = 2000
_ROUNDS = 3


def main() -> None:
    """Print p50 and p99 per message, microseconds per character by length, and what loading takes."""
    tables = read_languages("optout")
    begun = process_time()
    words = load_withdrawal_words(tables, load_likeness(read_toml("likeness.toml")))
    loading = process_time() - begun
    text = "  ".join(line.text for line in own_lines())
    step = len(text) // _MESSAGES  # of every language
    messages = [text[start : start + _LENGTH] for start in range(0, _MESSAGES * step, step)]
    times = sorted(_milliseconds(message, words) for message in messages)
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    _print(f"\n{_LENGTH} characters: p50 {p50:.2f} ms, p99 {p99:.2f} ms (budget {_BUDGET_MS:g} ms)")
    for length in (125, 250, 500, 1000, 10_000):
        spent = _milliseconds(text[:length], words)
        _print(f"{length:6} characters: {spent:.2f} ms, {spent / length * 1000:.2f} µs per character")
    del words
    tracemalloc.start()
    kept = load_withdrawal_words(tables, load_likeness(read_toml("likeness.toml")))
    megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    _print(f"loading: {loading:.2f} s of CPU, {megabytes:.1f} MB held for {len(tables)} languages")
    del kept


def _milliseconds(message: str, words: WithdrawalWords) -> float:
    """The quickest of a few rounds: what the reading costs, not what the machine did beside it."""
    rounds = []
    for _ in range(_ROUNDS):
        begun = perf_counter()
        understand(message, None, words)
        rounds.append(perf_counter() - begun)
    return min(rounds) * 1000


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
