"""The console's pages, with one module for each staff task."""

from typing import List

from bot.console.access import Route
from bot.console.pages import (
    accounts,
    audit,
    complaints,
    corrections,
    exports,
    facts,
    metrics,
    monthly_report,
    operations,
    own_account,
    procedure,
    queue,
    release,
    retellings,
    review,
    sample,
    saved_views,
    sessions,
    sign_off,
    static_files,
    transcript,
    workload,
)

#: Every route of the console.
ROUTES: List[Route] = [
    *static_files.ROUTES,
    *sessions.ROUTES,
    *own_account.ROUTES,
    *queue.ROUTES,
    *saved_views.ROUTES,
    *transcript.ROUTES,
    *review.ROUTES,
    *sample.ROUTES,
    *corrections.ROUTES,
    *retellings.ROUTES,
    *metrics.ROUTES,
    *monthly_report.ROUTES,
    *complaints.ROUTES,
    *facts.ROUTES,
    *sign_off.ROUTES,
    *workload.ROUTES,
    *procedure.ROUTES,
    *release.ROUTES,
    *exports.ROUTES,
    *operations.ROUTES,
    *accounts.ROUTES,
    *audit.ROUTES,
]
