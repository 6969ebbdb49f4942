"""Reads content/security.yml, and generates security.txt (RFC 9116) for both sites."""

from datetime import date
from functools import lru_cache
from typing import List, Optional

from pydantic import validator

from bot.content.files import CONTENT, Content
from bot.content.models import Shape

#: The path that RFC 9116 specifies for the file.
PATH = "/.well-known/security.txt"
_SCHEMES = ("mailto:", "https:", "tel:")


class Security(Shape):
    """The contents of content/security.yml. There is no security.txt if `contacts` is empty."""

    contacts: List[str]
    expires: date
    policy: Optional[str]
    languages: str

    @validator("contacts", each_item=True)
    def _is_address(cls, value: str) -> str:
        if not value.startswith(_SCHEMES):
            raise ValueError(f"begin each of them with one of {', '.join(_SCHEMES)}")
        return value

    def text(self) -> str:
        """Return the security.txt, or an empty string if there is none."""
        if not self.contacts:
            return ""
        lines = [f"Contact: {one}" for one in self.contacts]
        lines.append(f"Expires: {self.expires.isoformat()}T23:59:59Z")
        lines += [f"Policy: {self.policy}"] if self.policy else []
        lines.append(f"Preferred-Languages: {self.languages}")
        return "\n".join(lines) + "\n"


@lru_cache(maxsize=4)
def load_security(content: Content = CONTENT) -> Security:
    """Read and check security.yml.

    Raises:
        ContentError: the file cannot be read or does not match the model.
    """
    return content.document("security.yml").parse(Security)
