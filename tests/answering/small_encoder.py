"""A sentence encoder of a few words, laid out in a folder as real ones are published."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers


def write_encoder(folder: Path, meanings: Mapping[str, Sequence[str]]) -> Path:
    """One that knows which words mean the same, and nothing else. The folder."""
    words = {"[UNK]": 0}
    points = [np.zeros(len(meanings), dtype=np.float32)]
    for place, same in enumerate(meanings.values()):
        for word in same:
            words[word] = len(words)
            points.append(np.eye(len(meanings), dtype=np.float32)[place])
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    graph = helper.make_graph(
        [helper.make_node("Gather", ["points", "input_ids"], ["last_hidden_state"])],
        "meanings",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", len(meanings)])],
        [numpy_helper.from_array(np.array(points), "points")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    return folder
