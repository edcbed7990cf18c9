"""A BERT in eight bits: made once from the weights that torch has, and run by ONNX Runtime; the only importer of both.

Weights have a scale for each row, and activations one for each token: one for a whole text would be set by its few
largest values, and moves vectors three times as far from torch's. The operator itself still looks at all of a text,
so its vectors would depend on what is read along with it; `Session` reads one at a time, and threads read several.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.types import Vectors

if TYPE_CHECKING:
    from onnx import ModelProto

# ONNX Runtime as it is published keeps an identifier of the machine and notes of what it ran, and sends them to its
# makers. It looks at this when it is imported; what it offers to be called comes too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

VERSION = 1  # raise it when what is written, or what it computes, changes
CONTRIB = "com.microsoft"
EIGHT_BITS = 127
SEVEN_BITS = 63  # older processors add up two products with a byte in sixteen bits, which then do not overflow
TINY = np.array([1e-9], np.float32)
INPUT, OUTPUT = "input_ids", "token_embeddings"

Weights = Mapping[str, npt.NDArray[np.float32]]
Config = Mapping[str, Any]


class Unquantisable(Exception):
    """The model is of another kind, or its file cannot be written."""


class Session:
    """May be used by several threads, each with a text of its own: one text takes one thread, whatever the machine, and
    always gives the same vectors."""

    def __init__(self, path: Path) -> None:
        """Raises Unquantisable where the file is damaged."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors have no class in common
            raise Unquantisable(str(error)) from error

    def tokens(self, ids: npt.NDArray[np.int64]) -> Vectors:
        """(1, tokens) to (1, tokens, dimension)."""
        (vectors,) = self._session.run([OUTPUT], {INPUT: ids})
        return np.asarray(vectors, np.float32)


def write(path: Path, weights: Weights, config: Config) -> None:
    """All of the file or none of it. Raises Unquantisable."""
    import onnx

    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu" or config.get("is_decoder"):
        raise Unquantisable(str(config.get("model_type")))
    try:
        handle, draft = tempfile.mkstemp(prefix=".draft-", suffix=".onnx", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(onnx.ModelProto.SerializeToString(_Bert(weights, config).model()))
            Path(draft).replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(draft).unlink()
    except (OSError, KeyError) as error:
        raise Unquantisable(str(error)) from error


class _Bert:
    """The graph, written down node by node in the operators that ONNX Runtime has for it: what a tracer and an
    optimiser would find, without either. One text, so nothing is padded and nothing masked."""

    def __init__(self, weights: Weights, config: Config) -> None:
        self._weights, self._config = weights, config
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def model(self) -> "ModelProto":
        from onnx import TensorProto, helper

        hidden = self._embeddings()
        for layer in range(self._config["num_hidden_layers"]):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden)
        self._node("Identity", [hidden], OUTPUT)
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [helper.make_tensor_value_info(INPUT, TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, "tokens", self._config["hidden_size"]])],
            list(self._constants.values()),
        )
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=10)

    def _embeddings(self) -> str:
        from onnx import TensorProto

        words, scales = _quantised(self._weights["embeddings.word_embeddings.weight"], EIGHT_BITS)
        self._node("Gather", [self._constant("words", words), INPUT], "word.levels")
        self._node("Gather", [self._constant("words.scales", scales[:, None]), INPUT], "word.scales")
        self._node("Cast", ["word.levels"], "word.floats", to=TensorProto.FLOAT)
        self._node("Mul", ["word.floats", "word.scales"], "word")
        places = self._weights["embeddings.position_embeddings.weight"]
        places = places + self._weights["embeddings.token_type_embeddings.weight"][0]
        self._node("Shape", [INPUT], "tokens", start=1, end=2)
        self._node("Slice", [self._constant("places", places[None]), *self._ints(0), "tokens", *self._ints(1)], "place")
        return self._normalised("embeddings.LayerNorm", "word", "place")

    def _layer(self, layer: str, hidden: str) -> str:
        attention = f"{layer}attention."
        rows = self._rows(hidden)
        heads = [self._linear(f"{attention}self.{part}", rows, f"{layer}{part}") for part in ("query", "key", "value")]
        count = self._config["num_attention_heads"]
        self._node("MultiHeadAttention", heads, f"{layer}heads", CONTRIB, num_heads=count)
        mixed = self._linear(f"{attention}output.dense", self._rows(f"{layer}heads"), f"{layer}mixed")
        hidden = self._normalised(f"{attention}output.LayerNorm", mixed, hidden)
        inner = self._linear(f"{layer}intermediate.dense", self._rows(hidden), f"{layer}inner")
        self._node("Gelu", [inner], f"{layer}gelu", CONTRIB)
        outer = self._linear(f"{layer}output.dense", self._rows(f"{layer}gelu"), f"{layer}outer")
        return self._normalised(f"{layer}output.LayerNorm", outer, hidden)

    def _rows(self, source: str) -> tuple[str, str]:
        """The values between -1 and 1, and what 1 stands for in each row."""
        self._node("Abs", [source], f"{source}.abs")
        self._node("ReduceMax", [f"{source}.abs", *self._ints(-1)], f"{source}.highest")
        highest = self._node("Max", [f"{source}.highest", self._constant(f"{source}.least", TINY)], f"{source}.scale")
        return self._node("Div", [source, highest], f"{source}.rows"), highest

    def _linear(self, name: str, rows: tuple[str, str], target: str) -> str:
        matrix, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        levels, scales = _quantised(matrix, SEVEN_BITS)
        weights = [self._constant(f"{target}.levels", levels.T), self._constant(f"{target}.scales", scales)]
        self._node("DynamicQuantizeMatMul", [rows[0], *weights], f"{target}.product", CONTRIB)
        self._node("Mul", [f"{target}.product", rows[1]], f"{target}.scaled")
        return self._node("Add", [f"{target}.scaled", self._constant(f"{target}.bias", bias)], target)

    def _normalised(self, name: str, left: str, right: str) -> str:
        gain = [self._constant(f"{name}.{part}", self._weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        epsilon = self._config["layer_norm_eps"]
        return self._node("SkipLayerNormalization", [left, right, *gain], name, CONTRIB, epsilon=epsilon)

    def _ints(self, *values: int) -> list[str]:
        return [self._constant(f"int.{value}", np.array([value], np.int64)) for value in values]

    def _constant(self, name: str, values: npt.NDArray[Any]) -> str:
        from onnx import numpy_helper

        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output


def _quantised(matrix: npt.NDArray[np.float32], highest: int) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Levels from -highest to highest, and what one level is worth in each row."""
    scales = np.maximum(np.abs(matrix).max(axis=1) / highest, 1e-9).astype(np.float32)
    return np.rint(matrix / scales[:, None]).astype(np.int8), scales
