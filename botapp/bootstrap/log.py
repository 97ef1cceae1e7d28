"""The parts that keep the log: sealing, publishing, exports, erasure and retention."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from botapp.bootstrap.foundation import Foundation
from botapp.compliance.erasure import Eraser, ErasureRounds
from botapp.compliance.export import Exporter
from botapp.compliance.keep import LogKeeper
from botapp.compliance.publish import Directory, Place, Publisher, Url
from botapp.compliance.retention import KeepingTimes, Retention
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import Signer


@dataclass(frozen=True)
class Log(Foundation):
    """What an installation keeps its log with."""

    @cached_property
    def signer(self) -> Signer:
        return Signer(self.settings.ledger_origin, self.settings.var_dir / "ledger-keys")

    def beside(self, work: str) -> Executor:
        """A thread of its own for work that others should not wait for."""
        return ThreadPoolExecutor(1, work)

    def sealer(self) -> Sealer:
        return Sealer(self.database, self.signer.sign)

    def exporter(self) -> Exporter:
        return Exporter(self.database, self.signer)

    def publisher(self) -> Publisher:
        """To the places that are set, which may be none."""
        s = self.settings
        places: list[Place] = []
        if s.checkpoint_dir is not None:
            places.append(Directory(s.checkpoint_dir))
        if s.checkpoint_url is not None:
            places.append(Url(s.checkpoint_url.get_secret_value(), self.clock))
        return Publisher(self.database, places, s.checkpoint_interval)

    def log_keeper(self, after_sealing: Callable[[], object] | None = None) -> LogKeeper:
        """Publishes beside its sealing."""
        pool = self.beside("publish")
        return LogKeeper(self.database, self.sealer(), self.publisher(), self.clock, pool, after_sealing)

    def eraser(self) -> Eraser:
        return Eraser(self.database, self.house, self.tombstone_key)

    def erasure_rounds(self) -> ErasureRounds:
        """Clears away beside its rounds."""
        return ErasureRounds(self.database, self.eraser(), self.beside("scrub"), self.clock)

    def retention(self) -> Retention:
        s = self.settings
        times = KeepingTimes(
            raw_events=s.keep_raw_events * s.scale,
            event_keys=s.keep_event_keys * s.scale,
            messages=s.keep_messages * s.scale,
            facts=s.keep_facts * s.scale,
            requests=s.keep_requests * s.scale,
            round_interval=s.retention_interval * s.scale,
        )
        return Retention(self.database, times)
