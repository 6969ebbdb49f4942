"""Dates of birth."""

from bot.redaction.recognizers.base import A_DIGIT, PatternRecognizer

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,12}"
_BIRTH = r"\b(?:d\.?o\.?b\.?|date of birth|birth\s?date|born(?: on| date)?|birthdays?|b-?days?|birth)\b[^.!?\n]{0,40}?"


class BirthDateRecognizer(PatternRecognizer):
    """Dates introduced as a date of birth, and full dates with a plausible birth year."""

    needs = A_DIGIT

    def __init__(self) -> None:
        """Compile the patterns."""
        day = r"\d{1,2}(?:st|nd|rd|th)?"
        written = [
            rf"{day}\s{{1,3}}(?:of\s{{1,3}})?{_MONTH}\.?,?\s{{1,3}}(?:\d{{4}}|'?\d{{2}})\b",
            rf"{_MONTH}\s{{1,3}}{day},?\s{{1,3}}\d{{4}}\b",
            r"\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})\b",
        ]
        years = r"(?:19[3-9]\d|20[01]\d|2020)\b"
        super().__init__(
            "dob",
            [
                *(
                    rf"{_BIRTH}(?P<it>\b{date})"
                    for date in (*written, r"\d{6}\b", rf"{day}\s{{1,3}}(?:of\s{{1,3}})?{_MONTH}\b")
                ),
                rf"\b{day}\s{{1,3}}(?:of\s{{1,3}})?{_MONTH}\.?,?\s{{1,3}}{years}",
                rf"\b\d{{1,2}}[./\-]\d{{1,2}}[./\-]{years}",
                rf"\b{years}[./\-]\d{{1,2}}[./\-]\d{{1,2}}\b",
                rf"\bb\.\s{{0,3}}(?P<it>{written[0]})",
            ],
        )
