"""A command line with an instance of its own to type at."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from botapp.bootstrap.installation import Installation
from botapp.channels.messenger.envelope import parse
from botapp.settings import load_settings
from tests.cli.terminal import Done, Terminal

Botapp = Callable[..., Done]
SECRETS = {
    "BOTAPP_SANDBOX": "off",
    "BOTAPP_MESSENGER_APP_SECRET": "an-app-secret-for-tests",
    "BOTAPP_MESSENGER_VERIFY_TOKEN": "a-verify-token-for-tests",
}


@pytest.fixture(scope="session")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    opened = Terminal(tmp_path_factory.mktemp("terminal"))
    yield opened
    opened.close()


@pytest.fixture
def botapp(terminal: Terminal, var_dir: Path) -> Botapp:
    """`botapp("account", "list", BOTAPP_NAME="value", stdin="…")` in an installation that has nothing yet."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> Done:
        return terminal.type(*arguments, environment={"BOTAPP_VAR_DIR": str(var_dir), **environment}, stdin=stdin)

    return run


@pytest.fixture
def shop(botapp: Botapp) -> Botapp:
    """The same, once the database is made and one page is added."""
    assert botapp("db", "upgrade").code == 0
    added = botapp("account", "add", "messenger", "--page-id", "1000", "--token", "a-token", "--name", "Test Page")
    assert added.code == 0, added.err
    return botapp


@pytest.fixture
def installation(shop: Botapp, var_dir: Path) -> Iterator[Installation]:
    """The shop's own database, to which people write."""
    assert shop("account", "list").code == 0
    opened = Installation.of(load_settings(var_dir=var_dir))
    yield opened
    opened.database.close()


@pytest.fixture
def says(installation: Installation) -> Callable[[str, str], None]:
    """Somebody writes to the page."""

    def say(psid: str, text: str) -> None:
        now = installation.clock.now()
        item = {
            "sender": {"id": psid},
            "recipient": {"id": "1000"},
            "timestamp": int(now.timestamp() * 1000),
            "message": {"mid": f"m_{psid}", "text": text},
        }
        body = {"object": "page", "entry": [{"id": "1000", "time": 0, "messaging": [item]}]}
        installation.receiver().receive(parse(body, installation.rules.opening_kinds), now)

    return say
