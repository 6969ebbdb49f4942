"""Keeps TensorFlow out of a process that only answers: 2.5 s to import, 350 MB, and no part of ours uses it.

Two imports pull it in. thinc (spaCy) tries it and goes on without; Rasa's shared base classes import a module of
training helpers that needs it at once. The first finds it missing while it looks; the second is read when somebody
uses it, as training does. Commands of Rasa's own import it as it is. See docs/decisions/0004.
"""

import importlib
import importlib.util
import sys
from typing import Any

_TENSORFLOW = "tensorflow"
_HELPERS = "rasa.utils.train_utils"


def leave_out_tensorflow() -> None:
    """Call before anything imports Rasa or spaCy; without effect once TensorFlow is there."""
    if _TENSORFLOW in sys.modules:
        return
    # None stands for "looked for and not found".
    sys.modules[_TENSORFLOW] = None  # type: ignore[assignment]
    try:
        importlib.import_module("thinc.compat")
    finally:
        del sys.modules[_TENSORFLOW]
    if _HELPERS not in sys.modules:
        _postpone(_HELPERS)


def _postpone(name: str) -> None:
    """Put the module `name` in place unread; the first use of something in it reads it (PEP 562)."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(f"There is no module {name}; is another Rasa than 3.6.21 installed? Run 'make setup'.")
    loader, module = spec.loader, importlib.util.module_from_spec(spec)

    def read(attribute: str) -> Any:
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, attribute)

    module.__dict__["__getattr__"] = read
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    setattr(importlib.import_module(parent), child, module)
