"""A person's own data as a page that can be read: plain HTML, nothing from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from botapp.compliance.own_data import OwnData, names_of

_TITLES = {
    "what_you_did": "What you wrote and did",
    "answers": "What we answered",
    "messages_on_our_own": "What we wrote on our own, or decided not to",
    "agreed": "What you agreed to and took back",
    "stopped": "What you stopped",
    "facts": "What else we know",
    "bought": "What you bought, as the business told us",
    "not_answered": "What you asked and the bot could not answer",
    "persons": "When a person of the team was to answer you",
    "requests": "What you asked about your data",
    "log": "Our log about you",
}
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Your data</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border: 1px solid; }
td { max-width: 24rem; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>Your data</h1>
"""


def own_data_page(data: OwnData, download_name: str | None = None) -> str:
    """The whole page. `download_name`: where beside it the same is found as JSON."""
    return _HEAD + "\n".join(_parts(data, download_name)) + "\n</body>\n</html>\n"


def _parts(data: OwnData, download_name: str | None) -> Iterator[str]:
    yield f"<p>This is what {escape(data.page)} holds about you, as of {data.made_at:%Y-%m-%d %H:%M} UTC."
    if download_name is not None:
        yield f' <a href="{escape(download_name)}" download="my-data.json">Download it for other programs (JSON)</a>.'
    yield "</p>"
    yield "<p>Our log names you by a number only. To have your data deleted, write “delete my data” in the chat.</p>"
    yield "<h2>You</h2>"
    yield _table([{"what": name, "value": value} for name, value in data.sections["you"].items() if value is not None])
    if data.sections["linked"]:
        yield f"<p>We know you with other pages, too: {escape(', '.join(data.sections['linked']))}.</p>"
    for name, title in _TITLES.items():
        rows = data.sections[name]
        yield f"<h2>{title}</h2>"
        yield _table(rows) if rows else "<p>Nothing.</p>"


def _table(rows: list[Mapping[str, Any]]) -> str:
    names = names_of(rows)
    head = "".join(f'<th scope="col">{escape(name.replace("_", " "))}</th>' for name in names)
    body = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in names)}</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><tr>{head}</tr>{body}</table></div>'


def _cell(value: Any) -> str:  # noqa: ANN401  plain JSON
    if value is None:
        return "<td></td>"
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"<td>{escape(shown)}</td>"
