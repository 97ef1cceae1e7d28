"""`botapp understand`: JSON lines in, JSON lines out, no database and no settings."""

import json

from tests.cli.conftest import Botapp


def test_each_line_gets_its_label_and_a_mute_its_end(botapp: Botapp) -> None:
    texts = ["please stop messaging me", "mute until Monday 9am", "mute", "stop by the store", "STOP quibbling zebras"]
    lines = "".join(json.dumps({"text": text, "lang": "en"}) + "\n" for text in texts)

    done = botapp("understand", "--now", "2026-10-14T18:30:00Z", "--zone", "Europe/Madrid", stdin=lines)
    answers = [json.loads(line) for line in done.out.splitlines()]

    assert done.code == 0
    assert [answer["label"] for answer in answers] == ["optout", "mute", "mute", "none", "optout"]
    assert answers[0]["evidence"] == "stop … messaging"
    assert [answer.get("until", "no mute") for answer in answers[:3]] == ["no mute", "2026-10-19T09:00:00+02:00", None]
    assert [answer.get("ambiguous", False) for answer in answers] == [False, False, False, False, True]
    assert all(0 < answer["confidence"] <= 1 for answer in answers)


def test_lines_that_cannot_be_read_are_named_and_the_others_answered(botapp: Botapp) -> None:
    done = botapp("understand", stdin='{"text": "stop"}\nstop\n[[\n{"text": 3}\n\n{"text": "mute"}\n')

    assert done.code == 2
    assert [json.loads(line)["label"] for line in done.out.splitlines()] == ["optout", "mute"]
    assert [line.split(" is")[0] for line in done.err.splitlines()] == ["line 2", "line 3", "line 4"]
    assert botapp("understand", "--zone", "Mars/Olympus", stdin="").code == 2
    assert botapp("understand", "--now", "soon", stdin="").code == 2
