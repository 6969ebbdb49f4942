"""The time and place of the conversations in these tests."""

import pytest
from action_driver import NOON


@pytest.fixture(autouse=True)
def at_noon_in_essex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.turn.now", lambda: NOON)
    monkeypatch.delenv("STREETWISE_AREA", raising=False)
