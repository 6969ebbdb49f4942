"""Jinja templates for pages and reports. Undefined names are errors. Lines with only a tag leave no blank line."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def page_templates(folder: Path) -> Environment:
    """Return the environment for a folder of HTML templates. Values are escaped."""
    return _environment(folder, autoescape=True)


def report_template(file: Path) -> Template:
    """Return a Markdown template. Values are not escaped."""
    return _environment(file.parent, autoescape=False).get_template(file.name)


def _environment(folder: Path, autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
