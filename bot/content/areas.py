"""Reads content/areas.yml: the police areas, with the places and the police services in each."""

from functools import lru_cache
from typing import Dict, FrozenSet, List, Mapping, Optional

from bot.content.files import CONTENT, Content
from bot.content.library import load_library
from bot.content.models import Shape
from bot.content.reader import ContentError
from bot.settings import SettingError

FILE = "areas.yml"


class Area(Shape):
    """A police area."""

    #: The ids of the service that takes crime reports and of the police live chat, if there is one.
    police: str
    police_chat: Optional[str] = None
    #: Larger areas that contain this one. A service in services.yml can also have one of these as its `area`.
    within: List[str]
    #: The names of places in the area, in lower case.
    places: List[str] = []


class Areas(Shape):
    """The contents of content/areas.yml."""

    #: The area assumed until the writer names a place, unless STREETWISE_AREA sets another.
    assumed: str
    #: The area for places that are not in any area's list.
    elsewhere: str
    areas: Dict[str, Area]

    @property
    def places(self) -> Mapping[str, str]:
        """The area of each listed place."""
        return {place: name for name, area in self.areas.items() for place in area.places}

    @property
    def names(self) -> str:
        """The names of all areas as a phrase, such as "kent, scotland or northern_ireland"."""
        *others, last = self.areas
        return f"{', '.join(others)} or {last}" if others else last

    def area_of(self, place: str) -> str:
        """Return the area that a place is in, ignoring case. An area's own name also counts as a place."""
        name = " ".join(place.lower().split())
        area_id = name.replace(" ", "_")
        return area_id if area_id in self.areas else self.places.get(name, self.elsewhere)

    def covers(self, wide: str, area: str) -> bool:
        """Whether a service for the area `wide` serves people in `area`."""
        return wide == area or wide in self.areas[area].within

    def local(self, kind: str, area: str) -> Optional[str]:
        """Return an area's service of a `kind`, "police" or "police_chat", or None if it has none."""
        service: Optional[str] = getattr(self.areas[area], kind)
        return service

    @property
    def services(self) -> FrozenSet[str]:
        """The ids of the police services in all areas."""
        named = (one for area in self.areas.values() for one in (area.police, area.police_chat))
        return frozenset(one for one in named if one is not None)

    def assumed_for(self, setting: str) -> str:
        """Return the area to assume when STREETWISE_AREA is `setting`, or the default area if `setting` is empty.

        Raises:
            SettingError: `setting` is not an area.
        """
        if setting and setting not in self.areas:
            raise SettingError("STREETWISE_AREA", setting, "one of " + ", ".join(self.areas))
        return setting or self.assumed


@lru_cache(maxsize=4)
def load_areas(content: Content = CONTENT) -> Areas:
    """Read and check areas.yml.

    Raises:
        ContentError: areas.yml cannot be read, or it or services.yml refers to an area or service that does not exist.
    """
    library, document = load_library(content), content.document(FILE)
    areas = document.parse(Areas)
    problems = [
        document.problem([field], f"'{name}' is none of the areas: {', '.join(areas.areas)}; correct it")
        for field, name in (("assumed", areas.assumed), ("elsewhere", areas.elsewhere))
        if name not in areas.areas
    ]
    problems += [
        document.problem(
            ["areas", name, kind], f"'{name}' has the service '{service}', which services.yml lacks; correct it"
        )
        for name in areas.areas
        for kind in ("police", "police_chat")
        for service in [areas.local(kind, name)]
        if service is not None and service not in library.services
    ]
    known = {*areas.areas, *(wide for area in areas.areas.values() for wide in area.within)}
    services = content.document("services.yml")
    problems += [
        services.problem([name, "area"], f"'{name}' is for '{service.area}', an area that areas.yml lacks; correct it")
        for name, service in library.services.items()
        if service.area not in known
    ]
    if problems:
        raise ContentError(problems)
    return areas
