"""The composition root: settings in, working parts out. Nothing else creates what others work with."""

from botapp.bootstrap.foundation import PLATFORM, complete_settings
from botapp.bootstrap.installation import Installation

__all__ = ["PLATFORM", "Installation", "complete_settings"]
