"""Whole conversations through the trained model, from what people type to the actions that answer."""

import logging
from pathlib import Path

import pytest
import rasa.core.test
from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

from bot.nlu.cues import KINDS

#: Entities that describe the whole message.
SPANNING = {"told_asker", "urgency", *KINDS}
FILES = sorted(Path(__file__).parent.glob("test_*.yml"))


@pytest.fixture(scope="module")
def agent(model_path):
    """The model without entities that span the whole message, because a story cannot annotate an age inside one."""
    configure_structlog(logging.WARNING)  # otherwise every prediction is printed, and hides the failed story
    agent = Agent.load(str(model_path))
    parse = agent.processor.parse_message

    async def parse_without_what_spans(message, *args, **kwargs):
        parsed = await parse(message, *args, **kwargs)
        return {**parsed, "entities": [e for e in parsed["entities"] if e["entity"] not in SPANNING]}

    agent.processor.parse_message = parse_without_what_spans
    return agent


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem[len("test_") :])
async def test_conversations_are_understood_and_answered_as_the_rules_say(file, agent, tmp_path):
    await rasa.core.test.test(str(file), agent, e2e=True, out_directory=str(tmp_path), disable_plotting=True)

    # Rasa writes each failed story to this file, with its prediction next to each wrong step.
    failed = (tmp_path / "failed_test_stories.yml").read_text(encoding="utf-8")
    assert failed.startswith("# None of the test stories failed"), failed


def test_there_are_conversations_to_test():
    assert sum(file.read_text(encoding="utf-8").count("- story:") for file in FILES) >= 45
