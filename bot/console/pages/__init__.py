"""The pages of the console, a module for each thing that staff do."""

from typing import List

from bot.console.access import Route
from bot.console.pages import (
    account,
    audit,
    corrections,
    export,
    facts,
    figures,
    files,
    keeping,
    queue,
    reviewing,
    signing_in,
    signing_off,
    staff,
    transcript,
    workload,
)

#: Every route of the console.
ROUTES: List[Route] = [
    *files.ROUTES,
    *signing_in.ROUTES,
    *account.ROUTES,
    *queue.ROUTES,
    *transcript.ROUTES,
    *reviewing.ROUTES,
    *corrections.ROUTES,
    *figures.ROUTES,
    *facts.ROUTES,
    *signing_off.ROUTES,
    *workload.ROUTES,
    *export.ROUTES,
    *keeping.ROUTES,
    *staff.ROUTES,
    *audit.ROUTES,
]
