"""The pages of the console, a module for each thing that staff do."""

from typing import List

from bot.review.access import Route
from bot.review.pages import (
    account,
    audit,
    corrections,
    facts,
    files,
    handling,
    keeping,
    load,
    queue,
    signing_in,
    staff,
    transcript,
)

#: Every route of the console.
ROUTES: List[Route] = [
    *files.ROUTES,
    *signing_in.ROUTES,
    *account.ROUTES,
    *queue.ROUTES,
    *transcript.ROUTES,
    *handling.ROUTES,
    *corrections.ROUTES,
    *facts.ROUTES,
    *load.ROUTES,
    *keeping.ROUTES,
    *staff.ROUTES,
    *audit.ROUTES,
]
