"""Opening hours at night, at the weekend, at Christmas and when the clocks change."""

from datetime import datetime, timezone
from typing import Any, Dict

import pytest
from pydantic import ValidationError

from bot.content.hours import DAYS, LONDON, Hours, is_bank_holiday

OFFICE = ["09:00-17:00"]
LATE = ["09:00-21:00"]


def a_week(**days: Any) -> Dict[str, Any]:
    """A helpline's hours: 9 to 9, Fridays until 5, closed at the weekend, unless `days` says otherwise."""
    weekly = {**dict.fromkeys(DAYS, LATE), "fri": OFFICE, "sat": [], "sun": [], **days}
    return {"weekly": weekly, "words": "weekdays", "known": True}


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[arg-type]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type]


@pytest.fixture
def helpline() -> Hours:
    return Hours(**a_week())


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(london(2026, 11, 25, 12, 0), True, id="Wednesday noon"),
        pytest.param(london(2026, 11, 25, 2, 0), False, id="Wednesday 2 am"),
        pytest.param(london(2026, 11, 25, 8, 59), False, id="a minute before it opens"),
        pytest.param(london(2026, 11, 25, 9, 0), True, id="the minute it opens"),
        pytest.param(london(2026, 11, 25, 20, 59), True, id="the last minute"),
        pytest.param(london(2026, 11, 25, 21, 0), False, id="the minute it closes"),
        pytest.param(london(2026, 11, 26, 18, 0), True, id="Thursday evening"),
        pytest.param(london(2026, 11, 27, 18, 0), False, id="Friday evening"),
        pytest.param(london(2026, 11, 28, 12, 0), False, id="Saturday noon"),
        pytest.param(london(2026, 12, 25, 12, 0), False, id="Christmas Day, a Friday"),
        pytest.param(london(2026, 12, 28, 12, 0), False, id="the Monday in lieu of Boxing Day"),
        pytest.param(utc(2026, 7, 1, 20, 30), False, id="20:30 UTC in summer is 21:30 in London"),
    ],
)
def test_a_helpline_is_open_only_within_its_hours(helpline: Hours, moment: datetime, expected: bool) -> None:
    assert helpline.is_open(moment) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(utc(2026, 3, 28, 8, 30), False, id="the day before spring forward"),
        pytest.param(utc(2026, 3, 29, 8, 0), True, id="spring forward: 9 am comes an hour sooner"),
        pytest.param(utc(2026, 10, 24, 8, 0), True, id="the day before fall back"),
        pytest.param(utc(2026, 10, 25, 8, 30), False, id="fall back: 9 am comes an hour later"),
        pytest.param(utc(2026, 10, 25, 9, 0), True, id="fall back: 9 am"),
    ],
)
def test_hours_follow_local_time_when_the_clocks_change(moment: datetime, expected: bool) -> None:
    assert Hours(**a_week(sat=LATE, sun=LATE)).is_open(moment) is expected


def test_a_service_that_is_always_open_is_open_at_two_in_the_morning_on_christmas_day() -> None:
    assert Hours(always=True, words="always", known=True).is_open(london(2026, 12, 25, 2, 0)) is True


def test_a_service_with_doubtful_round_the_clock_hours_is_neither_open_nor_closed() -> None:
    assert Hours(always=True, words="usually", known=False).is_open(london(2026, 11, 25, 12, 0)) is None


def test_a_service_that_keeps_weekday_hours_on_bank_holidays_is_open_on_christmas_day() -> None:
    hours = Hours(**a_week(), bank_holidays="as_weekday")
    assert hours.is_open(london(2026, 12, 25, 12, 0)) is True


@pytest.mark.parametrize("end", ["00:00", "24:00"])
def test_midnight_as_a_closing_time_means_the_end_of_that_day(end: str) -> None:
    hours = Hours(**a_week(wed=[f"09:00-{end}"]))
    assert hours.closes(london(2026, 11, 25, 23, 59)) == london(2026, 11, 26, 0, 0)


def test_a_service_that_closes_at_midnight_is_closed_at_midnight() -> None:
    assert Hours(**a_week(wed=["09:00-24:00"])).is_open(london(2026, 11, 26, 0, 0)) is False


def test_a_day_may_have_a_break(helpline: Hours) -> None:
    hours = Hours(**a_week(wed=["09:00-12:00", "13:00-17:00"]))
    assert [hours.is_open(london(2026, 11, 25, hour, 30)) for hour in (11, 12, 13)] == [True, False, True]


def test_an_open_service_says_when_it_closes(helpline: Hours) -> None:
    assert helpline.closes(london(2026, 11, 25, 12, 0)) == london(2026, 11, 25, 21, 0)


def test_a_closed_service_has_no_closing_time(helpline: Hours) -> None:
    assert helpline.closes(london(2026, 11, 25, 2, 0)) is None


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        pytest.param(london(2026, 11, 25, 2, 0), london(2026, 11, 25, 9, 0), id="2 am: the same morning"),
        pytest.param(london(2026, 11, 27, 18, 0), london(2026, 11, 30, 9, 0), id="Friday evening: Monday"),
        pytest.param(london(2026, 12, 24, 22, 0), london(2026, 12, 29, 9, 0), id="Christmas Eve: the Tuesday after"),
        pytest.param(london(2026, 3, 28, 22, 0), utc(2026, 3, 30, 8, 0), id="over the clock change"),
    ],
)
def test_a_closed_service_says_when_it_opens_next(helpline: Hours, moment: datetime, opens: datetime) -> None:
    assert helpline.opens(moment) == opens


def test_a_service_without_any_hours_never_opens() -> None:
    assert Hours(**a_week(**{day: [] for day in DAYS})).opens(london(2026, 11, 25, 12, 0)) is None


def test_christmas_day_is_a_bank_holiday_and_the_day_before_is_not() -> None:
    assert [is_bank_holiday(london(2026, 12, day).date()) for day in (24, 25)] == [False, True]


@pytest.mark.parametrize(
    ("period", "complaint"),
    [
        ("9 to 5", "holds '9 to 5'; a period looks like 09:00-21:00"),
        ("09:00", "holds '09:00'; a period looks like 09:00-21:00"),
        ("09:00-25:00", "holds '09:00-25:00'; a period looks like 09:00-21:00"),
        ("22:00-06:00", "holds '22:00-06:00', which ends before it begins; split it at midnight"),
        ("09:00-09:00", "holds '09:00-09:00', which ends before it begins; split it at midnight"),
    ],
)
def test_an_invalid_period_is_refused_with_the_expected_format(period: str, complaint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Hours(**a_week(wed=[period]))
    assert complaint in str(caught.value)


def test_a_week_with_missing_days_is_refused_and_names_them() -> None:
    weekly = {day: LATE for day in DAYS if day not in ("sat", "sun")}
    with pytest.raises(ValidationError, match=r"lacks sat, sun; write \[\] for a day on which it is closed"):
        Hours(weekly=weekly, words="weekdays", known=True)


@pytest.mark.parametrize("fields", [{}, {"always": True, **a_week()}], ids=["neither", "both"])
def test_hours_are_either_always_or_a_week(fields: Dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="needs either 'always: true' or 'weekly:' with the seven days"):
        Hours(**{"words": "some", "known": True, **fields})
