"""One installation, put together from its parts."""

from dataclasses import dataclass

from botapp.bootstrap.foundation import complete_settings
from botapp.bootstrap.web import Web
from botapp.bootstrap.workers import Workers
from botapp.clock import SystemClock
from botapp.settings import Settings


@dataclass(frozen=True)
class Installation(Web, Workers):
    """The parts of one installation, each made when first asked for."""

    @staticmethod
    def of(settings: Settings) -> "Installation":
        """The installation that these settings describe, on the clock of this machine."""
        return Installation(complete_settings(settings), SystemClock())
