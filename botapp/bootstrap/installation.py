"""One installation, put together from all its parts."""

from dataclasses import dataclass

from botapp.bootstrap.web import Web
from botapp.bootstrap.workers import Workers


@dataclass(frozen=True)
class Installation(Web, Workers):
    """The parts of one installation in one process, each made when first asked for."""
