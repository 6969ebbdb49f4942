"""Jinja templates for pages and reports. Undefined names are errors; a line with only a tag leaves no blank line."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def page_templates(folder: Path) -> Environment:
    """The environment for a folder of HTML templates; values are escaped."""
    return _environment(folder, autoescape=True)


def report_template(file: Path) -> Template:
    """A Markdown template; values are not escaped."""
    return _environment(file.parent, autoescape=False).get_template(file.name)


def _environment(folder: Path, autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
