"""What a world puts down about itself is true, for the oracle believes it."""

from contextvars import copy_context

from botapp.simulation.clockwork import HOUR, Clockwork, instant
from botapp.simulation.record import Record
from botapp.simulation.trace import Erased


def test_an_erasure_that_two_tickers_see_is_told_once_and_by_the_first() -> None:
    """Found by `botapp simulate --customers 500 --days 10 --seed 48930584`: the oracle took it for two."""
    clockwork = Clockwork(0, copy_context())
    record = Record(clockwork)
    record.erased("1000", "c1", "erased:1")
    clockwork.run(HOUR)
    record.erased("1000", "c1", "erased:1")

    assert record.happenings == [Erased(instant(0), "1000", "c1", "erased:1")]
