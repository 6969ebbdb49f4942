"""House style: which sentences it forbids and allows, and whether every text follows it."""

import re

import pytest
import yaml

from bot.content.checks import Lint
from bot.content.library import load_library
from bot.settings import ROOT

#: Sentences that break house style, each with a similar one that does not.
EXAMPLES = [
    ("It was child pornography.", "They were sexual images of children."),
    ("He called it kiddie porn.", "He called it a joke."),
    ("She committed suicide.", "She died by suicide."),
    ("It was a failed suicide.", "He tried to end his life."),
    ("Sexting is common.", "Sending nudes is common."),
    ("This is revenge porn.", "Ask the Revenge Porn Helpline."),
    ("You shouldn't have sent it.", "You should hear from them soon."),
    ("Why did you send it?", "Why did this happen?"),
    ("Next time, don't answer.", "You do not have to answer."),
    ("You put yourself at risk.", "He put pressure on you."),
    ("That was risky behaviour.", "What happened was not your choice."),
    ("It is your own fault.", "It is not your fault."),
    ("Calm down first.", "Take a slow breath first."),
    ("Call now!", "Call now."),
    ("Please send us the picture.", "Please do not send the picture to anyone."),
    ("Describe the image.", "You do not have to say what was in the image."),
    ("Report anonymously to CEOP.", "CEOP will ask who you are."),
    ("No record will be made.", "A record may be made."),
    ("This chat is 100% anonymous.", "This chat does not ask for your name."),
    ("See https://example.org for more.", "See its website for more."),
    ("Ring 0808 800 5000 tonight.", "Ring {childline.phone} tonight, or 999."),
    ("This is **important**.", "This is important, at < 18 too."),
]


@pytest.fixture(scope="module")
def lint() -> Lint:
    return Lint(load_library().style)


@pytest.mark.parametrize("never", [never for never, _ in EXAMPLES])
def test_a_breach_of_house_style_is_found(lint: Lint, never: str) -> None:
    assert list(lint.breaches(never))


def test_childlines_short_number_is_found(lint: Lint) -> None:
    assert list(lint.breaches("Ring 0800 1111 tonight."))


@pytest.mark.parametrize("instead", [instead for _, instead in EXAMPLES])
def test_the_sentence_to_write_instead_passes(lint: Lint, instead: str) -> None:
    assert list(lint.breaches(instead)) == []


@pytest.mark.parametrize("rule", load_library().style.rules, ids=lambda rule: rule.never)
def test_every_rule_has_an_example_here(rule) -> None:  # type: ignore[no-untyped-def]
    assert any(re.search(rule.never, never, re.IGNORECASE | re.MULTILINE) for never, _ in EXAMPLES)


def test_a_breach_quotes_the_words_and_says_what_to_write(lint: Lint) -> None:
    (breach,) = lint.breaches("He committed suicide.")
    assert breach == '\'committed suicide\'; say "ended their own life" or "died by suicide"'


def test_the_domain_has_no_responses_that_would_go_unchecked() -> None:
    assert "responses" not in yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
