"""A page may learn and answer with a sentence encoder from a folder: what means the same is then asked alike."""

import json
import logging
from pathlib import Path

import pytest

from botapp.answering.answerer import Answer, Answered, Answerer
from botapp.answering.learning import learn_model
from botapp.answering.onnx_encoder import EncoderError, OnnxEncoder
from botapp.answering.publish import live_entries, publish
from botapp.bootstrap.content import encoder as encoder_of
from botapp.campaign.faq_file import read_faq
from botapp.settings import SettingsError, load_settings
from tests.answering.small_encoder import write_encoder
from tests.world import World

MEANINGS = {  # all but the last word of each are taught
    "delivery": ("parcel", "shipment", "delivery", "courier", "freight", "consignment"),
    "refund": ("refund", "money", "chargeback", "credit", "repayment", "reimbursement"),
    "opening": ("open", "hours", "closing", "schedule", "weekend", "timetable"),
    "vegan": ("vegan", "animal", "dairy", "milk", "eggs", "plantbased"),
    "parking": ("parking", "car", "garage", "vehicle", "space", "automobile"),
    "jobs": ("job", "career", "vacancy", "work", "hiring", "internship"),
}


def shop_faq() -> bytes:
    entries = (
        f'[[entries]]\nname = "{name}"\nen = {{question = "{words[0]}?", answer = "About {name}.",'
        f" phrasings = {json.dumps(words[1:-1])}}}\n"
        for name, words in MEANINGS.items()
    )
    return "\n".join(entries).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_encoder(tmp_path / "encoder", MEANINGS)


def teach(world: World, encoder: OnnxEncoder | None) -> bool:
    """Whether there is something new."""
    database, page = world.installation.database, world.account.id
    base, _ = live_entries(database, page)

    def learn(entries: object) -> bytes:
        return learn_model(entries, encoder=encoder)  # type: ignore[arg-type]

    return publish(database, page, read_faq(shop_faq()), base_version=base, learn=learn).is_new


def ask(world: World, answerer: Answerer, text: str) -> Answer | None:
    with world.installation.database.reading() as connection:
        return answerer.answer(connection, world.account.id, text, "en")


def test_words_that_were_never_taught_are_understood_by_their_meaning(world: World, folder: Path) -> None:
    encoder = OnnxEncoder.load(folder)
    teach(world, None)
    assert not isinstance(ask(world, Answerer(), "consignment"), Answered)
    assert teach(world, encoder)  # the same answers, learnt anew
    assert not teach(world, encoder)  # the same encoder teaches the same bytes
    with_encoder = Answerer(encoder)
    for text, name in (("consignment", "delivery"), ("reimbursement", "refund"), ("automobile", "parking")):
        found = ask(world, with_encoder, text)
        assert isinstance(found, Answered), text
        assert found.entry.name == name
    assert not isinstance(ask(world, with_encoder, "zzz"), Answered)


def test_what_was_learnt_with_an_encoder_answers_with_that_one_alone(
    world: World, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    teach(world, OnnxEncoder.load(folder))
    other = OnnxEncoder.load(write_encoder(tmp_path / "other", {**MEANINGS, "more": ("more",)}))
    with caplog.at_level(logging.ERROR):
        assert [ask(world, Answerer(each), "parcel?") for each in (None, other)] == [None, None]
    assert "apply its FAQ anew" in caplog.text
    teach(world, None)
    assert ask(world, Answerer(other), "parcel?") is not None  # learnt without one: any will do


def test_a_running_worker_sees_that_the_same_answers_were_learnt_anew(world: World, folder: Path) -> None:
    encoder = OnnxEncoder.load(folder)
    running = Answerer(encoder)
    teach(world, None)
    assert not isinstance(ask(world, running, "automobile"), Answered)
    teach(world, encoder)
    assert isinstance(ask(world, running, "automobile"), Answered)


def test_a_folder_without_an_encoder_is_refused_with_a_remedy(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(EncoderError, match=r"needs tokenizer\.json"):
        OnnxEncoder.load(tmp_path)
    (folder / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(EncoderError, match="cannot be read as an encoder"):
        OnnxEncoder.load(folder)
    with pytest.raises(SettingsError, match=r"BOTAPP_ENCODER: .* cannot be read"):
        encoder_of(folder)
    with pytest.raises(SettingsError, match=r"(?i)encoder.*is no folder"):
        load_settings(encoder=tmp_path / "nowhere")
