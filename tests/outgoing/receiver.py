"""Somebody's system that is told webhooks: a real HTTP server on loopback, which remembers what it was told."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Answers by its script: a status, or a function that is called first and gives one. The last one holds on."""

    def __init__(self) -> None:
        self.script: list[int | Callable[[], int]] = [204]
        self.answer_headers: dict[str, str] = {}
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.was_told = threading.Event()
        self.may_answer = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._answer(self)

            def log_request(self, *_: object) -> None:
                """Not said on the console."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?from=botapp"

    @property
    def contents(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.told]

    @property
    def types(self) -> list[str]:
        return [content["type"] for content in self.contents]

    def holds(self) -> int:
        """Say nothing until the test lets it."""
        self.may_answer.wait(10)
        return 204

    def close(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        assert request.path == "/hook?from=botapp"
        said = self.script[0] if len(self.script) == 1 else self.script.pop(0)
        self.told.append(({name.lower(): value for name, value in request.headers.items()}, body))
        self.was_told.set()
        status = said() if callable(said) else said
        try:
            request.send_response(status)
            for name, value in self.answer_headers.items():
                request.send_header(name, value)
            request.send_header("Content-Length", "0")
            request.end_headers()
        except OSError:
            pass  # whoever asked did not wait
