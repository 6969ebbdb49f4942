"""The shapes of the messages that answer a person. Actions build them, the chat sends and shows them.

They are plain dictionaries, because Rasa, the page and the store take and give them as JSON. All texts are plain text.
"""

from typing import Dict, List, Literal, Optional, Sequence, TypedDict, Union


class Payload(TypedDict):
    """What pressing a button means: an intent with its entities, said in the words of the label."""

    intent: str
    entities: Dict[str, str]
    label: str


class Choice(TypedDict):
    """One button, as clients get it."""

    id: str
    label: str


class OfferedChoice(Choice):
    """One button, as actions build it. The payload stays on the server."""

    payload: Payload


class Link(TypedDict):
    """A source of guidance."""

    name: str
    url: str


class Foldable(TypedDict, total=False):
    """A message that can be closed until somebody opens it."""

    folded: bool
    """Whether the page shows the message closed."""


class _InLanguage(TypedDict, total=False):
    lang: str
    """The language code of a text that is not in English."""
    dir: Literal["ltr", "rtl"]


class _Chosen(TypedDict, total=False):
    rule: str
    """The rule that chose a service, for the review log. The chat session does not send it."""


class TextMessage(_InLanguage):
    """A sentence or two."""

    kind: Literal["text"]
    text: str


class GuidanceMessage(Foldable):
    """Guidance with its sources; `checked_on` is an ISO date."""

    kind: Literal["guidance"]
    topic: str
    title: str
    summary: str
    steps: List[str]
    sources: List[Link]
    checked_on: str


class ServiceMessage(Foldable, _Chosen):
    """A service, and whether it is open now (None if its hours are not known); `checked_on` is an ISO date."""

    kind: Literal["service"]
    id: str
    name: str
    does: str
    phone: Optional[str]
    text: Optional[str]
    url: Optional[str]
    hours: str
    open_now: Optional[bool]
    anonymous: str
    note: Optional[str]
    checked_on: str


class ComparisonMessage(TypedDict):
    """A scene in the street, the same thing online, a question and its choices."""

    kind: Literal["comparison"]
    id: str
    real_world: str
    online: str
    question: str
    choices: Sequence[Choice]


class ChoicesMessage(TypedDict):
    """A prompt and its buttons."""

    kind: Literal["choices"]
    prompt: str
    choices: Sequence[Choice]


Message = Union[TextMessage, GuidanceMessage, ServiceMessage, ComparisonMessage, ChoicesMessage]


def choices_of(message: Message) -> Sequence[Choice]:
    """The buttons of a message."""
    return message["choices"] if message["kind"] in ("comparison", "choices") else ()
