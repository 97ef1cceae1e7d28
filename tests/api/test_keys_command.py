"""`botapp api-key`: which scopes a key gets, and for whom it acts."""

import pytest
from click.testing import CliRunner, Result

from botapp.cli import cli
from botapp.policy.access import Role
from tests.api.conftest import add_staff
from tests.world import World


def run(world: World, *words: str) -> Result:
    s = world.installation.settings
    environment = {"BOTAPP_VAR_DIR": str(s.var_dir), "BOTAPP_DATABASE_URL": str(s.database_address)}
    return CliRunner(env=environment).invoke(cli, ["api-key", *words])


def test_a_key_has_no_more_than_it_was_given_and_says_for_whom_it_acts(one_world: World) -> None:
    add_staff(one_world, "mara", Role.MARKETER)
    assert run(one_world, "add", "shop").exit_code == 0
    assert run(one_world, "add", "mara's", "--staff", "mara", "--scope", "campaigns:write").exit_code == 0
    shop, maras = run(one_world, "list").stdout.splitlines()
    assert shop.split("\t")[2:6:3] == ["conversions:write, facts:write", "for a system"]
    assert maras.split("\t")[2:6:3] == ["campaigns:write", "for mara"]


@pytest.mark.parametrize(
    "words",
    [
        ("--scope", "campaigns:approve"),
        ("--scope", "campaigns:write"),
        ("--scope", "facts:write", "--staff", "mara"),
        ("--scope", "everything"),
        ("--staff", "nobody"),
    ],
)
def test_what_does_not_suit_a_key_is_a_wrong_use(one_world: World, words: tuple[str, ...]) -> None:
    add_staff(one_world, "mara", Role.MARKETER)
    assert run(one_world, "add", "k", *words).exit_code == 2
    assert run(one_world, "list").stdout == ""
