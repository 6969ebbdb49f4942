"""Keeps TensorFlow and Rasa's unused channels, brokers and databases out of processes that only serve.

Importing TensorFlow takes 2.5 s and 350 MB, and importing the rest takes two more seconds. Code that is never imported
cannot be attacked, and deploy/production.lock does not install it.

Two modules import TensorFlow. thinc (used by spaCy) also works without it, so TensorFlow is hidden from thinc. Rasa's
base classes import a module of training helpers that needs TensorFlow, so that module is loaded only when training uses
it. Other modules are deferred in the same way. Where Rasa imports single names from a package for an unused database or
service, stand-ins replace them. Rasa's own commands are not affected. See docs/decisions/0004 and 0032.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any, Dict, NoReturn

_TENSORFLOW = "tensorflow"
_CHANNELS = "rasa.core.channels"
#: Rasa modules used only for training or testing.
_HELPERS = ("rasa.utils.train_utils", "rasa.core.test")
#: Packages used only for training (dask) or by message brokers (aiormq). They may be missing.
_PACKAGES = ("dask", "aiormq")


class NotServed:
    """A stand-in for a class of an unused database or service."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Refuse.

        Raises:
            ImportError: always.
        """
        _refuse("This class")


class NoSentry:
    """A stand-in for structlog's Sentry processor. It passes events through and sends nothing."""

    def __init__(self, **_: Any) -> None:
        """Accept the original class's settings."""

    def __call__(self, _logger: Any, _name: str, event: Dict[str, Any]) -> Dict[str, Any]:
        """Return the event unchanged."""
        return event


#: Maps modules to the names that Rasa imports from them.
_STAND_INS: Dict[str, Dict[str, type]] = {
    "boto3.dynamodb.conditions": {"Key": NotServed},
    "pymongo.collection": {"Collection": NotServed},
    "structlog_sentry": {"SentryProcessor": NoSentry},
}


def leave_out_unused() -> None:
    """Hide, defer or replace the modules that serving does not use, unless TensorFlow has already been imported.

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
    for name, names in _STAND_INS.items():
        _stand_in(name, names)
    for name in _PACKAGES:
        _defer(name) if importlib.util.find_spec(name) else _stand_in(name, {})
    for name in _HELPERS:
        _defer(name)
    # Rasa's other modules import only base classes from the package, which are all in this module.
    _defer(_CHANNELS, f"{_CHANNELS}.channel")


def _stand_in(name: str, names: Dict[str, type]) -> None:
    """Register stub modules for `name` (containing `names`) and its parents, unless any has already been imported."""
    parts = name.split(".")
    paths = [".".join(parts[: depth + 1]) for depth in range(len(parts))]
    if any(path in sys.modules for path in paths):
        return
    for path in paths:
        module = ModuleType(path)
        module.__dict__["__getattr__"] = lambda attribute, path=path: _lacks(path, attribute)
        sys.modules[path] = module
    sys.modules[name].__dict__.update(names)


def _lacks(path: str, attribute: str) -> NoReturn:
    # Tools that inspect modules ask for names such as __file__ and expect this error.
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    _refuse(f"{path}.{attribute}")


def _refuse(what: str) -> NoReturn:
    raise ImportError(f"{what} belongs to a part of Rasa that this program leaves out; see bot/rasa_runtime.")


def _defer(name: str, base: str = "") -> None:
    """Register the module `name` without loading it. The first access to an attribute loads it (PEP 562).

    If `base` is given, attributes found in that module are taken from it, without loading `name`.
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
    if parent:
        setattr(importlib.import_module(parent), child, module)
