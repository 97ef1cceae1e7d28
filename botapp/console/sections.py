"""The parts of the console: each brings its routes and its place in the navigation."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint

from botapp.console.access import reach_of
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the console, shown to those who have its permission anywhere."""

    title: str
    endpoint: str  # of its first page
    permission: Permission
    create_blueprint: Callable[[ConsoleParts], Blueprint]
    everywhere: bool = False  # the permission is needed on all pages
    about: str = ""  # a sentence for the first page of the console

    def is_open(self) -> bool:
        """Whether whoever is logged in may go there."""
        covered = reach_of(self.permission)
        return covered.everywhere if self.everywhere else bool(covered)
