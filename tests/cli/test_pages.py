"""Naming a page is the same for every command."""

from collections.abc import Iterator

import click

from botapp.cli import cli
from tests.cli.conftest import Botapp


def _commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


def test_every_command_takes_a_page_by_either_name() -> None:
    found = {
        name: set(option.opts)
        for name, command in _commands(cli)
        for option in command.params
        if set(option.opts) & {"--page", "--page-id"}
    }
    assert len(found) > 20
    assert {name for name, options in found.items() if options != {"--page", "--page-id"}} == {"account add"}


def test_a_command_for_one_page_names_those_to_choose_from(shop: Botapp) -> None:
    shop("account", "add", "messenger", "--page-id", "1001", "--token", "a-token", "--name", "Another Page")
    for typed in (
        ["campaign", "show"],
        ["campaign", "pull"],
        ["campaign", "forecast", "--live"],
        ["campaign", "backtest", "--live", "--since", "1d"],
        ["webhook", "add", "crm", "--url", "https://crm.example/hook"],
    ):
        refused = shop(*typed)
        assert refused.code == 2, typed
        assert refused.err.endswith("Error: there are several pages; say which one with --page: 1000, 1001\n"), typed
