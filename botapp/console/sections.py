"""The parts of the console: each brings its routes and its place in the navigation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

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


class Routes(Protocol):
    """A module with some of a section's routes."""

    def add_routes(self, blueprint: Blueprint, parts: ConsoleParts) -> None:
        """Add them, with what they work with."""
        ...


def section_blueprint(section: str, parts: ConsoleParts, *modules: Routes) -> Blueprint:
    """The routes of these modules under /<section>, with the pages in the folder of that name."""
    blueprint = Blueprint(section, f"botapp.console.{section}", url_prefix=f"/{section}", template_folder="pages")
    for module in modules:
        module.add_routes(blueprint, parts)
    return blueprint
