"""Groups of commands whose modules are imported when they are used: they bring in numpy, which servers do without."""

from importlib import import_module

import click


class LaterGroup(click.Group):
    """Stands for the group of that name in a module of botapp.commands."""

    def __init__(self, name: str, *, short_help: str) -> None:
        super().__init__(name, help=short_help, short_help=short_help)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._group().get_command(ctx, cmd_name)

    def _group(self) -> click.Group:
        group: click.Group = getattr(import_module(f"botapp.commands.{self.name}"), self.name or "")
        return group
