"""Turns conversations that staff retold into a file for data/conversations/."""

from typing import Dict, Iterable, List

import yaml

from bot.store.retellings import Retelling, Step

#: The value of the field `voice`, which says whose words these are; see data/conversations/README.md.
VOICE = "told again by staff"
#: Maps each kind of mistake about a service to the metadata list that names the service.
_SERVICES = {"missed_service": "right", "wrong_service": "wrong"}


def file_of(retellings: Iterable[Retelling]) -> str:
    """Return the retellings as annotated conversations, with one turn on each line."""
    lines = ['version: "3.1"', "conversations:"]
    for one in retellings:
        lines += [f"- conversation: R-{one.id}", f"  metadata: {_flow(_metadata(one))}", "  steps:"]
        lines += [f"  - {_flow(_step(step))}" for step in one.steps]
    return "\n".join(lines) + "\n"


def _metadata(retelling: Retelling) -> Dict[str, object]:
    mistake = retelling.mistake
    services = {_SERVICES[mistake["kind"]]: [mistake["right"]]} if mistake["kind"] in _SERVICES else None
    return {"voice": VOICE, "mistake": dict(mistake), **({"services": services} if services else {})}


def _step(step: Step) -> Dict[str, object]:
    """Return a turn without empty fields."""
    return {name: value for name, value in step.items() if value not in (False, {})}


def _flow(value: Dict[str, object]) -> str:
    parts: List[str] = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    ).splitlines()
    return " ".join(parts)
