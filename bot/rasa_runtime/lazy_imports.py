"""Keeps TensorFlow and Rasa's own channels out of processes that only serve.

They use neither. Importing TensorFlow takes 2.5 s and 350 MB, and importing the channels, with the libraries of the
messengers that they are for, takes more than a second.

Two modules import TensorFlow. thinc (used by spaCy) also works without it, so TensorFlow is hidden from thinc. Rasa's
base classes import a module of training helpers that needs TensorFlow, so that module is loaded only when training uses
it. The package of channels is loaded only when something other than its base classes is used. Rasa's own commands are
not affected. See docs/decisions/0004.
"""

import importlib
import importlib.util
import sys
from typing import Any

_TENSORFLOW = "tensorflow"
_HELPERS = "rasa.utils.train_utils"
_CHANNELS = "rasa.core.channels"


def leave_out_unused() -> None:
    """Hide or defer TensorFlow and Rasa's channels, unless TensorFlow has been imported already.

    Call this before importing Rasa or spaCy.
    """
    if _TENSORFLOW in sys.modules:
        return
    # None makes `import tensorflow` raise ImportError.
    sys.modules[_TENSORFLOW] = None  # type: ignore[assignment]
    try:
        importlib.import_module("thinc.compat")
    finally:
        del sys.modules[_TENSORFLOW]
    _defer(_HELPERS)
    # Rasa's other modules import only base classes from the package, and these are in this one module.
    _defer(_CHANNELS, f"{_CHANNELS}.channel")


def _defer(name: str, base: str = "") -> None:
    """Register the module `name` without loading it. The first access to an attribute loads it (PEP 562).

    If a module `base` is given, the attributes that it has are taken from there, and do not load the module.
    """
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(f"There is no module {name}; is another Rasa than 3.6.21 installed? Run 'make setup'.")
    loader, module = spec.loader, importlib.util.module_from_spec(spec)

    def load(attribute: str) -> Any:
        if base and hasattr(importlib.import_module(base), attribute):
            return getattr(importlib.import_module(base), attribute)
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, attribute)

    module.__dict__["__getattr__"] = load
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    setattr(importlib.import_module(parent), child, module)
