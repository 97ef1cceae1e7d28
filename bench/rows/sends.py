"""Sends to a platform that takes 150 ms, beside what the threads could do at best; and the page's bucket."""

from datetime import timedelta

from bench.figures import Figure, Result, at_least, at_least_of_limit, at_most, compare
from bench.queue import Queue, Sending
from bench.stage import Stage

_LATENCY_SECONDS = 0.15
_LEAST_SHARE_OF_LIMIT = 0.7
_PAGE_LIMIT = 300  # Messenger's, a second


def run(stage: Stage) -> Result:
    """One worker as it comes, one with many threads, two on one page, two on three pages."""
    figures: list[Figure] = []
    seconds = stage.size.pick(12, 1)
    for threads in stage.size.pick((16, 64), (16,)):
        limit = threads / _LATENCY_SECONDS
        count = int(min(limit, _PAGE_LIMIT) * seconds)
        pages = 1 if limit <= _PAGE_LIMIT else 2
        sendings = [_send(stage, threads, 1, count, pages) for _ in range(stage.size.pick(2, 1))]
        figures.append(
            compare(
                f"postgresql: sends, one worker, {threads} threads",
                "1/s",
                [sending.steady_rate() for sending in sendings],
                against=("threads / latency", [limit] * len(sendings)),
                budget=at_least_of_limit(_LEAST_SHARE_OF_LIMIT),
            )
        )
    count = stage.size.pick(_PAGE_LIMIT * 12, 200)
    one_page = _send(stage, 64, 2, count, 1)
    what = "postgresql: sends, two workers of 64 threads, one page"
    figures.append(compare(what, "1/s", [one_page.steady_rate()], against=("the page's limit", [_PAGE_LIMIT])))
    most, budget = one_page.most_in_a_second(), at_most(_PAGE_LIMIT)
    figures.append(compare(f"{what}: most in any second", "", [most], budget=budget))
    if stage.size.quick:
        return Result(figures)
    three = _send(stage, 64, 2, count, 3)
    what = "postgresql: sends, two workers of 64 threads, three pages"
    figures.append(compare(what, "1/s", [three.steady_rate()], budget=at_least(_PAGE_LIMIT)))
    figures.append(compare("messages that a person got more than once", "", [one_page.copies() + three.copies()]))
    return Result(figures)


def _send(stage: Stage, threads: int, workers: int, count: int, pages: int) -> Sending:
    with stage.part() as part:
        queue = Queue(part, _LATENCY_SECONDS, threads)
        for _ in range(pages):
            queue.add_due(count // pages, queue.now(), timedelta(minutes=10))
        queue.start(workers)
        return queue.wait_until_sent(count // pages * pages)
