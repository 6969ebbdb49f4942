"""The pages of the console, a module for each thing that staff do."""

from typing import List

from bot.review.access import Route
from bot.review.pages import corrections, facts, files, handling, keeping, load, queue, signing_in, transcript

#: Every route of the console.
ROUTES: List[Route] = [
    *files.ROUTES,
    *signing_in.ROUTES,
    *queue.ROUTES,
    *transcript.ROUTES,
    *handling.ROUTES,
    *corrections.ROUTES,
    *facts.ROUTES,
    *load.ROUTES,
    *keeping.ROUTES,
]
