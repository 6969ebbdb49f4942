"""Keeps TensorFlow out of processes that only serve. They do not use it, and importing it takes 2.5 s and 350 MB.

Two modules import TensorFlow. thinc (used by spaCy) also works without it, so TensorFlow is hidden from thinc. Rasa's
base classes import a module of training helpers that needs TensorFlow, so that module is loaded only when training uses
it. Rasa's own commands are not affected. See docs/decisions/0004.
"""

import importlib
import importlib.util
import sys
from typing import Any

_TENSORFLOW = "tensorflow"
_HELPERS = "rasa.utils.train_utils"


def leave_out_tensorflow() -> None:
    """Hide or defer TensorFlow, unless it has already been imported. Call this before importing Rasa or spaCy."""
    if _TENSORFLOW in sys.modules:
        return
    # None makes `import tensorflow` raise ImportError.
    sys.modules[_TENSORFLOW] = None  # type: ignore[assignment]
    try:
        importlib.import_module("thinc.compat")
    finally:
        del sys.modules[_TENSORFLOW]
    if _HELPERS not in sys.modules:
        _defer(_HELPERS)


def _defer(name: str) -> None:
    """Register the module `name` without loading it. The first access to an attribute loads it (PEP 562)."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(f"There is no module {name}; is another Rasa than 3.6.21 installed? Run 'make setup'.")
    loader, module = spec.loader, importlib.util.module_from_spec(spec)

    def load(attribute: str) -> Any:
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, attribute)

    module.__dict__["__getattr__"] = load
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    setattr(importlib.import_module(parent), child, module)
