"""From a situation to an ordered, explained list of services. Pure: the same situation gives the same list."""

from datetime import datetime
from typing import Iterable, Iterator, List, NamedTuple, Optional

from bot.content.library import Library
from bot.content.models import Service
from bot.referral.rules import LOCAL, Rule, Rules

ADULT = 18
#: The rule named where every service of the chosen rule fell out.
LAST_RESORT = "last_resort"

#: Areas in which a service of an area may be offered.
_WITHIN = {
    "uk": ("essex", "england_wales", "scotland", "northern_ireland"),
    "world": ("essex", "england_wales", "scotland", "northern_ireland"),
    "england_wales_ni": ("essex", "england_wales", "northern_ireland"),
    "england_wales": ("essex", "england_wales"),
    "essex": ("essex",),
    "scotland": ("scotland",),
    "northern_ireland": ("northern_ireland",),
}


class Situation(NamedTuple):
    """What is known of a person and their question. `age` is the asker's own, in years."""

    topic: str
    intent: str
    asker: str
    area: str
    moment: datetime
    age: Optional[int] = None
    age_in_image: Optional[str] = None
    anonymous: bool = False


class Referral(NamedTuple):
    """A service, the rule that chose it, and whether somebody answers at the moment (None: nobody knows)."""

    service_id: str
    rule: str
    open_now: Optional[bool]


def refer(situation: Situation, library: Library, rules: Rules) -> List[Referral]:
    """The services to offer, best first; empty where the topic needs none."""
    rule = next(rule for rule in rules.rules if _fits(rule, situation))
    offered = _right_doors(_resolved(rule, situation, rules), rule.id, situation, library)
    if rule.offer and not offered:
        offered = _right_doors(rules.last_resort[situation.asker], LAST_RESORT, situation, library)
    return offered[: rule.limit or rules.limit]


def is_right_door(service: Service, service_id: str, situation: Situation) -> bool:
    """Whether a service may be offered at all: for whom, where, for which images, and whether it wants a name."""
    return (
        situation.asker in service.audiences
        and situation.area in _WITHIN[service.area]
        and _age_fits(service, situation)
        and _image_fits(service, situation)
        and not (situation.anonymous and service.anonymous.can == "no" and service_id != "police_999")
    )


def image_age(situation: Situation) -> str:
    """The age in the image: as told, else the asker's own if it is of them, else the careful guess, a child."""
    if situation.topic == "viewed_illegal_content":
        return "under_18"
    if situation.age_in_image:
        return situation.age_in_image
    if situation.asker in ("young_person", "unknown") and situation.age is not None:
        return "18_or_over" if situation.age >= ADULT else "under_18"
    return "under_18"


def _right_doors(names: Iterable[str], rule: str, situation: Situation, library: Library) -> List[Referral]:
    return [
        Referral(service_id, rule, library.services[service_id].hours.is_open(situation.moment))
        for service_id in names
        if is_right_door(library.services[service_id], service_id, situation)
    ]


def _fits(rule: Rule, situation: Situation) -> bool:
    return (
        situation.topic in rule.topics
        and (rule.intents is None or situation.intent in rule.intents)
        and (rule.askers is None or situation.asker in rule.askers)
        and (rule.anonymous is None or rule.anonymous == situation.anonymous)
        and (rule.age_in_image is None or rule.age_in_image == image_age(situation))
    )


def _resolved(rule: Rule, situation: Situation, rules: Rules) -> Iterator[str]:
    for name in rule.offer:
        service_id = rules.local[name].get(situation.area) if name in LOCAL else name
        if service_id:
            yield service_id


def _age_fits(service: Service, situation: Situation) -> bool:
    if situation.asker != "young_person" or situation.age is None:
        return True
    return (service.min_age or 0) <= situation.age <= (service.max_age or 200)


def _image_fits(service: Service, situation: Situation) -> bool:
    return service.age_in_image in ("any", image_age(situation))
