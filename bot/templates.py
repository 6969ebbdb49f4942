"""Jinja templates for pages and reports. Undefined names are errors. Lines with only a tag produce no blank line."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


class _Environment(Environment):
    """Looks up `a.b` as a dictionary key first. Rows and messages are dictionaries, and this is twice as fast."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def page_templates(folder: Path) -> Environment:
    """Return the environment for a folder of HTML templates. Values are escaped."""
    return _environment(folder, autoescape=True)


def report_template(file: Path) -> Template:
    """Return a Markdown template. Values are not escaped."""
    return _environment(file.parent, autoescape=False).get_template(file.name)


def _environment(folder: Path, autoescape: bool) -> Environment:
    return _Environment(
        loader=FileSystemLoader(folder),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Checking for changes every time a template is used takes longer than rendering a short page.
        auto_reload=False,
    )
