"""What takes tens of megabytes is loaded by who needs it."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

LEARNING_AND_LOOKING_BACK = {"numpy", "scipy", "sklearn", "onnxruntime", "alembic", "rich"}
PAGES = {"flask", "jinja2", "werkzeug", "authlib", "botapp.console", "botapp.web", "botapp.sandbox"}
SENDING = {"botapp.conversation.reply", "botapp.reengagement.send", "botapp.workers.ticker"}


@pytest.mark.parametrize(
    ("process", "needless"),
    [
        ("botapp.wsgi", LEARNING_AND_LOOKING_BACK | SENDING | {"botapp.sandbox"}),
        ("botapp.commands.web", LEARNING_AND_LOOKING_BACK | SENDING | PAGES),
        ("botapp.commands.workers", LEARNING_AND_LOOKING_BACK | PAGES),
        ("botapp.commands.databases", LEARNING_AND_LOOKING_BACK | SENDING | PAGES),
    ],
)
def test_a_process_loads_nothing_that_only_others_need(process: str, needless: set[str]) -> None:
    assert all(find_spec(name) is not None for name in needless - {"onnxruntime"}), "a name that means nothing"
    told = subprocess.run(  # noqa: S603  our own names
        [sys.executable, "-c", f"import {process}, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert needless & set(told.stdout.split()) == set()
