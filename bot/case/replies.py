"""Short replies, the visible part of an answer. The case's facts decide which reply is shown.

The guidance is folded below the reply.
"""

from functools import lru_cache
from typing import Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from bot.case.case import UNKNOWN_ROLE, Case
from bot.case.derived import (
    ABOUT_ANOTHER,
    ACCUSING,
    CHILD,
    GROWN_UP,
    OWN_BEHAVIOUR,
    age_band,
    asker,
    speaks_of_self,
    tells_of_harm,
)
from bot.case.facts import FACTS, HARM
from bot.case.reply_models import (
    ANY,
    EASIER_WORDS,
    Audience,
    DangerFile,
    DangerKind,
    EasierFile,
    FactValue,
    NextStep,
    QuestionsFile,
    Remark,
    RemarksFile,
    ReplyFile,
    ShortReply,
    StepFile,
    Summary,
    TurnsFile,
    TurnWords,
    holds,
    just_told,
)
from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import ENGLISH, Library
from bot.content.reader import ContentError, Document, Problem

#: Maps an audience to the audience that replaces it if a topic has no words for it.
AUDIENCE_FALLBACKS: Mapping[Audience, Audience] = {"self_concern": "adult", "professional": "other"}
#: In a message with more words than this, a feeling counts as the writer's own only with a word such as "I" or "my".
FEW_WORDS = 3
_I = frozenset(("i", "im", "i'm", "ive", "i've", "me", "my"))
_NOT = frozenset("not dont don't never isnt isn't aint wasnt wasn't didnt didn't".split())


class Replies(NamedTuple):
    """All short replies: those for each topic, in the order they are tried, and those for danger and single turns."""

    by_topic: Mapping[str, Sequence[ShortReply]]
    next_steps: Mapping[str, StepFile]
    """The next steps, by topic."""
    remarks: Mapping[str, Remark]
    """The remarks and the replies to them, by id."""
    danger: Sequence[DangerKind]
    feelings: Sequence[TurnWords]
    transitions: Mapping[str, TurnWords]
    questions: Mapping[str, Mapping[Audience, str]]
    """The words for each kind of direct question, by audience."""
    summary: Summary
    easier: Mapping[str, Mapping[str, Sequence[str]]]
    """Sentences in easier words, by the id of a reply, an answer or a kind of danger, and then by audience."""

    def fitting(self, case: Case, audience: Audience) -> List[ShortReply]:
        """Return the replies that fit a case and an audience, most specific first."""
        return [
            one
            for one in self.by_topic.get(case.topic, ())
            if audience in one.heard and (one.intents is None or case.intent in one.intents) and holds(one.when, case)
        ]

    def choose(self, case: Case, audience: Audience) -> Optional[ShortReply]:
        """Return the first reply that has not been used yet, or None.

        Replies to a fact from this message are tried first, then the most specific of all fitting replies, and then
        other topics' replies to harm that this message describes.
        """
        fitting = self.fitting(case, audience)
        new = [one for one in fitting if just_told(one.when, case)]
        tried = (*new, *fitting[:1], *self._from_elsewhere(case, audience))
        return next((one for one in tried if said_key(one) not in case.said), None)

    def _from_elsewhere(self, case: Case, audience: Audience) -> List[ShortReply]:
        """Return other topics' replies to harm that this message describes, most specific first.

        There are none for people who may have done the harm themselves.
        """
        if case.topic in ACCUSING or case.role.value not in ("harmed", *ABOUT_ANOTHER):
            return []
        return [
            one
            for replies in self.by_topic.values()
            for one in replies
            if one.elsewhere is not None
            and audience in one.heard
            and just_told(HARM.intersection(one.when), case)
            and holds({**one.when, **one.elsewhere}, case)
        ]

    def next_step(self, case: Case, audience: Audience) -> Optional[NextStep]:
        """Return the first step of the case's topic that fits the case and has not been given yet, or None.

        Steps about a fact from this message are tried first. People who did harm, or may have, get only steps that also
        have a version for them.
        """
        file = self.next_steps.get(case.topic)
        only_asks = case.role.value == UNKNOWN_ROLE.value and not tells_of_harm(case)
        if file is None or (file.for_stories and only_asks):
            return None
        is_accused = _may_have_harmed(case) and case.role.value != "harmed"
        needed = {audience, "self_concern"} if is_accused and case.topic not in ACCUSING else {audience}
        fitting = [one for one in file.steps if needed.issubset(one.words) and holds(one.when, case)]
        new = [one for one in fitting if just_told(one.when, case)]
        return next((one for one in (*new, *fitting) if step_key(one) not in case.said), None)

    def fallback(self, case: Case, audience: Audience) -> Optional[str]:
        """Return the fallback advice of the case's topic, or None if it could be wrong for this case.

        People who did harm, or may have, get it only in topics that also have a version for them. Children who write
        about somebody else get none, because the version for others names helplines for adults.
        """
        words = self.next_steps[case.topic].fallback if case.topic in self.next_steps else {}
        sentences = words.get(audience)
        is_for_others = _may_have_harmed(case) and case.topic not in ACCUSING and "self_concern" not in words
        is_for_adults = audience == "other" and age_band(case) == CHILD
        return None if sentences is None or is_for_others or is_for_adults else " ".join(sentences)

    def replies_to(self, remark_id: Optional[str], case: Case, audience: Audience, brief: bool = False) -> List[str]:
        """Return the replies to a remark, or none if they could be wrong for this case. Brief replies give no advice.

        The replies for young people and adults are written for people who were harmed, so people who did harm, or may
        have, get only the replies to remarks about their own behaviour.
        """
        remark = self.remarks.get(remark_id or "")
        if remark is None or (remark.own_behaviour and case.role.value != "own_behaviour"):
            return []
        if _may_have_harmed(case) and audience in ("young_person", "adult") and not remark.own_behaviour:
            return []
        return [" ".join(sentences[:1] if brief else sentences) for sentences in remark.words.get(audience, ())]

    def audience_for(self, case: Case) -> Audience:
        """Return the case's audience, or its fallback if the topic has no words for that audience."""
        audience = audience_of(case)
        of_topic = self.by_topic.get(case.topic, ())
        has_words = not of_topic or any(audience in one.heard for one in of_topic)
        return audience if has_words else AUDIENCE_FALLBACKS.get(audience, audience)

    def danger_for(self, case: Case) -> DangerKind:
        """Return the first kind of danger that fits a case."""
        return next(one for one in self.danger if holds(one.when, case))

    def feeling_in(self, text: str) -> Optional[TurnWords]:
        """Return the feeling that the writer names as their own, or None. A message with a negation never counts."""
        words = [word.strip(".,!?…") for word in text.casefold().replace("’", "'").split()]
        if set(words) & _NOT or (len(words) > FEW_WORDS and not set(words) & _I):
            return None
        said = f" {' '.join(words)} "
        return next((one for one in self.feelings if any(_is_in(said, cue) for cue in one.cues)), None)


def _may_have_harmed(case: Case) -> bool:
    """Whether the writer did harm, or the conversation is or was about that."""
    accuses = case.topic in ACCUSING or any(intent in OWN_BEHAVIOUR for intent in case.topics_before)
    return case.role.value == "own_behaviour" or accuses


def said_key(reply: ShortReply) -> str:
    """Return a reply's key in `Case.said`."""
    return f"reply/{reply.id}"


def step_key(step: NextStep) -> str:
    """Return a step's key in `Case.said`."""
    return f"step/{step.id}"


def audience_of(case: Case) -> Audience:
    """Return a case's audience. People who write about somebody else are `other`, whatever their age."""
    role = case.role.value
    if role == "own_behaviour":
        return "young_person" if asker(case) == "young_person" else "self_concern"
    if role in ("carer", "professional"):
        return "parent" if role == "carer" else "professional"
    if role == "relative" or not speaks_of_self(case):
        return "other"
    return "adult" if age_band(case) == GROWN_UP else "young_person"


def unused(wordings: Sequence[str], key: str, said: Sequence[str]) -> Optional[Tuple[str, str]]:
    """Return the first unused wording and its key, or None if all have been used."""
    keys = [f"{key}/{number}" for number in range(len(wordings))]
    return next(((words, one) for words, one in zip(wordings, keys, strict=True) if one not in said), None)


@lru_cache(maxsize=4)
def load_replies(content: Content = CONTENT) -> Replies:
    """Read and check the files in content/en with replies, such as replies/, next_steps/, remarks.yml and danger.yml.

    Raises:
        ContentError: the files have problems. The error lists every problem with its file, line and fix.
    """
    library = load_library(content)
    documents = [content.document(name) for name in content.names(f"{ENGLISH}/replies/*.yml")]
    files = [(document, document.parse(ReplyFile)) for document in documents]
    steps = [
        (document, document.parse(StepFile))
        for name in content.names(f"{ENGLISH}/next_steps/*.yml")
        for document in [content.document(name)]
    ]
    remarks = content.document(f"{ENGLISH}/remarks.yml").parse(RemarksFile)
    danger = content.document(f"{ENGLISH}/danger.yml").parse(DangerFile)
    turns = content.document(f"{ENGLISH}/turns.yml").parse(TurnsFile)
    summary = content.document(f"{ENGLISH}/summary.yml")
    easier = [
        (document, document.parse(EasierFile))
        for name in content.names(f"{ENGLISH}/easier/*.yml")
        for document in [content.document(name)]
    ]
    replies = Replies(
        by_topic={file.topic: tuple(file.replies) for _, file in files},
        next_steps={file.topic: file for _, file in steps},
        remarks={one.id: one for one in remarks.remarks},
        danger=tuple(danger.kinds),
        feelings=tuple(turns.feelings),
        transitions={one.id: one for one in turns.transitions},
        questions=content.document(f"{ENGLISH}/questions.yml").parse(QuestionsFile).questions,
        summary=summary.parse(Summary),
        easier={name: texts for _, file in easier for name, texts in file.texts.items()},
    )
    problems = [problem for document, file in files for problem in _problems(document, file, library)]
    problems += [problem for document, file in steps for problem in _problems_of_steps(document, file, library)]
    problems += [
        summary.problem(["pieces", place], f"'{name}' cannot be '{value}'; correct it")
        for place, piece in enumerate(replies.summary.pieces)
        for name, value in piece.when.items()
        if not (_is_possible(name, value) or (value == ANY and name in FACTS and FACTS[name].years))
    ]
    problems += _problems_of_easier(easier, replies, library)
    if problems:
        raise ContentError(problems)
    return replies


def _problems(document: Document, file: ReplyFile, library: Library) -> Iterator[Problem]:
    if file.topic not in library.topics:
        yield document.problem(["topic"], f"'{file.topic}' is no topic of topics.yml; correct it")
    if file.replies[-1].when:
        yield document.problem(["replies"], "the last reply fits every case; take its `when` away")
    for place, reply in enumerate(file.replies):
        facts = (reply.when, reply.elsewhere or {}, *(choice.facts for choice in reply.choices))
        named = [*(reply.intents or []), *(choice.intent for choice in reply.choices if choice.intent)]
        faults = [
            *(
                f"'{name}' cannot be '{value}'"
                for told in facts
                for name, value in told.items()
                if not _is_possible(name, value)
            ),
            *(f"'{name}' is no intent" for name in named if library.intent(name) is None),
            *(
                f"'{choice.label}' needs either what it asks or the facts that it tells"
                for choice in reply.choices
                if bool(choice.asks) == bool(choice.facts)
            ),
        ]
        for fault in faults:
            yield document.problem(["replies", place], f"in '{reply.id}' {fault}; correct it")


def _problems_of_steps(document: Document, file: StepFile, library: Library) -> Iterator[Problem]:
    if file.topic not in library.topics:
        yield document.problem(["topic"], f"'{file.topic}' is no topic of topics.yml; correct it")
    for place, step in enumerate(file.steps):
        for name, value in step.when.items():
            if not _is_possible(name, value):
                yield document.problem(["steps", place], f"in '{step.id}' '{name}' cannot be '{value}'; correct it")


def _problems_of_easier(
    files: Sequence[Tuple[Document, EasierFile]], replies: Replies, library: Library
) -> Iterator[Problem]:
    """Yield problems with easier words: missing or long texts, unknown ids, or audiences other than the original's."""
    readers: Dict[str, Iterable[str]] = {
        **{one.id: one.heard for of_topic in replies.by_topic.values() for one in of_topic},
        **{one.id: one.versions for one in (*library.answers, *library.faq.values())},
        **{one.id: one.words for one in replies.danger},
    }
    for document, file in files:
        for name, texts in file.texts.items():
            place = ["texts", name]
            if name not in readers:
                yield document.problem(place, f"'{name}' is no reply, answer or kind of danger; rename it")
            elif set(texts) != set(readers[name]):
                differ = ", ".join(sorted(set(texts) ^ set(readers[name])))
                yield document.problem(place, f"'{name}' is for other readers than the original: {differ}")
            elif name not in library.faq:
                yield from (document.problem(place, problem) for problem in _too_long(name, texts))
    for missing in sorted(set(readers) - set(replies.easier)):
        yield Problem(f"content/{ENGLISH}/easier", 1, f"has no easier words for '{missing}'; write them")


def _too_long(name: str, texts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for audience, sentences in texts.items():
        count = len(" ".join(sentences).split())
        if count > EASIER_WORDS:
            yield f"'{name}' has {count} words for {audience}; shorten it to {EASIER_WORDS}"


def _is_possible(name: str, value: FactValue) -> bool:
    return name in FACTS and FACTS[name].allows(value)


def _is_in(said: str, cue: str) -> bool:
    """Whether a text, padded with spaces, contains a cue as whole words (or anywhere, if the cue is an emoji)."""
    return f" {cue} " in said if cue[0].isalpha() else cue in said
