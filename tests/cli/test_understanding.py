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


def test_a_line_that_cannot_be_read_is_named(botapp: Botapp) -> None:
    done = botapp("understand", stdin='{"text": "stop"}\nstop\n')

    assert done.code == 1
    assert "line 2" in done.err
    assert botapp("understand", "--zone", "Mars/Olympus", stdin="").code == 2
    assert botapp("understand", "--now", "soon", stdin="").code == 2
