"""An endpoint that speaks OpenAI's chat completions, and says what a test wants it to say, as badly as it wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Stranger:
    """What was asked there, and what is answered."""

    behaviour: Behaviour
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def prompt(self) -> str:
        """Everything that the last question told."""
        return json.dumps(self.asked[-1], ensure_ascii=False)


def says(text: str) -> Behaviour:
    """A model that says that."""
    return answers(200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode())


def answers(status: int, body: bytes, **headers: str) -> Behaviour:
    """Any HTTP answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def stranger(behaviour: Behaviour) -> Iterator[Stranger]:
    """One that listens on this machine."""
    found = Stranger(behaviour)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            found.asked.append(json.loads(content))
            found.keys.append(self.headers["Authorization"])
            found.paths.append(self.path)
            found.behaviour(self)

        def log_message(self, *_: object) -> None:  # nobody reads it
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:  # clients that hang up are what is tested
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
