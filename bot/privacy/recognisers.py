"""Every recogniser that reads by patterns, in the order in which they take text."""

from typing import List

from bot.privacy.handles import HandleRecogniser, MarkedHandleRecogniser
from bot.privacy.numbers import (
    BankRecogniser,
    BirthDateRecogniser,
    CardRecogniser,
    GiftCardRecogniser,
    NationalInsuranceRecogniser,
    NhsRecogniser,
    PhoneRecogniser,
    PlateRecogniser,
)
from bot.privacy.online import DomainRecogniser, EmailRecogniser, LinkRecogniser
from bot.privacy.places import PostcodeRecogniser, StreetRecogniser
from bot.privacy.schools import SchoolRecogniser
from bot.privacy.spans import PatternRecogniser, Recogniser, Span

__all__ = [
    "EmailRecogniser",
    "LinkRecogniser",
    "PatternRecogniser",
    "PhoneRecogniser",
    "PostcodeRecogniser",
    "Recogniser",
    "Span",
    "pattern_recognisers",
]


def pattern_recognisers() -> List[Recogniser]:
    """Every recogniser that needs no model, in the order in which they take text."""
    return [
        LinkRecogniser(),
        EmailRecogniser(),
        DomainRecogniser(),
        CardRecogniser(),
        NhsRecogniser(),
        NationalInsuranceRecogniser(),
        BirthDateRecogniser(),
        BankRecogniser(),
        MarkedHandleRecogniser(),
        GiftCardRecogniser(),
        PhoneRecogniser(),
        PlateRecogniser(),
        PostcodeRecogniser(),
        StreetRecogniser(),
        SchoolRecogniser(),
        HandleRecogniser(),
    ]
