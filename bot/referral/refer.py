"""Pure functions that turn a situation into an ordered list of services, with explanations."""

from datetime import datetime
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional

from bot.case.case import Case
from bot.case.derived import GROWN_UP, age_band, asker, in_danger, may_need_help_for_doers, was_harmed
from bot.case.derived import image_age as image_age_of
from bot.case.questions import Question
from bot.content.areas import Areas
from bot.content.models import Library, Service
from bot.referral.rules import LOCAL, Rule, Rules

ADULT = 18
#: The age assumed for adults who do not state theirs. It is above the age limit of every service for young people.
ASSUMED_ADULT_AGE = 30
EMERGENCY = "police_999"
#: The maximum number of services offered at once.
MAX_SERVICES = 5
#: Rule names for services that are added because none of the rule's services is suitable, because somebody is in
#: danger, or because all the rule's services are closed.
LAST_RESORT, DANGER, OPEN_NOW = "last_resort", "danger", "open_now"


class Situation(NamedTuple):
    """Everything the rules need to know about a person and their question. `age` is the asker's own age in years."""

    topic: str
    intent: str
    asker: str
    area: str
    moment: datetime
    age: Optional[int] = None
    age_in_image: Optional[str] = None
    age_concerned: Optional[int] = None
    """The age of the person that a parent, relative or professional is writing about."""
    previous_intent: Optional[str] = None
    """The intent of the previous subject, if its topic is different."""
    anonymous: bool = False
    danger: bool = False
    """Whether somebody is in danger now."""
    reported: bool = False
    """Whether somebody has already reported the harm."""
    harmed: bool = False
    """Whether the person was or may have been harmed. If so, services for people who may do harm are ruled out."""
    implied: Optional[str] = None
    """An intent from another topic that a known fact points to. Its first service is also offered."""
    asked: Optional[str] = None
    """An intent from another topic that the direct question points to. Its first service is offered first."""


class Referral(NamedTuple):
    """A service, the rule that chose it, and whether it is open at the time (None if its hours are not known)."""

    service_id: str
    rule: str
    open_now: Optional[bool]


class Refusal(NamedTuple):
    """A service that the rule names but the situation rules out, and the reason, as listed in referral.yml."""

    service_id: str
    reason: str


class Explanation(NamedTuple):
    """The rule that fits the situation, the services that are offered, and the services that are left out."""

    rule: str
    offered: List[Referral]
    refused: List[Refusal]


def situation_of(
    case: Case, library: Library, rules: Rules, moment: datetime, area: str, asks: Optional[str] = None
) -> Situation:
    """Derive the situation from a case.

    Args:
        case: the case.
        library: all content.
        rules: the referral rules.
        moment: the time at which to check opening hours.
        area: the police area to assume until the person names a place.
        asks: the kind of direct question in the latest message, if there is one.
    """
    place = case.value("place")
    return Situation(
        topic=case.topic,
        intent=case.intent,
        asker=asker(case),
        area=rules.areas.area_of(str(place)) if place else area,
        moment=moment,
        age=_age(case),
        age_in_image=image_age_of(case),
        age_concerned=_years(case, "about_age"),
        previous_intent=previous_subject(case, library, rules),
        anonymous=case.has("anonymous"),
        danger=in_danger(case),
        reported=case.value("reported") not in (None, False, "no"),
        implied=_implied_by(case, library, rules),
        asked=next((one.intent for one in rules.asked if one.fits(asks, case)), None),
        harmed=not may_need_help_for_doers(case) or (was_harmed(case) and case.topic not in rules.about_doers),
    )


def previous_subject(case: Case, library: Library, rules: Rules) -> Optional[str]:
    """Return the intent of the most recent earlier subject that has a different topic, or None."""
    earlier = [(one, library.topic_of(one)) for one in reversed(case.topics_before)]
    subjects = [one for one, topic in earlier if rules.is_subject(one, topic) and topic != case.topic]
    # Once somebody has described harm, it stays the subject even if they go on to ask about an arrest.
    return next((one for one in subjects if library.topic_of(one) in rules.subjects), subjects[0] if subjects else None)


def _implied_by(case: Case, library: Library, rules: Rules) -> Optional[str]:
    """Return an intent from another topic that one of the case's facts points to, or None."""
    if case.topic not in rules.subjects or case.topic in rules.about_doers:
        return None
    known = (one.intent for one in rules.implied if case.has(one.fact))
    return next((intent for intent in known if library.topic_of(intent) != case.topic), None)


def _years(case: Case, name: str) -> Optional[int]:
    years = case.value(name)
    return years if isinstance(years, int) and not isinstance(years, bool) else None


def _age(case: Case) -> Optional[int]:
    """Return the writer's age in years, or `ASSUMED_ADULT_AGE` if they said only that they are an adult.

    If that was only inferred, the age remains unknown, because services for images of children are the cautious choice
    until the writer says that they are an adult.
    """
    years = _years(case, "writer_age")
    if years is not None or age_band(case) != GROWN_UP:
        return years
    says_so = "writer" not in case.facts or case.facts["writer"].declared
    return ASSUMED_ADULT_AGE if says_so else None


def refer(situation: Situation, library: Library, rules: Rules) -> List[Referral]:
    """Return the services to offer, best first, or an empty list if the topic needs none."""
    return explain(situation, library, rules).offered


def explain(situation: Situation, library: Library, rules: Rules) -> Explanation:
    """Return the services to offer, best first, along with the rule that fits and the services that are left out."""
    rule = next(rule for rule in rules.rules if _fits(rule, situation))
    offer = [*_resolved(rule, situation, rules)]
    # A second subject adds only a service that the rule does not already offer.
    asked = _first_of(situation.asked, offer, situation, library, rules) if _may_add(offer, situation) else []
    implied = _first_of(situation.implied, offer, situation, library, rules)
    earlier = _offered_for_previous(rule, situation, library, rules)
    named = list(dict.fromkeys([*asked, *offer[:1], *implied, *offer[1:], *earlier]))
    refused = [
        Refusal(name, reason)
        for name in named
        for reason in [objection(library.services[name], name, situation, rules.areas)]
        if reason
    ]
    fit = _reporting_last([name for name in named if name not in {r.service_id for r in refused}], situation, rules)
    limit = min((rule.limit or rules.limit) + len(asked), MAX_SERVICES)
    chosen = [_referral(name, rule.id, situation, library) for name in fit]
    refused += [Refusal(one.service_id, "limit") for one in chosen[limit:]]
    offered = chosen[:limit]
    if rule.offer:
        offered = (
            offered or _suitable(rules.last_resort[situation.asker], LAST_RESORT, situation, library, rules)[:limit]
        )
        offered = _with_someone_open(offered, situation, library, rules)
        offered = _danger_first(offered, situation, library, rules)
    return Explanation(rule.id, offered, refused)


def for_danger(situation: Situation, library: Library, rules: Rules) -> List[Referral]:
    """Return the services for people in danger that suit a situation, 999 first."""
    return _suitable(rules.danger[situation.asker], DANGER, situation, library, rules)


def objection(service: Service, service_id: str, situation: Situation, areas: Areas) -> Optional[str]:
    """Return the reason in referral.yml for not offering a service in a situation, or None if it may be offered."""
    if situation.asker not in service.audiences:
        return "audience"
    if service.for_doers and situation.harmed:
        return "harmed"
    if not areas.covers(service.area, situation.area):
        return "area"
    if not _age_fits(service, situation):
        return "age"
    if service.age_in_image not in ("any", image_age(situation)):
        return "age_in_image"
    if situation.anonymous and service.anonymous.can == "no" and service_id != EMERGENCY:
        return "anonymous"
    return None


def image_age(situation: Situation) -> str:
    """Return the age of the person in the image, either "under_18" or "18_or_over".

    If that age is not known, the asker's own age is used, provided that the image may show the asker. Otherwise the
    result is "under_18", as it always is if illegal content was viewed.
    """
    if situation.topic == "viewed_illegal_content":
        return "under_18"
    if situation.age_in_image:
        return situation.age_in_image
    if situation.asker in ("young_person", "unknown") and situation.age is not None:
        return "18_or_over" if situation.age >= ADULT else "under_18"
    return "under_18"


def _referral(service_id: str, rule: str, situation: Situation, library: Library) -> Referral:
    return Referral(service_id, rule, library.services[service_id].hours.is_open(situation.moment))


def _suitable(names: Iterable[str], rule: str, situation: Situation, library: Library, rules: Rules) -> List[Referral]:
    return [
        _referral(name, rule, situation, library)
        for name in names
        if objection(library.services[name], name, situation, rules.areas) is None
    ]


def _reporting_last(names: List[str], situation: Situation, rules: Rules) -> List[str]:
    """Move reporting services to the end if the harm has already been reported, because other help comes first."""
    return sorted(names, key=lambda name: situation.reported and name in rules.reporting)


def _with_someone_open(offered: List[Referral], situation: Situation, library: Library, rules: Rules) -> List[Referral]:
    """Add a service that is open now if all the services offered are closed."""
    if any(one.open_now is not False for one in offered):
        return offered
    others = _suitable(rules.last_resort[situation.asker], OPEN_NOW, situation, library, rules)
    return offered + [one for one in others if one.open_now][:1]


def _danger_first(offered: List[Referral], situation: Situation, library: Library, rules: Rules) -> List[Referral]:
    """If somebody is in danger, start with 999 and the other services for people in danger."""
    if not situation.danger:
        return offered
    first = for_danger(situation, library, rules)
    ahead = {one.service_id for one in first}
    rest = [one for one in offered if one.service_id not in ahead and one.service_id not in rules.not_in_danger]
    return (first + rest)[:MAX_SERVICES]


def _fits(rule: Rule, situation: Situation) -> bool:
    return (
        situation.topic in rule.topics
        and (rule.intents is None or situation.intent in rule.intents)
        and (rule.askers is None or situation.asker in rule.askers)
        and (rule.about is None or situation.previous_intent in rule.about)
        and (rule.anonymous is None or rule.anonymous == situation.anonymous)
        and (rule.age_in_image is None or rule.age_in_image == image_age(situation))
    )


def _resolved(rule: Rule, situation: Situation, rules: Rules) -> Iterator[str]:
    for name in rule.offer:
        service_id = rules.areas.local(name, situation.area) if name in LOCAL else name
        if service_id:
            yield service_id


def _offered_for_previous(rule: Rule, situation: Situation, library: Library, rules: Rules) -> List[str]:
    """Return the services for the previous subject if the rule offers them again."""
    intent = situation.previous_intent
    if not rule.with_earlier or intent is None:
        return []
    subject = situation._replace(topic=library.topic_of(intent), intent=intent, previous_intent=None, danger=False)
    return [one.service_id for one in refer(subject, library, rules)]


def _may_add(offer: List[str], situation: Situation) -> bool:
    """Whether a direct question may add a service. It may not if somebody is in danger or the rule offers none."""
    return bool(offer) and EMERGENCY not in offer and not situation.danger


def _first_of(
    intent: Optional[str], offer: List[str], situation: Situation, library: Library, rules: Rules
) -> List[str]:
    """Return a list of the first service for another topic's intent that is not in `offer`, or an empty list."""
    if intent is None or library.topic_of(intent) == situation.topic:
        return []
    subject = situation._replace(
        topic=library.topic_of(intent), intent=intent, previous_intent=None, danger=False, implied=None, asked=None
    )
    return [one.service_id for one in refer(subject, library, rules) if one.service_id not in offer][:1]


def _age_fits(service: Service, situation: Situation) -> bool:
    """Whether a service accepts the asker's age or, if they are writing about somebody else, that person's age."""
    if situation.asker in ("young_person", "unknown"):
        age, least, most = situation.age, service.min_age or 0, service.max_age or 200
        return age is None or least <= age <= most
    if service.max_age is None:
        return True
    age, least = situation.age_concerned, service.min_age or 0
    # Services that are only for teenagers are not offered for somebody of unknown age.
    return least == 0 if age is None else least <= age <= service.max_age


def changes_the_services(question: Question, situation: Situation, library: Library, rules: Rules) -> bool:
    """Whether different answers to a question lead to different services."""
    if question.field not in Situation._fields:
        return False
    answers = set()
    for choice in question.choices:
        known: Dict[str, Any] = {question.field: choice.value}
        offered = refer(situation._replace(**known), library, rules)
        answers.add(tuple(one.service_id for one in offered))
    return len(answers) > 1
