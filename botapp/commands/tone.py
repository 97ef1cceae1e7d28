"""`botapp tone`: what the tone check finds in single texts, for people and scripts."""

import json
import sys
from collections.abc import Mapping

import click

from botapp.reengagement.tone import tone_of


@click.command("tone")
def tone_lines() -> None:
    """Read texts, one a line or as JSON lines with a text, and write for each what is wrong with it as JSON.

    Exit code 1 if anything was found, so that a script can refuse.
    """
    is_clean = True
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            found = [{"tone": f.tone, "words": f.words, "remedy": f.remedy} for f in tone_of(_read(line, number))]
            is_clean = is_clean and not found
            click.echo(json.dumps({"ok": not found, "findings": found}, ensure_ascii=False))
    if not is_clean:
        sys.exit(1)


def _read(line: str, number: int) -> str:
    if not line.lstrip().startswith("{"):
        return line.rstrip("\n")
    try:
        fields = json.loads(line)
    except ValueError:
        return line.rstrip("\n")  # a template may begin with a placeholder
    text = fields.get("text") if isinstance(fields, Mapping) else None
    if not isinstance(text, str):
        raise click.ClickException(f"line {number} has no text")
    return text
