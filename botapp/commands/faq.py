"""`botapp faq`: what a page knows to answer, what it was asked in vain, and how well it finds what was meant."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from botapp.answering.groups import Group, group
from botapp.answering.learning import learn_model
from botapp.answering.publish import (
    ChangedMeanwhileError,
    changes_between,
    live_entries,
    publish,
    with_phrasings,
)
from botapp.bootstrap.content import encoder
from botapp.bootstrap.foundation import Foundation
from botapp.campaign.faq_file import read_entry, read_faq
from botapp.campaign.fields import CampaignError
from botapp.commands.example_files import MisuseError, read_json_lines, read_text
from botapp.commands.intents import progress
from botapp.commands.pages import chosen_page, needed_page_option
from botapp.reengagement.tone import ToneRule, tone_of
from botapp.settings import load_settings
from botapp.storage import unanswered
from botapp.storage.accounts import Account
from botapp.understanding.faq.entry import FaqEntry
from botapp.understanding.faq.index import FaqIndex
from botapp.understanding.intent.scores import RankingScores, score_rankings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MOST_QUESTIONS = 5000
_MOST_SHOWN = 5
_json_option = click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")


@click.group()
def faq() -> None:
    """Questions and their answers."""


@faq.command("apply")
@click.argument("file", type=_FILE)
@needed_page_option
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def apply(file: Path, page_id: str, *, dry_run: bool) -> None:
    """Let a page answer by a TOML file; all of it, or nothing where anything is wrong.

    What the page answered before and the file does not hold is answered no more.
    """
    installation = Foundation.of(load_settings())
    page = chosen_page(installation, page_id)
    entries = _read(file)
    base, before = live_entries(installation.database, page.id)
    for change in changes_between(before, entries):
        click.echo(f"{change.what} {change.name} ({change.language})")
    if installation.settings.tone is not ToneRule.OFF:  # answers are asked for, so tone only warns
        for entry in entries:
            for finding in tone_of(entry.answer):
                click.echo(f"{file}: warning: {entry.name} ({entry.language}): {finding}", err=True)
    if dry_run:
        click.echo("nothing was changed")
        return
    _publish(installation, page, entries, base)


@faq.command("list")
@needed_page_option
@_json_option
def list_entries(page_id: str, *, as_json: bool) -> None:
    """What a page answers."""
    installation = Foundation.of(load_settings())
    version, entries = live_entries(installation.database, chosen_page(installation, page_id).id)
    if as_json:
        click.echo(json.dumps({"version": version, "entries": [asdict(entry) for entry in entries]}))
        return
    click.echo(f"version {version}, {len(entries)} entries" if version else "this page has no answers yet")
    for entry in entries:
        click.echo(f"{entry.name} ({entry.language}): {entry.question}  [{len(entry.phrasings)} phrasings]")


@faq.command("questions")
@needed_page_option
@_json_option
def questions(page_id: str, *, as_json: bool) -> None:
    """What a page was asked and could not answer, alike ones together, the most frequent first."""
    installation = Foundation.of(load_settings())
    groups = _groups(installation, chosen_page(installation, page_id))
    if as_json:
        click.echo(json.dumps([_group_as_json(found) for found in groups]))
        return
    if not groups:
        click.echo("nothing is unanswered")
    for found in groups:
        click.echo(f"{found.name}  {len(found.questions)} times")
        texts = list(dict.fromkeys(question.text for question in found.questions))
        for text in texts[:_MOST_SHOWN]:
            click.echo(f"    {' '.join(text.split())}")


@faq.command("answer")
@click.argument("group_name", metavar="GROUP")
@click.option("--entry", required=True, help="The entry that answers these questions.")
@needed_page_option
@click.option("--answer", "words", help="Make a new entry of that name, which answers these questions so.")
def answer(group_name: str, entry: str, words: str | None, page_id: str) -> None:
    """Teach an entry the questions of a group, or make one of them: from now on it answers them."""
    installation = Foundation.of(load_settings())
    page = chosen_page(installation, page_id)
    found = next((g for g in _groups(installation, page) if g.name == group_name), None)
    if found is None:
        raise click.ClickException(f"there is no group {group_name!r}; see: botapp faq questions --page {page_id}")
    base, entries = live_entries(installation.database, page.id)
    if words is not None:
        entries = (*entries, _new_entry(entries, entry, found, words))
    try:
        taught = with_phrasings(entries, entry, [(question.text, question.language) for question in found.questions])
    except LookupError:
        raise click.ClickException(
            f"there is no entry {entry!r}; see: botapp faq list --page {page_id}, or give its --answer"
        ) from None
    _publish(installation, page, taught, base)
    with installation.database.transaction() as connection:
        number = unanswered.mark_answered(connection, found.questions, entry)
    click.echo(f"{number} questions are answered by {entry} from now on")


def _new_entry(entries: Sequence[FaqEntry], name: str, found: Group, words: str) -> FaqEntry:
    """The group's first question with its answer, in the language in which it was asked."""
    if name in {each.name for each in entries}:
        raise click.ClickException(f"there is an entry {name!r} already; leave --answer out, or give another name")
    asked = found.questions[0]
    try:
        return read_entry(name, asked.language, asked.text, words)
    except CampaignError as error:
        raise click.ClickException(str(error)) from None


@faq.command("eval")
@click.option("--docs", "docs_file", type=_FILE, required=True, help="Documents: JSON lines.")
@click.option("--queries", "queries_file", type=_FILE, required=True, help="Queries: JSON lines.")
@_json_option
def evaluate(docs_file: Path, queries_file: Path, *, as_json: bool) -> None:
    """How well the retrieval ranks documents for queries.

    A document has question, answer and thread, and if there are phrasings, those; a query has text and thread. All
    documents of a query's thread answer it, and no others. Documents with the same question count as one entry with
    several answers. Exit code 2: a file cannot be used.
    """
    with progress("ranking") as advance:
        began_at = time.perf_counter()
        scores = rank_files(docs_file, queries_file, advance)
        seconds = time.perf_counter() - began_at
    per_query = seconds / scores.queries * 1000
    click.echo(json.dumps(_scores_as_json(scores, per_query)) if as_json else _scores_in_words(scores, per_query))


def rank_files(docs_file: Path, queries_file: Path, advance: Callable[[float], None] = lambda _: None) -> RankingScores:
    """The figures of `botapp faq eval`. Raises MisuseError."""
    return _rank(_read_docs(docs_file), _read_queries(queries_file), advance)


def _read(file: Path) -> list[FaqEntry]:
    try:
        return read_faq(file.read_bytes())
    except CampaignError as error:
        raise click.ClickException("\n".join(f"{file}: {fault}" for fault in error.faults)) from None


def _publish(installation: Foundation, page: Account, entries: Sequence[FaqEntry], base: int | None) -> None:
    with progress("learning") as advance:
        try:
            learn = partial(learn_model, advance=advance, encoder=encoder(installation.settings.encoder))
            published = publish(installation.database, page.id, entries, base_version=base, learn=learn)
        except ChangedMeanwhileError:
            raise click.ClickException("somebody else changed these answers meanwhile; try again") from None
    state = "answers from now on" if published.is_new else "answers already"
    click.echo(f"page {page.page_id}: version {published.version} {state}")


def _groups(installation: Foundation, page: Account) -> list[Group]:
    with installation.database.reading() as connection:
        return group(unanswered.load_open(connection, page.id, _MOST_QUESTIONS))


def _group_as_json(found: Group) -> dict[str, Any]:
    asked = [{"text": q.text, "language": q.language, "asked_at": q.asked_at.isoformat()} for q in found.questions]
    return {"group": found.name, "number": len(asked), "questions": asked}


def _read_docs(file: Path) -> list[tuple[str, FaqEntry]]:
    """Thread and entry of each; those that ask the same share a name."""
    found = []
    for number, fields in read_json_lines(read_text(file), file):
        question, text, thread = (_text(fields, name, number, file) for name in ("question", "answer", "thread"))
        phrasings = fields.get("phrasings", [])
        if not isinstance(phrasings, list) or not all(isinstance(phrasing, str) for phrasing in phrasings):
            raise MisuseError(f"{file}, line {number}: phrasings must be a list of texts")
        found.append((thread, FaqEntry(question, "", question, text, tuple(phrasings))))
    if not found:
        raise MisuseError(f"{file}: holds no documents")
    return found


def _read_queries(file: Path) -> list[tuple[str, str]]:
    """Thread and text of each."""
    found = [
        (_text(fields, "thread", number, file), _text(fields, "text", number, file))
        for number, fields in read_json_lines(read_text(file), file)
    ]
    if not found:
        raise MisuseError(f"{file}: holds no queries")
    return found


def _text(fields: Mapping[str, Any], name: str, number: int, file: Path) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise MisuseError(f"{file}, line {number}: needs {name}, a text in quotes")
    return value


def _rank(
    docs: Sequence[tuple[str, FaqEntry]], queries: Sequence[tuple[str, str]], advance: Callable[[float], None]
) -> RankingScores:
    threads = [thread for thread, _ in docs]
    if unknown := sorted({thread for thread, _ in queries} - set(threads)):
        raise MisuseError(f"no document has the thread {unknown[0]!r}, which a query asks for")
    index = FaqIndex.learn([entry for _, entry in docs])
    place = {name: number for number, name in enumerate(index.names)}
    entry_of_doc = [place[entry.name] for _, entry in docs]
    relevant = []
    for number, (thread, text) in enumerate(queries):
        advance(number / len(queries))
        scores = index.resemblance(text).scores[entry_of_doc]
        relevant.append([threads[doc] == thread for doc in (-scores).argsort(kind="stable").tolist()])
    return score_rankings(relevant)


def _scores_as_json(scores: RankingScores, milliseconds_per_query: float) -> dict[str, float | int]:
    return {
        "queries": scores.queries,
        "map": round(scores.mean_average_precision, 4),
        "p_at_1": round(scores.precision_at_1, 4),
        "mrr": round(scores.mean_reciprocal_rank, 4),
        "milliseconds_per_query": round(milliseconds_per_query, 2),
    }


def _scores_in_words(scores: RankingScores, milliseconds_per_query: float) -> str:
    return (
        f"MAP {scores.mean_average_precision:.3f}, P@1 {scores.precision_at_1:.3f},"
        f" MRR {scores.mean_reciprocal_rank:.3f} over {scores.queries} queries,"
        f" {milliseconds_per_query:.1f} ms a query"
    )
