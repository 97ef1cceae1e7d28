"""Where the processor's time goes: the stack is looked at for every millisecond that this process computes.

Looking at it costs nothing between two looks, so quick functions do not seem slow as they do to a tracing profiler.
"""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

_SECONDS = 0.001


@dataclass(slots=True)
class Shares:
    """How often each layer was seen at work, and how long all of them worked."""

    layer_of: Callable[[str, str], str | None]  # of a file and a function; None: its caller's
    seen: Counter[str] = field(default_factory=Counter)
    cpu_seconds: float = 0.0

    @contextmanager
    def looking(self) -> Iterator[None]:
        """For the block, in the main thread alone."""
        before = signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _SECONDS, _SECONDS)
        began = time.thread_time()
        try:
            yield
        finally:
            self.cpu_seconds += time.thread_time() - began
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def seconds(self) -> dict[str, float]:
        """Of each layer, the dearest first."""
        looks = max(self.seen.total(), 1)
        return {layer: self.cpu_seconds * count / looks for layer, count in self.seen.most_common()}

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        while frame is not None:
            layer = self.layer_of(frame.f_code.co_filename, frame.f_code.co_name)
            if layer is not None:
                self.seen[layer] += 1
                return
            frame = frame.f_back
