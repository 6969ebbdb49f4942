"""The types of message in a reply. Actions build the messages, and the chat sends and shows them.

Messages are plain dictionaries, because Rasa, the page and the store exchange them as JSON. All texts are plain text.
"""

from typing import Any, Dict, List, Literal, Mapping, Optional, Sequence, TypedDict, Union, cast


class Payload(TypedDict):
    """The meaning of a button. Pressing it sends this intent and these entities, with the label as the text."""

    intent: str
    entities: Dict[str, str]
    label: str


class Choice(TypedDict):
    """A button as clients receive it."""

    id: str
    label: str


class OfferedChoice(Choice):
    """A button as actions build it. The payload stays on the server."""

    payload: Payload


class Link(TypedDict):
    """The name and address of a source of guidance."""

    name: str
    url: str


class Foldable(TypedDict, total=False):
    """A message that the page can show folded until people open it."""

    folded: bool
    """Whether the page shows the message folded."""


class _InLanguage(TypedDict, total=False):
    lang: str
    """The language code of a text that is not in English."""
    dir: Literal["ltr", "rtl"]


class Brief(TypedDict, total=False):
    """A service whose description the page can fold."""

    brief: bool
    """Whether the page folds the service's description, because the reply already names somebody to talk to."""


class _Chosen(TypedDict, total=False):
    rule: str
    """The referral rule that chose the service. The review log stores it, but the chat session does not send it."""


class TextMessage(_InLanguage):
    """A sentence or two of text."""

    kind: Literal["text"]
    text: str


class GuidanceMessage(Foldable):
    """Guidance with its sources. `checked_on` is an ISO date."""

    kind: Literal["guidance"]
    topic: str
    title: str
    summary: str
    steps: List[str]
    sources: List[Link]
    checked_on: str


class ServiceMessage(Foldable, Brief, _Chosen):
    """A service. `open_now` is None if its opening hours are not known, and `checked_on` is an ISO date."""

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
    """A scene in the street and its online equivalent, with a question and its choices."""

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


class Receipt(TypedDict):
    """Data that the chat adds to a message's metadata, so that resending the message gets the same answer."""

    id: str
    """The hash of the client's id for the message, or an empty string if it sent none."""
    after: List[Message]
    """Messages that the chat itself adds to the end of the answer."""


#: The name of the `Receipt` in the metadata.
RECEIPT = "receipt"
#: Message fields that are not sent to clients: the rule that chose a service, and the conversation's topic.
PRIVATE = ("rule", "about")


def as_sent(message: Mapping[str, Any]) -> Message:
    """Return a message as clients receive it: no private fields, and only the id and label of each choice."""
    sent = {name: value for name, value in message.items() if name not in PRIVATE}
    if "choices" in sent:
        sent["choices"] = [{"id": choice["id"], "label": choice["label"]} for choice in sent["choices"]]
    return cast(Message, sent)


def choices_of(message: Message) -> Sequence[Choice]:
    """Return a message's buttons, if it has any."""
    return message["choices"] if message["kind"] in ("comparison", "choices") else ()
