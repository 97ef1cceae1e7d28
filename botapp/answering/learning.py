"""Learns what a page answers: seconds of work that needs scikit-learn, and therefore a module of its own."""

import sys
from collections.abc import Callable, Sequence

from botapp.answering.content import from_content
from botapp.understanding.faq.entry import FaqEntry
from botapp.understanding.faq.training import learn
from botapp.understanding.intent.encoder import Encoder
from botapp.understanding.intent.stored import to_bytes


def learn_model(
    entries: Sequence[FaqEntry], advance: Callable[[float], None] = lambda _: None, encoder: Encoder | None = None
) -> bytes:
    """What is learnt of these entries, as it is stored. `advance` is told the share that is done."""
    learnt = learn(entries, advance, encoder)
    return to_bytes(learnt.classifier, learnt.calibration)


if __name__ == "__main__":  # for who would rather have it done in another process: content in, model out
    sys.stdout.buffer.write(learn_model(from_content(sys.stdin.read())))
