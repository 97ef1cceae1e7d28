"""How well the tone check tells texts that we do not send from those that we do: `python -m bench.tone`.

The lines stand in tests/understanding/tone_lines: half a was used to tune config/tone, of half b only totals are shown.
"""

import csv
import sys
import time
from collections import Counter
from pathlib import Path

from botapp.config_files import read_languages
from botapp.understanding.tone import check_tone, load_tone_words

_LINES = Path(__file__).parents[1] / "tests" / "understanding" / "tone_lines"
_ROUNDS = 20


def main() -> None:
    words = load_tone_words(read_languages("tone"))
    texts = []
    sys.stdout.write("| Language | Half | Bad found | Good let through |\n| --- | --- | --- | --- |\n")
    for file in sorted(_LINES.glob("*.tsv")):
        counts: Counter[tuple[str, str, bool]] = Counter()
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                is_found = bool(check_tone(row["text"], words))
                counts[row["half"], row["label"], is_found] += 1
                texts.append(row["text"])
                if row["half"] == "a" and is_found != (row["label"] == "bad"):
                    sys.stderr.write(f"{file.stem}: {row['label']}: {row['text']}\n")
        for half in "ab":
            bad, missed = counts[half, "bad", True], counts[half, "bad", False]
            good, wrong = counts[half, "good", False], counts[half, "good", True]
            sys.stdout.write(f"| {file.stem} | {half} | {bad} of {bad + missed} | {good} of {good + wrong} |\n")
    began = time.process_time()
    for _ in range(_ROUNDS):
        for text in texts:
            check_tone(text, words)
    spent = (time.process_time() - began) / (_ROUNDS * len(texts))
    sys.stdout.write(f"\n{len(texts)} lines, {spent * 1e6:.0f} µs each\n")


if __name__ == "__main__":
    main()
