"""A classifier as bytes and back. Arrays and texts only: reading foreign bytes runs nothing."""

import io
import json
import zipfile
from typing import Any

import numpy as np

from botapp.understanding.intent.calibration import Calibration
from botapp.understanding.intent.encoder import Encoder
from botapp.understanding.intent.linear import LinearClassifier
from botapp.understanding.intent.vectors import Cut, Grams, Vocabulary

_FORM = 2
_FORM_WITHOUT_CUTS = 1  # of earlier versions, whose models still answer: always words and letters
_BETWEEN = "\n"  # no gram holds one


class OtherEncoderError(ValueError):
    """It was learnt with an encoder that is not there, or is not the same."""


def to_bytes(classifier: LinearClassifier | None, calibration: Calibration) -> bytes:
    """The same classifier makes the same bytes. Of an encoder only the fingerprint is kept."""
    encoder = classifier.vocabulary.encoder if classifier else None
    header = {
        "form": _FORM,
        "calibration": [calibration.bias, calibration.per_top, calibration.per_lead, calibration.threshold],
        "labels": list(classifier.labels) if classifier else None,
        "out_of_scope": classifier.out_of_scope if classifier else None,
        "cuts": [grams.cut for grams in classifier.vocabulary.kinds] if classifier else None,
        "encoder": encoder.fingerprint if encoder else None,
    }
    arrays: dict[str, Any] = {"header": _encoded(json.dumps(header, sort_keys=True))}
    if classifier is not None:
        arrays |= {"weights": classifier.weights, "biases": classifier.biases}
        for grams in classifier.vocabulary.kinds:
            arrays |= {grams.cut.value: _encoded(_BETWEEN.join(grams.columns)), f"{grams.cut}_weights": grams.weights}
    written = io.BytesIO()
    np.savez_compressed(written, allow_pickle=False, **arrays)
    return written.getvalue()


def from_bytes(content: bytes, encoder: Encoder | None = None) -> tuple[LinearClassifier | None, Calibration]:
    """The other way. Raises OtherEncoderError, and ValueError for anything that `to_bytes` did not make.

    A classifier that was learnt without an encoder goes on without.
    """
    try:
        # Opened as an archive here, because numpy would take other bytes for another of its forms.
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _read({name: arrays[name] for name in names}, encoder)
    except OtherEncoderError:
        raise
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError("no stored classifier") from error


def _read(arrays: dict[str, Any], encoder: Encoder | None) -> tuple[LinearClassifier | None, Calibration]:
    header = json.loads(_decoded(arrays["header"]))
    if header["form"] not in (_FORM, _FORM_WITHOUT_CUTS):
        raise ValueError(f"a stored classifier of form {header['form']}; this version reads {_FORM}")
    calibration = Calibration(*header["calibration"])
    if header["labels"] is None:
        return None, calibration
    learnt_with = header.get("encoder")
    if learnt_with is not None and (encoder is None or encoder.fingerprint != learnt_with):
        raise OtherEncoderError(f"learnt with the encoder {learnt_with[:12]}, which is not the one in use")
    cuts = [Cut(name) for name in header["cuts"]] if header["form"] == _FORM else [Cut.WORDS, Cut.LETTERS]
    vocabulary = Vocabulary(tuple(_grams(cut, arrays) for cut in cuts), encoder if learnt_with else None)
    weights, biases = arrays["weights"], arrays["biases"]
    if weights.shape != (vocabulary.width, len(header["labels"])) or biases.shape != weights.shape[1:]:
        raise ValueError("a stored classifier whose parts do not fit")
    labels = tuple(header["labels"])
    return LinearClassifier(labels, vocabulary, weights, biases, calibration, header["out_of_scope"]), calibration


def _grams(cut: Cut, arrays: dict[str, Any]) -> Grams:
    words = _decoded(arrays[cut.value])
    columns = {gram: column for column, gram in enumerate(words.split(_BETWEEN) if words else ())}
    return Grams(cut, columns, arrays[f"{cut}_weights"])


def _encoded(text: str) -> Any:  # noqa: ANN401  an array of bytes
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _decoded(array: Any) -> str:  # noqa: ANN401  the same
    return bytes(array).decode("utf-8", "surrogatepass")
