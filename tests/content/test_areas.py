"""Police areas: the area of a place, the services that cover an area, and mistakes in areas.yml."""

import shutil
from pathlib import Path

import pytest

from bot.content.areas import load_areas
from bot.content.files import SHIPPED, Content
from bot.content.reader import ContentError
from bot.settings import SettingError

AREAS = load_areas(SHIPPED)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of content/."""
    copy = tmp_path / "content"
    shutil.copytree(SHIPPED.base, copy)
    return copy


def problems_with(content: Path, name: str, old: str, new: str) -> str:
    """Replace `old` with `new` in a file in the copy of content/, and return the problems found."""
    before = (content / name).read_text(encoding="utf-8")
    assert old in before
    (content / name).write_text(before.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_areas(Content(content))
    return str(caught.value)


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ("Southend", "essex"),
        ("  canvey   island ", "essex"),
        ("Leeds", "england_wales"),
        ("england wales", "england_wales"),
    ],
)
def test_a_place_is_recognised_however_it_is_written(place: str, area: str) -> None:
    assert AREAS.area_of(place) == area


@pytest.mark.parametrize("wide", ["essex", "england_wales", "england_wales_ni", "uk", "world"])
def test_a_service_covers_its_own_area_and_those_within_it(wide: str) -> None:
    assert AREAS.covers(wide, "essex")


@pytest.mark.parametrize("wide", ["scotland", "northern_ireland"])
def test_a_service_does_not_cover_another_area(wide: str) -> None:
    assert not AREAS.covers(wide, "essex")


def test_an_area_may_have_no_live_chat() -> None:
    assert AREAS.local("police_chat", "scotland") is None


def test_the_area_in_the_content_is_assumed_by_default() -> None:
    assert AREAS.assumed_for("") == "essex"


def test_a_setting_can_assume_another_area() -> None:
    assert AREAS.assumed_for("scotland") == "scotland"


def test_an_unknown_area_in_the_setting_is_refused_with_the_list_of_areas() -> None:
    with pytest.raises(SettingError, match=r"STREETWISE_AREA is 'kent'\. It may be one of essex, england_wales"):
        AREAS.assumed_for("kent")


def test_an_unknown_police_service_is_reported_with_file_and_id(content: Path) -> None:
    assert "content/areas.yml:10: 'essex' has the service 'nobody', which services.yml lacks" in problems_with(
        content, "areas.yml", "police_chat: essex_police_live_chat", "police_chat: nobody"
    )


def test_an_unknown_area_cannot_be_assumed(content: Path) -> None:
    found = problems_with(content, "areas.yml", "assumed: essex", "assumed: kent")
    assert "content/areas.yml:5: 'kent' is none of the areas: essex, england_wales" in found


def test_a_service_for_an_unknown_area_is_reported_with_file_and_id(content: Path) -> None:
    found = problems_with(content, "services.yml", "  area: essex", "  area: kent")
    assert "content/services.yml:69: 'essex_police_online' is for 'kent', an area that areas.yml lacks" in found
