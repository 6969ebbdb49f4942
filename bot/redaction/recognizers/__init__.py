"""Recognizers, each of which finds the spans of one kind of identifier."""

from typing import List

from bot.redaction.recognizers.address import StreetRecognizer
from bot.redaction.recognizers.bank import BankRecognizer, CardRecognizer
from bot.redaction.recognizers.base import Recognizer
from bot.redaction.recognizers.birth_date import BirthDateRecognizer
from bot.redaction.recognizers.email import EmailRecognizer
from bot.redaction.recognizers.gift_card import GiftCardRecognizer
from bot.redaction.recognizers.handles import HandleRecognizer, MarkedHandleRecognizer
from bot.redaction.recognizers.link import DomainRecognizer, LinkRecognizer
from bot.redaction.recognizers.national_ids import NationalInsuranceRecognizer, NhsRecognizer
from bot.redaction.recognizers.phone import PhoneRecognizer
from bot.redaction.recognizers.plate import PlateRecognizer
from bot.redaction.recognizers.postcode import PostcodeRecognizer
from bot.redaction.recognizers.schools import SchoolRecognizer


def pattern_recognizers() -> List[Recognizer]:
    """Return every recognizer that does not need a model, highest priority first."""
    return [
        LinkRecognizer(),
        EmailRecognizer(),
        DomainRecognizer(),
        CardRecognizer(),
        NhsRecognizer(),
        NationalInsuranceRecognizer(),
        BirthDateRecognizer(),
        BankRecognizer(),
        MarkedHandleRecognizer(),
        GiftCardRecognizer(),
        PhoneRecognizer(),
        PlateRecognizer(),
        PostcodeRecognizer(),
        StreetRecognizer(),
        SchoolRecognizer(),
        HandleRecognizer(),
    ]
