"""What is learnt of the shop's FAQ takes seconds and is the same for all."""

from collections.abc import Sequence
from functools import cache

import pytest

from botapp.answering.learning import learn_model
from botapp.showcase.opening import Learn
from botapp.understanding.faq.entry import FaqEntry


@pytest.fixture(scope="session")
def learn() -> Learn:
    learnt = cache(learn_model)

    def once(entries: Sequence[FaqEntry]) -> bytes:
        return learnt(tuple(entries))

    return once
