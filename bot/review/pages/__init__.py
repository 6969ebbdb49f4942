"""The pages of the console, a module for each thing that staff do."""

from typing import List

from bot.review.access import Route
from bot.review.pages import files, handling, load, queue, signing_in, transcript

#: Every route of the console.
ROUTES: List[Route] = [
    *files.ROUTES,
    *queue.ROUTES,
    *signing_in.ROUTES,
    *transcript.ROUTES,
    *handling.ROUTES,
    *load.ROUTES,
]
