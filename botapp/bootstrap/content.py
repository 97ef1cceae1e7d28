"""The content that processes read once: words, texts, and what a worker needs for the FAQ."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from botapp.channels.messenger.stored import read_stored
from botapp.config_files import read_languages, read_toml
from botapp.conversation.answers import Wordings, load_wordings
from botapp.settings import SettingsError
from botapp.understanding.courtesy import Courtesies, load_courtesies
from botapp.understanding.likeness import load_likeness
from botapp.understanding.wish import WithdrawalWords, load_withdrawal_words

if TYPE_CHECKING:
    from botapp.conversation.faq_knowledge import FaqKnowledge
    from botapp.understanding.intent.encoder import Encoder


@cache
def withdrawal_words() -> WithdrawalWords:
    """Read once in each process: thousands of phrases take most of a second."""
    return load_withdrawal_words(read_languages("optout"), load_likeness(read_toml("likeness.toml")))


@cache
def courtesies() -> Courtesies:
    return load_courtesies(read_languages("courtesy"))


@cache
def wordings() -> Wordings:
    return load_wordings(read_languages("answers"))


@cache
def encoder(folder: Path | None) -> "Encoder | None":
    """The one that is set, if one is. Raises SettingsError."""
    if folder is None:
        return None
    try:
        from botapp.answering.onnx_encoder import EncoderError, OnnxEncoder  # noqa: PLC0415  installed where wanted
    except ImportError:
        raise SettingsError("BOTAPP_ENCODER: needs pip install 'botapp[encoder]'") from None
    try:
        return OnnxEncoder.load(folder)
    except EncoderError as error:
        raise SettingsError(f"BOTAPP_ENCODER: {error}") from None


def faq_knowledge(encoder_folder: Path | None) -> "FaqKnowledge":
    # Here, because numpy takes 25 MB, and of all processes only a worker answers by the FAQ.
    from botapp.answering.answerer import Answerer  # noqa: PLC0415  see above
    from botapp.conversation.faq_knowledge import FaqKnowledge  # noqa: PLC0415  the same

    return FaqKnowledge(Answerer(encoder(encoder_folder)), read_stored)
