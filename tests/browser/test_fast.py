"""The page is small and loads quickly, even on an old phone with a poor connection."""

import gzip

import httpx
from playwright.sync_api import Page

from evaluation.server import Server

KILOBYTE = 1024
#: Lighthouse's old phone on slow 4G: 150 ms round trips, 1.6 Mbit/s down, 0.75 up, and a quarter of the CPU speed.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWDOWN = 4


def test_the_scripts_stay_small(server: Server, record_property) -> None:
    size = {}
    for name in ("chat.js", "embed.js"):
        size[name] = len(gzip.compress(httpx.get(f"{server.chat}chat/{name}").content, 9))
        record_property("size", f"{name}: {size[name]} bytes gzipped")
    assert size["embed.js"] <= 4.5 * KILOBYTE
    assert sum(size.values()) <= 10 * KILOBYTE


def test_the_first_message_appears_within_a_second_on_an_old_phone(page: Page, server: Server, record_property) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(f"{server.chat}chat/", wait_until="load")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    record_property("time", f"first message after {painted:.0f} ms on a throttled phone (at most 1000)")
    assert page.locator("#log li").first.is_visible()
    assert painted <= 1000
