"""`botapp intents eval` and `botapp faq`: figures for anybody's texts, and a page's answers by hand."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from botapp.bootstrap.installation import Installation
from botapp.commands.example_files import read_examples
from botapp.storage import unanswered
from botapp.storage.schema import contact
from botapp.storage.unanswered import Question
from tests.cli.conftest import Botapp
from tests.cli.terminal import Done

TRAIN = [
    ("how much is it", "price"),
    ("what does this cost", "price"),
    ("price please", "price"),
    ("is it expensive", "price"),
    ("where is my parcel", "order"),
    ("track my order", "order"),
    ("my order has not come", "order"),
    ("when will the parcel arrive", "order"),
]
TEST = [("what is the price", "price"), ("parcel not here yet", "order"), ("tell me a joke", "none")]
FAQ = '[[entries]]\nname = "tea"\nen = {question = "Which teas do you have?", answer = "Green."}\n'


def test_the_figures_are_printed_for_scripts(botapp: Botapp, tmp_path: Path) -> None:
    train, test = _written(tmp_path, "csv", "train", TRAIN), _written(tmp_path, "csv", "test", TEST)
    done = botapp("intents", "eval", "--train", str(train), "--test", str(test), "--out-of-scope", "none", "--json")

    figures = json.loads(done.out)
    assert (done.code, figures["texts"], figures["in_scope_accuracy"]) == (0, 3, 100.0)
    assert {"accuracy", "out_of_scope_recall", "matthews", "training_seconds", "model_megabytes"} <= figures.keys()
    assert "neither file" not in done.err


def test_a_label_that_neither_file_has_is_noted(botapp: Botapp, tmp_path: Path) -> None:
    train, test = _written(tmp_path, "csv", "train", TRAIN), _written(tmp_path, "csv", "test", TEST)
    done = botapp("intents", "eval", "--train", str(train), "--test", str(test), "--out-of-scope", "nonne")

    assert (done.code, "neither file has the label 'nonne'" in done.err) == (0, True)


@pytest.mark.parametrize("form", ["csv", "jsonl", "clinc"])
@pytest.mark.parametrize("part", ["train", "test"])
def test_every_form_of_file_holds_the_same_examples(tmp_path: Path, form: str, part: str) -> None:
    file = _written(tmp_path, form, part, TRAIN)
    assert [(e.text, e.label) for e in read_examples(file, judging=part == "test")] == TRAIN


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("text,label\nhello\n", "line 2"),
        ("words,label\nhello,x\n", "header"),
        ('{"text": "a", "label": "x"}\nnonsense\n', "line 2"),
        ("text,label\nhello,x\nhi,x\n", "two labels"),
        ("", "header"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_line(
    botapp: Botapp, tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "file").write_text(content)
    done = botapp("intents", "eval", "--train", str(tmp_path / "file"), "--test", str(tmp_path / "file"))

    assert done.code == 2
    assert complaint in done.err
    assert "Traceback" not in done.err


def test_documents_are_ranked_for_queries(botapp: Botapp, tmp_path: Path) -> None:
    docs = [
        {"question": "How do I delete my account?", "answer": "Under settings.", "thread": "t1"},
        {"question": "Which teas are there?", "answer": "Green and black.", "thread": "t2"},
    ]
    queries = [{"text": "remove account", "thread": "t1"}, {"text": "what tea do you sell", "thread": "t2"}]
    for name, rows in (("docs", docs), ("queries", queries)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    given = ("--docs", str(tmp_path / "docs"), "--queries", str(tmp_path / "queries"))

    figures = json.loads(botapp("faq", "eval", *given, "--json").out)
    assert (figures["map"], figures["p_at_1"], figures["mrr"], figures["queries"]) == (1.0, 1.0, 1.0, 2)
    (tmp_path / "queries").write_text('{"text": "x", "thread": "t3"}\n')
    assert botapp("faq", "eval", *given).code == 2


def test_a_faq_is_tried_applied_and_listed(shop: Botapp, tmp_path: Path) -> None:
    (tmp_path / "faq.toml").write_text(FAQ)
    file = str(tmp_path / "faq.toml")
    tried = shop("faq", "apply", file, "--page", "1000", "--dry-run")
    assert tried.out.splitlines() == ["added tea (en)", "nothing was changed"]
    assert "version 1 answers from now on" in shop("faq", "apply", file, "--page", "1000").out
    assert "tea (en): Which teas do you have?" in shop("faq", "list", "--page", "1000").out
    assert "nothing is unanswered" in shop("faq", "questions", "--page", "1000").out
    assert shop("faq", "answer", "12345678", "--entry", "tea", "--page", "1000").code == 1


def test_questions_without_an_answer_become_a_new_entry_with_one_command(
    shop: Botapp, tmp_path: Path, installation: Installation, says: Callable[[str, str], None]
) -> None:
    (tmp_path / "faq.toml").write_text(FAQ)
    shop("faq", "apply", str(tmp_path / "faq.toml"), "--page", "1000")
    says("4711", "hello")
    now = installation.clock.now()
    with installation.database.transaction() as connection:
        [(account_id, contact_id)] = connection.execute(select(contact.c.account_id, contact.c.id))
        for number, text in enumerate(("do you repair bicycles?", "can you repair bicycles")):
            unanswered.store_new(connection, Question(account_id, contact_id, f"k{number}", text, "en", now))
    group_name = shop("faq", "questions", "--page", "1000").out.split()[0]

    def answer(name: str, words: str) -> Done:
        return shop("faq", "answer", group_name, "--entry", name, "--answer", words, "--page", "1000")

    assert "there is an entry 'tea' already" in answer("tea", "Yes.").err
    assert "name: may hold" in answer("B B", "Yes.").err
    done = answer("bicycles", "Yes, on Mondays.")
    assert (done.code, "2 questions are answered by bicycles" in done.out) == (0, True), done.err
    assert "bicycles (en): do you repair bicycles?" in shop("faq", "list", "--page", "1000").out
    assert "nothing is unanswered" in shop("faq", "questions", "--page", "1000").out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[entries]]\nname = 'A B'\nen = {question = 'a', answer = 'b'}", "name: may hold"),
        ("[[entries]]\nname = 'a'\nen = {question = 'a'}", "answer: is missing"),
        ("[[entries]]\nname = 'a'\n", "at least one language"),
        (FAQ + FAQ, "two are named"),
        (FAQ + FAQ.replace("tea", "milk").replace("Which milks", "Which teas"), "'tea' and 'milk' both have"),
        ("[[entries]]\nname = 'a'\nen = {question = 'a', answer = 'b', colour = 'c'}", "colour: unknown key"),
        ("", "there are none"),
        ("[[", "not a TOML file"),
    ],
)
def test_a_faq_with_a_fault_is_refused_with_its_key(shop: Botapp, tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "faq.toml").write_text(text)
    done = shop("faq", "apply", str(tmp_path / "faq.toml"), "--page", "1000")
    assert (done.code, complaint in done.err) == (1, True)


def _written(folder: Path, form: str, name: str, rows: list[tuple[str, str]]) -> Path:
    path = folder / f"{name}.{form}"
    if form == "csv":
        path.write_text("sentence,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows))
    elif form == "jsonl":
        path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows))
    else:
        path.write_text(json.dumps({name: rows}))
    return path
