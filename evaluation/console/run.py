"""Measures the staff console over HTTP on a large database, and the time that the review log adds to a message.

`python -m evaluation.console.run --database sqlite:////path/to/million.db` takes a database created by
`evaluation.console.seed`, and writes `console-report.json` and `.md`.
"""

import argparse
import asyncio
import json
import math
import multiprocessing
import os
import sqlite3
import statistics
import time
from collections import defaultdict
from datetime import date
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence

import httpx
import sqlalchemy as sa
from rasa.core.lock_store import InMemoryLockStore
from rich.progress import Progress

from bot.console.access import LEAD
from bot.console.app import create_console, load_templates
from bot.console.passwords import new_secret
from bot.console.request import COOKIE, Dependencies
from bot.content.console import load_console_words
from bot.content.library import load_library
from bot.redaction.redactor import Redactor
from bot.serve import address, open_site
from bot.settings import load_settings
from bot.store import staff
from bot.store.database import Database
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.retention import Retention
from bot.store.schema import reviews
from bot.templates import report_template
from evaluation import REPORTS
from evaluation.console.load_mix import FIGURES_PAGE, QUEUE, SEARCH, PageRequest, page_requests, read_contents
from evaluation.console.write_benchmark import WriteTimes, measure_writes

REPORT = REPORTS / "console-report.json"
TEMPLATE = Path(__file__).with_name("console-report.jinja")
SEED = 1
#: Limits, in milliseconds, on each page's 95th percentile and on the time that the review log adds to a message.
LIMITS = {QUEUE: 150.0, SEARCH: 150.0, FIGURES_PAGE: 300.0}
MOST_ADDED = 1.0
ACCOUNT = "bench"
#: The timeout for a request, in seconds.
PATIENCE = 60.0


def ask(base: str, token: str, asked: Sequence[PageRequest], progress: Progress) -> List[float]:
    """Send the requests one by one, and return the time until the last byte of each answer, in milliseconds.

    Raises:
        RuntimeError: a request failed, or returned the wrong page.
    """
    taken = []
    cookie = {"Cookie": f"{COOKIE}={token}"}
    with httpx.Client(base_url=base, headers=cookie, timeout=PATIENCE, trust_env=False) as client:
        client.get("/queue")
        for request in progress.track(asked, description="Asking"):
            began = time.perf_counter()
            answer = client.get(request.address)
            if answer.has_redirect_location:
                # httpx would follow a redirect without the cookie.
                answer = client.get(answer.headers["location"])
            taken.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200 or not request.address.startswith(answer.url.path):
                raise RuntimeError(f"{request.address} was answered by {answer.status_code} of {answer.url.path}")
    return taken


def summed(asked: Sequence[PageRequest], taken: Sequence[float]) -> Dict[str, Dict[str, Dict[str, float]]]:
    """Summarise the times of the requests by page and kind. "all" combines every kind."""
    found: Dict[str, Dict[str, List[float]]] = defaultdict(lambda: defaultdict(list))
    for request, milliseconds in zip(asked, taken, strict=True):
        found[request.page][request.kind].append(milliseconds)
    return {
        page: {
            "all": spread([one for some in kinds.values() for one in some]),
            **{kind: spread(some) for kind, some in sorted(kinds.items())},
        }
        for page, kinds in ((page, found[page]) for page in LIMITS if page in found)
    }


def spread(taken: Sequence[float]) -> Dict[str, float]:
    """Return the number of requests, and the median, 95th percentile and maximum of their times."""
    ordered = sorted(taken)
    return {
        "requests": len(ordered),
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[math.ceil(0.95 * len(ordered)) - 1], 1),
        "worst": round(ordered[-1], 1),
    }


def judge(figures: Mapping[str, Any]) -> Dict[str, bool]:
    """Return whether each measured figure is within its limit."""
    pages = {page: figures["pages"][page]["all"]["p95"] <= LIMITS[page] for page in LIMITS if page in figures["pages"]}
    return {**pages, "message": figures["message"]["added"] <= MOST_ADDED}


def render(figures: Mapping[str, Any]) -> str:
    """Return the report as Markdown."""
    values = {"figures": figures, "reached": judge(figures), "limits": LIMITS, "most_added": MOST_ADDED}
    return report_template(TEMPLATE).render(values) + "\n"


def measure(url: str, seed: int, progress: Progress) -> Dict[str, Any]:
    """Measure all the figures in the report on the database at `url`."""
    database = Database(open_engine(url))
    try:
        contents = database.read_now(lambda connection: read_contents(connection, Redactor.load(), seed))
        count = database.read_now(lambda c: c.execute(sa.select(sa.func.count()).select_from(reviews)).scalar_one())
        token = database.write_now(_begin_session)
    finally:
        database.close()
    asked = page_requests(contents, seed)
    ours, theirs = multiprocessing.Pipe()
    # Run the console in a separate process, so that requests reach it as they would from a browser.
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, theirs), daemon=True)
    server.start()
    try:
        taken = ask(ours.recv(), token, asked, progress)
    finally:
        server.terminate()
        server.join()
    saved: WriteTimes = asyncio.run(measure_writes(url, progress))
    return {
        "day": date.today().isoformat(),
        "cores": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
        "conversations": count,
        "seed": seed,
        "pages": summed(asked, taken),
        "message": saved._asdict(),
    }


def _begin_session(connection: sa.engine.Connection) -> str:
    now = int(time.time())
    account = staff.named(connection, ACCOUNT)
    # "!" is not a valid password hash, so nobody can sign in to this account with a password.
    staff_id = account.id if account is not None else staff.add(connection, now, ACCOUNT, LEAD, "!", new_secret())
    return staff.begin_session(connection, staff_id, now)


def _serve(url: str, pipe: Pipe) -> None:
    """Serve the console as `streetwise serve` does, and send its address through the pipe."""
    asyncio.run(_serve_for_ever(url, pipe))


async def _serve_for_ever(url: str, pipe: Pipe) -> None:
    settings = load_settings({})
    store = DialogueStore(engine=open_engine(url))
    dependencies = Dependencies(
        Database(open_engine(url)),
        store,
        Retention(store, InMemoryLockStore(), settings.keep_days),
        load_library(),
        Redactor.load(),
        settings,
        load_templates(),
        load_console_words().problems,
    )
    server = await open_site(create_console(dependencies), 0, settings.request_seconds)
    pipe.send(address(server))
    await asyncio.Event().wait()


def run() -> None:
    """Measure everything and write the report as JSON and Markdown."""
    parser = argparse.ArgumentParser(description="Measure the staff console and write its report.")
    parser.add_argument(
        "--database", required=True, help="what evaluation.console.seed made: sqlite:////path/to/million.db"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another number, other requests")
    chosen = parser.parse_args()
    with Progress() as progress:
        figures = measure(chosen.database, chosen.seed, progress)
    REPORT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    REPORT.with_suffix(".md").write_text(render(figures), encoding="utf-8")


if __name__ == "__main__":
    run()
