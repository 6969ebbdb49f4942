"""Pure functions that update what a case knows about danger and suicide."""

from math import exp, log
from typing import Dict, Mapping, Optional, Tuple

from bot.case.case import Case
from bot.case.derived import CRISIS, speaks_of_self
from bot.case.facts import Fact, Value
from bot.case.reading import DECLARED_AT, LIKELY_AT, Reading

#: Minimum probabilities for danger now and for possible danger, which prompts one direct question. On the development
#: conversations, a minimum of 0.19 finds 95 % of the turns with danger but also 2.5 % of the calm ones, while 0.3 finds
#: 88 %.
NOW_AT, POSSIBLE_AT = 0.19, 0.15
#: Minimum probability for danger now from suicide or self-harm. It is higher than `NOW_AT` because even a hint brings
#: up a question and the helplines.
OWN_LIFE_NOW_AT = 0.3
#: Minimum probability for carrying inferred danger over from one message to the next.
HELD_AT = 0.1
#: Minimum probability for treating past danger as current again. No probability reaches `NEVER`.
AGAIN_AT, NEVER = 0.5, 2.0
#: Minimum probability, given the conversation, for treating a message as danger although it says that everybody is
#: safe, or as danger of suicide although the writer has denied suicidal thoughts. Below it, the chat asks again: "i
#: just dont wanna go in tomorrow" may be about school.
DENIED_NOW_AT = 0.75
#: The intent of a message that is only a complaint.
COMPLAIN = "complain"
_SMALL_MOVES, _SMALL_INTENTS = ("thanks", "small_talk"), ("thank", "goodbye", "greet", COMPLAIN)
#: Prefix of the keys in `Case.said` that mark replies to danger.
DANGER_KEY = "danger/"
#: Minimum probability, given the conversation, for treating danger as danger of suicide or self-harm. The message's own
#: intent decides only if its confidence is at least `HINT_ALONE_AT`: on its own, "he keeps touching my leg" sounds a
#: little like self-harm.
OWN_LIFE_AT = 0.2
#: Minimum confidence in a later message's own intent for treating the message as a hint of suicide. On the development
#: conversations, the chat then asks about suicide in 2 of the 770 turns that give no reason to.
HINT_ALONE_AT = 0.75
#: For first messages: the minimum probability for possible danger, and the weight of the single-message classifier.
#: With equal weights, 6 of the 71 calm messages in `tests/talks/openings` would get 999 ("hes in my game"); now 3 do.
POSSIBLE_AT_FIRST, DANGER_ALONE_AT_FIRST = 0.05, 0.3
#: Probabilities are clipped to at least this distance from 0 and 1 before their odds are calculated.
LEAST = 1e-4
#: For a later message to count as danger because of its own intent: the minimum confidence, and the minimum probability
#: in context. After a report, "he's out there living his life" is at most a hint. On the development conversations, all
#: twelve messages with this confidence have a probability of at least 0.3 in context.
SURE_ALONE_AT, POSSIBLE_IN_STORY_AT = 0.97, 0.1
#: Danger intents that are about suicide or self-harm.
OWN_LIFE = ("disclose_suicidal", "disclose_self_harm")
#: Minimum probability for accepting that nobody is in danger once danger has been declared.
SAFE_AT = 0.6
#: Answers to the question about suicide that are neither yes nor no.
UNSURE = ("perhaps", "unsure")
_PRESENT = ("outside", "coming", "inside")


def update_danger(facts: Dict[str, Fact], case: Case, reading: Reading, turn: int) -> None:
    """Update the danger and suicide facts.

    Danger accumulates over messages. It lasts until the writer says that it is over, or probably says that everybody is
    safe.
    """
    level, is_of_own_life = danger_probability(reading), _is_of_own_life(reading)
    is_denied = is_of_own_life and (case.has("suicide", "denied") or _said_this_turn(facts, "suicide", "denied", turn))
    is_now = _in_context(reading) >= DENIED_NOW_AT if is_denied else level >= _needed(case, reading, is_of_own_life)
    said_over = _said_this_turn(facts, "danger", "over", turn)
    _end_search(facts, reading, turn)
    if not reading.is_net and _only_thinks_of_it(case, reading):
        # If the writer has no plan or is "not sure", the chat does not tell them to call 999.
        facts["danger"] = Fact("possible", False, turn)
        return
    is_gone = _said_this_turn(facts, "other_near", "gone", turn)
    if not reading.is_net and (is_gone or _is_found(facts, case, reading, turn)):
        # The other person has gone, or somebody was found, but they may not be safe yet.
        facts["danger"] = Fact("over" if said_over else "possible", False, turn)
        return
    if is_now and not said_over and _is_doubtful(case, reading, facts, turn):
        # "Nobody in danger hes in his room" sounds like danger but says the opposite, so ask.
        facts["danger"] = Fact("possible", False, turn)
        if is_of_own_life and case.value("suicide") is None:
            facts["suicide"] = Fact("hinted", False, turn)
        return
    if reading.is_net or (is_now and not said_over):
        facts["danger"] = Fact("now", reading.is_net or level >= DECLARED_AT, turn)
        if is_of_own_life:
            facts["suicide"] = Fact("said", reading.is_net, turn)
        return
    before = case.facts.get("danger")
    is_held = before is not None and (before.declared or level >= HELD_AT)
    if before is not None and before.value == "now" and is_held and not said_over:
        if case.open_question != "danger" or not _said_this_turn(facts, "danger", "none", turn):
            # "He's fine, he's in his room" makes danger less likely, but does not say that it is over.
            facts["danger"] = Fact("possible", False, turn) if _is_called_safe(case, reading) else before
        return
    if _adds_up(facts):
        facts["danger"] = Fact("now", False, turn)
    elif before is not None and before.value == "now" and not said_over:
        facts["danger"] = Fact("possible", False, turn)
    elif not said_over:
        needed = POSSIBLE_AT_FIRST if reading.is_first else AGAIN_AT if is_denied else POSSIBLE_AT
        is_possible = level >= needed
        may_be_own_life = is_of_own_life or reading.hint in OWN_LIFE
        if (
            may_be_own_life
            and (not _complains(reading) or reading.hint)
            and _is_hint(reading, facts.get("suicide"), is_possible)
        ):
            facts["suicide"] = Fact("hinted", False, turn)
        elif (is_possible and "danger" not in facts) or (reading.hint is not None and reading.hint not in OWN_LIFE):
            facts["danger"] = Fact("possible", False, turn)


def _complains(reading: Reading) -> bool:
    return reading.missed or (reading.intent == COMPLAIN and reading.confidence >= LIKELY_AT)


def _is_hint(reading: Reading, before: Optional[Fact], is_possible: bool) -> bool:
    """Whether a message that may be about the writer's or somebody else's suicide counts as a hint.

    After a first hint, a later message counts only if it is a hint on its own, because the first hint still raises the
    probability of danger in context.
    """
    sounds_like_one = not reading.is_first and reading.topic == CRISIS and reading.confidence >= HINT_ALONE_AT
    is_one_alone = reading.hint in OWN_LIFE or sounds_like_one
    if before is not None and before.value != "denied":
        return before.value == "hinted" and is_one_alone
    return is_possible or is_one_alone


def _needed(case: Case, reading: Reading, is_of_own_life: bool) -> float:
    """Return the minimum probability for danger now.

    It is higher once danger has passed, because the earlier messages still raise the probability.
    """
    if any(key.startswith(DANGER_KEY) for key in case.said) and not case.has("danger", "now"):
        is_small = reading.intent in _SMALL_INTENTS and reading.confidence >= LIKELY_AT
        return NEVER if is_small or reading.move in _SMALL_MOVES else AGAIN_AT
    return OWN_LIFE_NOW_AT if is_of_own_life else NOW_AT


def danger_probability(reading: Reading) -> float:
    """Return the probability that somebody is in danger now, given the message and the conversation."""
    if reading.is_net or (reading.pressed and reading.topic == CRISIS):
        return 1.0
    in_context = _in_context(reading)
    if reading.is_first and reading.urgencies:
        # Each classifier on its own too often mistakes a vague worry for danger. Together, they rarely do.
        both = _together(reading.alone.get(CRISIS, 0.0), in_context)
        return max(both, POSSIBLE_AT_FIRST if reading.is_in_a_sentence else 0.0)
    is_sure = reading.topic == CRISIS and reading.confidence >= SURE_ALONE_AT and in_context >= POSSIBLE_IN_STORY_AT
    return max(in_context, reading.confidence if is_sure else 0.0)


def _in_context(reading: Reading) -> float:
    return reading.urgencies.get("immediate_danger", 0.0)


def _together(alone: float, in_context: float) -> float:
    """Return the weighted mean, in log odds, of a first message's two danger probabilities."""
    odds = [log(p / (1 - p)) for p in (min(max(p, LEAST), 1 - LEAST) for p in (alone, in_context))]
    return 1 / (1 + exp(-(DANGER_ALONE_AT_FIRST * odds[0] + (1 - DANGER_ALONE_AT_FIRST) * odds[1])))


def _adds_up(facts: Mapping[str, Fact]) -> bool:
    """Whether the facts amount to danger: somebody who may do harm is near or on the way, or a child is missing."""
    if "missing" in facts and facts["missing"].value is True:
        return True
    near = "other_near" in facts and facts["other_near"].value in _PRESENT
    other = "other" in facts and facts["other"].value in ("stranger_online", "known_adult", "ex_partner", "group")
    threatens = any(name in facts and facts[name].value is True for name in ("threat", "knows_home", "hurt"))
    return near and (other or threatens)


def _is_doubtful(case: Case, reading: Reading, facts: Mapping[str, Fact], turn: int) -> bool:
    """Whether a message that probably indicates danger also says that everybody is safe, and no fact contradicts it.

    Suicidal thoughts that were stated outright still count as danger unless this message denies them.
    """
    denies = _said_this_turn(facts, "suicide", "denied", turn)
    is_said = case.has("suicide", "said") and not denies
    is_clear = reading.is_net or reading.pressed or _in_context(reading) >= DENIED_NOW_AT or _adds_up(facts)
    says_no = case.open_question == "danger" and reading.answer == "no"
    says_no = says_no or _said_this_turn(facts, "missing", False, turn)
    return (says_no or _is_called_safe(case, reading)) and not is_clear and not is_said


def _is_called_safe(case: Case, reading: Reading) -> bool:
    """Whether the message probably says that nobody is in danger or, if suicide came up, denies suicidal thoughts."""
    is_of_own_life = case.value("suicide") in ("hinted", "said")
    said_no = reading.said_no and not speaks_of_self(case)
    denies = is_of_own_life and (_probably_says(reading, ("suicide", "denied")) or said_no)
    return denies or _probably_says(reading, ("danger", "none"), ("danger", "over"))


def _probably_says(reading: Reading, *facts: Tuple[str, Value]) -> bool:
    return any(one[:2] in facts for one in reading.observations if one.probability >= SAFE_AT)


def _end_search(facts: Dict[str, Fact], reading: Reading, turn: int) -> None:
    """Record that nobody is missing if danger is over, or if that was only inferred and the message takes it back.

    It is recorded as inferred, because somebody may be missing again later.
    """
    missing = facts.get("missing")
    if missing is None:
        return
    is_over = _probably_says(reading, ("danger", "over")) or (
        not missing.declared and _probably_says(reading, ("danger", "none"))
    )
    if (missing.turn < turn and is_over) or (missing.turn == turn and missing.value is False):
        facts["missing"] = Fact(False, False, turn)


def _is_found(facts: Mapping[str, Fact], case: Case, reading: Reading, turn: int) -> bool:
    """Whether somebody was missing until this message, and nothing else makes danger likely."""
    is_found = case.has("missing") and "missing" in facts and facts["missing"] == Fact(False, False, turn)
    is_other = case.has("suicide", "said") or _adds_up(facts) or _in_context(reading) >= DENIED_NOW_AT
    return is_found and not is_other


def _only_thinks_of_it(case: Case, reading: Reading) -> bool:
    """Whether the writer says that they will not act on suicidal thoughts, or that they are not sure if they have any.

    A message that very probably indicates danger counts as danger however it begins: "maybe. ive got the pills here".
    """
    if _in_context(reading) >= DENIED_NOW_AT:
        return False
    if case.open_question == "suicide":
        says_so = reading.pressed and any(one[:2] == ("suicide", "hinted") for one in reading.observations)
        if says_so or reading.answer in UNSURE:
            return True
    return reading.no_plan and case.value("suicide") in ("hinted", "said")


def _said_this_turn(facts: Mapping[str, Fact], name: str, value: Value, turn: int) -> bool:
    return name in facts and facts[name].value == value and facts[name].turn == turn


def _is_of_own_life(reading: Reading) -> bool:
    """Whether the danger in the message is suicide or self-harm rather than danger from somebody else."""
    is_sure_alone = reading.topic == CRISIS and reading.confidence >= HINT_ALONE_AT
    if is_sure_alone or reading.is_net or reading.pressed:
        return reading.intent in OWN_LIFE
    shares = dict(reading.intents)
    own = sum(shares.get(name, 0.0) for name in OWN_LIFE)
    return own >= OWN_LIFE_AT and own > shares.get("disclose_danger", 0.0)
