"""Opening hours of services, in Europe/London time."""

from datetime import date, datetime, time, timedelta
from typing import Dict, List, Literal, NamedTuple, Optional, Tuple, get_args
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, Extra, root_validator, validator

LONDON = ZoneInfo("Europe/London")
_BANK_HOLIDAYS = holidays.country_holidays("GB", subdiv="ENG")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Tuple[Day, ...] = get_args(Day)


class Period(NamedTuple):
    """An opening period on one day. If `end` is midnight, the period lasts until the end of the day."""

    start: time
    end: time


class Hours(BaseModel):
    """Opening hours, given either as `always` or as weekly periods such as "09:00-21:00".

    `known` is false if the hours are uncertain.
    """

    class Config:
        extra = Extra.forbid
        frozen = True

    always: bool = False
    weekly: Optional[Dict[Day, List[Period]]] = None
    bank_holidays: Literal["closed", "as_weekday", "unknown"] = "unknown"
    words: str
    known: bool

    @validator("weekly", pre=True)
    def _periods(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        missing = [day for day in DAYS if day not in value]
        if missing:
            raise ValueError(f"lacks {', '.join(missing)}; write [] for a day on which it is closed")
        return {day: [_period(text) for text in periods] for day, periods in value.items()}

    @root_validator
    def _one_of(cls, values: Dict[str, object]) -> Dict[str, object]:
        if bool(values.get("always")) == (values.get("weekly") is not None):
            raise ValueError("needs either 'always: true' or 'weekly:' with the seven days")
        return values

    def is_open(self, moment: datetime) -> Optional[bool]:
        """Whether the service is open at `moment`, an aware datetime.

        The result is None if `always` is true but `known` is false. The service counts as closed on bank holidays
        unless the data says otherwise, because sending somebody to a closed service is worse than telling them that
        an open service is closed.
        """
        if self.always:
            return True if self.known else None
        return self.closes(moment) is not None

    def closes(self, moment: datetime) -> Optional[datetime]:
        """Return when the service next closes, or None if it is closed at `moment` or always open."""
        if self.always:
            return None
        local = moment.astimezone(LONDON)
        for period in self._on(local.date()):
            start, end = _at(local.date(), period)
            if start <= local < end:
                return end
        return None

    def opens(self, moment: datetime) -> Optional[datetime]:
        """Return when the service next opens, or None if it is always open or does not open within ten days."""
        if self.always:
            return None
        local = moment.astimezone(LONDON)
        for ahead in range(11):
            day = local.date() + timedelta(days=ahead)
            for period in self._on(day):
                start, _ = _at(day, period)
                if start > local:
                    return start
        return None

    def _on(self, day: date) -> List[Period]:
        if self.weekly is None or (self.bank_holidays != "as_weekday" and is_bank_holiday(day)):
            return []
        return self.weekly[DAYS[day.weekday()]]


def is_bank_holiday(day: date) -> bool:
    """Whether `day` is a bank holiday in England, including one-off bank holidays."""
    return day in _BANK_HOLIDAYS


def _period(text: object) -> Period:
    try:
        start, end = str(text).split("-")
        period = Period(time.fromisoformat(start), time.fromisoformat("00:00" if end == "24:00" else end))
    except ValueError:
        raise ValueError(f"holds '{text}'; a period looks like 09:00-21:00") from None
    if period.end != time(0) and period.end <= period.start:
        raise ValueError(f"holds '{text}', which ends before it begins; split it at midnight")
    return period


def _at(day: date, period: Period) -> "tuple[datetime, datetime]":
    end_day = day + timedelta(days=1) if period.end == time(0) else day
    return datetime.combine(day, period.start, LONDON), datetime.combine(end_day, period.end, LONDON)
