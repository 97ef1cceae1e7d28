"""A campaign kept in a repository: pulled, compared, applied, here and on another installation."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from botapp.campaign.whole import as_json, as_toml, canonical
from botapp.cli import cli
from botapp.policy.access import Grant, Role
from botapp.policy.api_scope import ApiScope
from tests.world import PAGE_ID, World, standing_world

WHOLE = '''
facts = ["basket_value"]
[opt_in]
question = "May I?"
yes = "Yes"
no = "No"
[[templates]]
name = "said \\"so\\""
text = """
Hello {first_name|there},
a \\"path\\" like C:\\\\x — 日本"""
[[templates]]
name = "in two"
language = "de"
text = { de = "Noch etwas?", en = "Anything else?" }
purpose = "promotional"
[[rules]]
name = "z"
template = "in two"
delay = "180m"
when = { fact = "basket_value", at_least = 100 }
[[rules]]
name = "a"
timing = { at = "08:00", or_after = "23h" }
calendar = ["EXDATE:20261224"]
variants = [{ template = "in two", weight = 2, name = "x" }, { template = "said \\"so\\"", weight = 1, name = "y" }]
'''

Run = Callable[..., Result]


@pytest.fixture
def world(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """On one database: here it is the files that are tested."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        yield standing


@pytest.fixture
def run(world: World) -> Run:
    """Runs `botapp campaign …` of the world's installation, with its key in the environment if there is one."""
    s = world.installation.settings

    def campaign(*words: str | Path, key: str = "") -> Result:
        environment = {"BOTAPP_VAR_DIR": str(s.var_dir), "BOTAPP_DATABASE_URL": str(s.database_address)}
        runner = CliRunner(env={**environment, "BOTAPP_API_KEY": key})
        return runner.invoke(cli, ["campaign", *map(str, words)])

    return campaign


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "campaign.toml"


def test_what_is_written_reads_as_the_same_and_is_always_written_alike() -> None:
    tables = canonical(WHOLE.encode())
    text = as_toml(tables)
    assert canonical(text.encode()) == canonical(as_json(tables).encode()) == tables
    assert as_toml(canonical(text.encode())) == text
    assert [rule["name"] for rule in tables["rules"]] == ["a", "z"]
    assert 'delay = "3h"' in text
    assert text.index("Hello {first_name|there},\na ") > 0, "a long text has its lines"


def test_what_was_pulled_differs_in_nothing_until_somebody_changes_it(run: Run, world: World, file: Path) -> None:
    file.write_text(WHOLE)
    assert run("apply", file, "--publish").exit_code == 0
    differs = run("diff", file)
    assert (differs.exit_code, '-name = "after-a-while"' in differs.stdout) == (1, True), "the world's own rule"
    assert run("apply", file, "--publish", "--retire-absent").exit_code == 0
    same = run("diff", file)
    assert (same.exit_code, same.output) == (0, "")
    before = world.rows_of_everything()
    assert run("pull", file).exit_code == 0
    assert file.read_text() == as_toml(canonical(WHOLE.encode()))
    assert run("apply", file, "--publish", "--retire-absent").exit_code == 0
    assert world.rows_of_everything() == before
    file.write_text(file.read_text().replace("Anything else?", "Something else?"))
    changed = run("diff", file)
    assert changed.exit_code == 1
    assert [line for line in changed.stdout.splitlines() if line.startswith(("+text", "-text"))] == [
        '-text = { de = "Noch etwas?", en = "Anything else?" }',
        '+text = { de = "Noch etwas?", en = "Something else?" }',
    ]


@pytest.mark.parametrize("words", [["diff"], ["apply", "--retire-absent"]])
def test_a_file_that_cannot_be_read_is_a_wrong_use(run: Run, file: Path, words: list[str]) -> None:
    file.write_text("[[rules]]\ncolour = 1")
    assert run(words[0], file, *words[1:]).exit_code == 2


@pytest.fixture
def address(world: World) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, world.installation.web_app(lambda: True))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_is_brought_to_another_installation_where_people_approve_it(
    run: Run, world: World, file: Path, address: str
) -> None:
    scopes = [ApiScope.CAMPAIGNS_READ, ApiScope.CAMPAIGNS_WRITE, ApiScope.CAMPAIGNS_PUBLISH]
    mia = world.installation.members().add("mia", "Mia", {Grant(world.account.id, Role.MARKETER)}, by=0)
    assert isinstance(mia, int)
    keys, a_day = world.installation.api_keys(), timedelta(days=1)
    key = keys.add("the repository", world.account.id, scopes, a_day, staff_id=mia) or ""
    there = ("--url", address, "--page-id", PAGE_ID)
    pulled = run("pull", *there, key=key)
    assert (pulled.exit_code, pulled.stdout) == (0, run("pull").stdout)
    file.write_text(pulled.stdout + '\n[[templates]]\nname = "more"\ntext = "Anything else?"\n')
    assert run("diff", file, *there, key=key).exit_code == 1
    brought = run("apply", file, *there, "--publish", key=key)
    assert brought.exit_code == 0, brought.output
    assert "template more version 1 in review" in brought.stdout
    assert "rule after-a-while version 1 live" in brought.stdout
    assert run("diff", file, *there, key=key).exit_code == 1, "it is not live before somebody approves it"
    assert "401" in run("pull", *there, key="nobody").stderr
    file.write_text('[[templates]]\nname = "x"\ntext = "{nobody}"')
    assert "nobody" in run("apply", file, *there, key=key).stderr


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("--url", "https://bot.example.com"), "k"),
        (("--url", "https://bot.example.com", "--page-id", "1"), ""),
        (("--url", "http://bot.example.com", "--page-id", "1"), "k"),
    ],
)
def test_a_key_goes_to_one_page_by_https_only(run: Run, words: tuple[str, ...], key: str) -> None:
    assert run("pull", *words, key=key).exit_code == 2
