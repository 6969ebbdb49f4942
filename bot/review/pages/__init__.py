"""The pages of the console, a module for each thing that staff do."""

from typing import List

from bot.review.access import Route
from bot.review.pages import account, audit, files, signing_in, staff

#: Every route of the console.
ROUTES: List[Route] = [*files.ROUTES, *signing_in.ROUTES, *account.ROUTES, *staff.ROUTES, *audit.ROUTES]
