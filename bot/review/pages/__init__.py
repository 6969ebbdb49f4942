"""The pages of the console, a module for each thing that staff do."""

from typing import List

from bot.review.access import Route
from bot.review.pages import export, figures, files, signing_in

#: Every route of the console.
ROUTES: List[Route] = [*files.ROUTES, *signing_in.ROUTES, *figures.ROUTES, *export.ROUTES]
