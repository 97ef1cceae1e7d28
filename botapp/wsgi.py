"""The entry of WSGI servers: `gunicorn "botapp.wsgi:create()"`."""

from flask import Flask

from botapp.bootstrap.web import Web
from botapp.logs import configure_logs
from botapp.runtime.memory import give_back_large_blocks
from botapp.settings import load_settings


def create() -> Flask:
    """The web application of this process's settings."""
    configure_logs()
    give_back_large_blocks()
    return Web.of(load_settings()).web_app()
