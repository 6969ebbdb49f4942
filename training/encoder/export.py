"""Writes the encoder's weights as one ONNX file that multiplies integers.

Matrices are stored as uint8 centred on 128, with one scale for each output. Each row of the embeddings has its own
scale. Word embeddings are the largest part and were rounded before training; they are stored in four bits, two to a
byte. The packaged file converts its matrices to float32 on loading. This one also rounds the activations of each
message (`DynamicQuantizeLinear`, `MatMulInteger`), because processors multiply integers fastest. It has the same inputs
and output as the packaged file, so `SentenceEncoder` accepts either.
"""

from pathlib import Path
from typing import Any, List, Sequence, Tuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnx.onnx_ml_pb2 import NodeProto, TensorProto

from training.encoder.bert import DIMENSION, HEADS, POSITIONS, TYPES, WORDS, Floats, Weights, layers_of
from training.encoder.blocks import EPSILON

OPSET = 17
IR_VERSION = 8
#: ONNX Runtime's own operators, for Gelu.
MICROSOFT = "com.microsoft"
#: The largest n for which both n and -n fit in four bits.
FOUR_BITS = 7


def export(weights: Weights, out: Path) -> None:
    """Write `weights`, named as in the safetensors file, to `out`."""
    graph = _Graph(weights)
    graph.encode()
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
                for name in ("input_ids", "attention_mask", "token_type_ids")
            ],
            [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", DIMENSION])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=IR_VERSION,
        producer_name="streetwise",
    )
    onnx.checker.check_model(model)
    out.write_bytes(model.SerializeToString())


def quantise(values: Floats, axis: int, most: int = 127) -> Tuple[NDArray[np.int8], Floats]:
    """Round values to integers from -most to most, with float32 scales that restore them.

    Args:
        values: (a, b).
        axis: the axis whose values share a scale; 1 gives scales (a, 1), 0 gives (1, b).
        most: 127 for eight bits, 7 for four.
    """
    scales = np.maximum(np.abs(values).max(axis=axis, keepdims=True) / most, 1e-12).astype(np.float32)
    return np.clip(np.rint(values / scales), -most, most).astype(np.int8), scales


def rounded_words(weights: Weights) -> Weights:
    """The weights with their word embeddings already rounded, so that `export` loses no more precision."""
    numbers, scales = quantise(weights[WORDS], axis=1, most=FOUR_BITS)
    return {**weights, WORDS: numbers * scales}


class _Graph:
    """Nodes and constants, in the order of the computation."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: List[NodeProto] = []
        self.constants: List[TensorProto] = []

    def encode(self) -> None:
        """Add the whole encoder; the last node gives `last_hidden_state`."""
        bias = self._mask()
        hidden = self._embeddings()
        for number in range(layers_of(self._weights)):
            hidden = self._layer(hidden, bias, f"encoder.layer.{number}")
        self._node("Identity", [hidden], "last_hidden_state")

    def _mask(self) -> str:
        """(n, 1, 1, t): zero for a word piece, a large negative number for padding."""
        mask = self._node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
        mask = self._node("Unsqueeze", [mask, self._constant("axes", np.array([1, 2]))], "mask_wide")
        mask = self._node("Sub", [mask, self._constant("one", np.array([1.0], np.float32))], "mask_less")
        return self._node("Mul", [mask, self._constant("far", np.array([1e9], np.float32))], "mask_bias")

    def _embeddings(self) -> str:
        length = self._node("Shape", ["input_ids"], "length", start=1, end=2)
        start, step = self._constant("zero", np.array(0)), self._constant("step", np.array(1))
        end = self._node("Squeeze", [length], "end")
        places = self._node("Range", [start, end, step], "places")
        words = self._words()
        positions = self._rows(POSITIONS, places)
        types = self._node("Gather", [self._constant("types", self._weights[TYPES]), "token_type_ids"], "types_of")
        total = self._node("Add", [words, positions], "words_placed")
        total = self._node("Add", [total, types], "embedded")
        return self._norm(total, "embeddings.LayerNorm")

    def _words(self) -> str:
        """Look up word embeddings.

        The lower four bits of the bytes hold the first half of a row, the upper four the second half.
        """
        numbers, scales = quantise(self._weights[WORDS], axis=1, most=FOUR_BITS)
        shifted = (numbers + 8).astype(np.uint8)
        half = DIMENSION // 2
        packed = self._constant(f"{WORDS}.q", shifted[:, :half] | shifted[:, half:] << 4)
        picked = self._node("Gather", [packed, "input_ids"], f"{WORDS}.picked")
        four = self._constant("four", np.array(4, np.uint8))
        upper = self._node("BitShift", [picked, four], f"{WORDS}.upper", direction="RIGHT")
        raised = self._node("BitShift", [upper, four], f"{WORDS}.raised", direction="LEFT")
        lower = self._node("Sub", [picked, raised], f"{WORDS}.lower")
        joined = self._node("Concat", [lower, upper], f"{WORDS}.joined", axis=-1)
        value = self._node("Cast", [joined], f"{WORDS}.cast", to=TensorProto.FLOAT)
        value = self._node("Sub", [value, self._constant("eight", np.array(8.0, np.float32))], f"{WORDS}.whole")
        return self._scaled(value, WORDS, scales, "input_ids")

    def _rows(self, name: str, indices: str) -> str:
        """Convert only the rows that a message needs."""
        numbers, scales = quantise(self._weights[name], axis=1)
        picked = self._node("Gather", [self._constant(f"{name}.q", numbers), indices], f"{name}.picked")
        picked = self._node("Cast", [picked], f"{name}.cast", to=TensorProto.FLOAT)
        return self._scaled(picked, name, scales, indices)

    def _scaled(self, picked: str, name: str, scales: Floats, indices: str) -> str:
        scale = self._node("Gather", [self._constant(f"{name}.s", scales), indices], f"{name}.scale")
        return self._node("Mul", [picked, scale], f"{name}.rows")

    def _layer(self, hidden: str, bias: str, name: str) -> str:
        attended = self._attention(hidden, bias, f"{name}.attention")
        hidden = self._norm(self._sum(hidden, attended, f"{name}.attended"), f"{name}.attention.output.LayerNorm")
        inner = self._dense(hidden, [f"{name}.intermediate.dense"])
        inner = self._node("Gelu", [inner], f"{name}.gelu", domain=MICROSOFT)
        outer = self._dense(inner, [f"{name}.output.dense"])
        return self._norm(self._sum(hidden, outer, f"{name}.sum"), f"{name}.output.LayerNorm")

    def _attention(self, hidden: str, bias: str, name: str) -> str:
        parts = [f"{name}.self.{part}" for part in ("query", "key", "value")]
        # One product for all three, so that the activations are rounded only once.
        joint = self._dense(hidden, parts)
        outputs = [f"{part}.flat" for part in parts]
        sizes = self._constant("thirds", np.array([DIMENSION] * 3))
        self.nodes.append(helper.make_node("Split", [joint, sizes], outputs, axis=2))
        heads = self._constant("heads", np.array([0, 0, HEADS, DIMENSION // HEADS]))
        query, key, value = (
            self._node("Transpose", [self._node("Reshape", [flat, heads], f"{flat}.split")], f"{flat}.heads", perm=perm)
            for flat, perm in zip(outputs, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
        )
        scores = self._node("MatMul", [query, key], f"{name}.raw")
        root = self._constant("root", np.array([(DIMENSION // HEADS) ** -0.5], np.float32))
        scores = self._node("Mul", [scores, root], f"{name}.scaled")
        scores = self._sum(scores, bias, f"{name}.masked")
        shares = self._node("Softmax", [scores], f"{name}.shares", axis=-1)
        mixed = self._node("MatMul", [shares, value], f"{name}.mixed")
        mixed = self._node("Transpose", [mixed], f"{name}.back", perm=[0, 2, 1, 3])
        flat = self._constant("flat", np.array([0, 0, DIMENSION]))
        mixed = self._node("Reshape", [mixed, flat], f"{name}.joined")
        return self._dense(mixed, [f"{name}.output.dense"])

    def _dense(self, hidden: str, names: Sequence[str]) -> str:
        """`hidden` times the concatenated matrices of `names`, plus their biases."""
        kernel = np.concatenate([self._weights[f"{name}.weight"] for name in names]).T
        numbers, scales = quantise(np.ascontiguousarray(kernel), axis=0)
        name = names[0]
        # uint8, because without VNNI, products of uint8 and int8 overflow 16 bits and saturate (docs/decisions/0024).
        shifted = (numbers.astype(np.int16) + 128).astype(np.uint8)
        rounded = [f"{name}.in", f"{name}.in_scale", f"{name}.in_zero"]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [hidden], rounded))
        matrix, middle = self._constant(f"{name}.q", shifted), self._constant("middle", np.array(128, np.uint8))
        product = self._node("MatMulInteger", [rounded[0], matrix, rounded[2], middle], f"{name}.whole")
        product = self._node("Cast", [product], f"{name}.float", to=TensorProto.FLOAT)
        scale = self._node("Mul", [rounded[1], self._constant(f"{name}.s", scales[0])], f"{name}.scale")
        product = self._node("Mul", [product, scale], f"{name}.product")
        bias = np.concatenate([self._weights[f"{one}.bias"] for one in names])
        return self._sum(product, self._constant(f"{name}.bias", bias), f"{name}.out")

    def _norm(self, hidden: str, name: str) -> str:
        scale, bias = (self._constant(f"{name}.{part}", self._weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self._node("LayerNormalization", [hidden, scale, bias], f"{name}.normed", epsilon=EPSILON)

    def _sum(self, one: str, other: str, name: str) -> str:
        return self._node("Add", [one, other], name)

    def _node(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))
        return output

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        if all(constant.name != name for constant in self.constants):
            self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name
