"""Jinja templates of the pages and of the reports. An undefined name is an error, and lines with only a tag vanish."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def page_templates(folder: Path) -> Environment:
    """The templates of a folder as HTML; values are escaped."""
    return _environment(folder, autoescape=True)


def report_template(file: Path) -> Template:
    """A template for Markdown, in which values are not escaped."""
    return _environment(file.parent, autoescape=False).get_template(file.name)


def _environment(folder: Path, autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
