"""An encoder from a folder on this machine, run by ONNX Runtime. Nothing is fetched: what is not there is an error.

The folder is laid out as sentence encoders are published: `tokenizer.json`, and `model.onnx` beside it or in `onnx/`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from botapp.understanding.intent.floats import Floats
from botapp.understanding.intent.vectors import at_length_one

_MOST_TOKENS = 128  # of a text: what customers ask is said by then
_MODEL_PLACES = ("model.onnx", "onnx/model.onnx")
_OF_TOKENS, _OF_TEXTS = 3, 2  # dimensions of what a model puts out
_READ_BYTES = 1 << 20


class EncoderError(Exception):
    """The folder holds no encoder that can be used; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class OnnxEncoder:
    """The mean of what the model says of each token, or what it says of the whole text where it does that itself."""

    fingerprint: str
    width: int
    _tokenizer: Tokenizer
    _session: onnxruntime.InferenceSession

    @staticmethod
    def load(folder: Path) -> "OnnxEncoder":
        """Raises EncoderError."""
        tokens = folder / "tokenizer.json"
        model = next((folder / place for place in _MODEL_PLACES if (folder / place).is_file()), None)
        if not tokens.is_file() or model is None:
            raise EncoderError(f"{folder} needs tokenizer.json and model.onnx (or onnx/model.onnx)")
        try:
            tokenizer = Tokenizer.from_file(str(tokens))
            tokenizer.enable_truncation(_MOST_TOKENS)
            tokenizer.no_padding()
            session = onnxruntime.InferenceSession(str(model), _options(), providers=["CPUExecutionProvider"])
            width = _run(session, tokenizer.encode("hello")).shape[-1]
        except Exception as error:  # both libraries raise what they like, of classes that they do not name
            raise EncoderError(f"{folder} cannot be read as an encoder: {error}") from error
        return OnnxEncoder(_hash_of(tokens, model), int(width), tokenizer, session)

    def encode(self, text: str) -> Floats:
        """By one core, in milliseconds for a small model."""
        tokens = self._tokenizer.encode(text)
        return at_length_one(_run(self._session, tokens)) if tokens.ids else np.zeros(self.width, dtype=np.float32)


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # workers have threads of their own
    return options


def _run(session: onnxruntime.InferenceSession, tokens: Encoding) -> Floats:
    known: dict[str, Any] = {
        "input_ids": tokens.ids,
        "attention_mask": tokens.attention_mask,
        "token_type_ids": tokens.type_ids,
    }
    given = {each.name: np.array([known[each.name]], dtype=np.int64) for each in session.get_inputs()}
    found = np.asarray(session.run(None, given)[0], dtype=np.float32)
    if found.ndim == _OF_TOKENS:
        return np.asarray(found[0].mean(axis=0), dtype=np.float32)
    if found.ndim == _OF_TEXTS:
        return np.asarray(found[0], dtype=np.float32)
    raise ValueError(f"its first output has {found.ndim} dimensions; of texts or of their tokens was expected")


def _hash_of(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            while read := content.read(_READ_BYTES):
                digest.update(read)
    return digest.hexdigest()
