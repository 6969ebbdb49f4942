"""Drives Firefox and WebKit by the W3C's WebDriver commands: Firefox by its own socket, WebKit by WebKitWebDriver."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx
from ports import free_port, wait_until_it_listens

#: Seconds within which a browser must start, answer a command, or show what a test waits for.
START, ANSWER, WAIT = 60.0, 60.0, 20.0
#: Seconds between two looks at a page.
LOOK_EVERY = 0.05
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Shift": "\ue008", "Escape": "\ue00c", "Tab": "\ue004"}
MINI_BROWSER = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))), None)
#: What Firefox must not do by itself: update, look for extensions, measure, or restore.
PREFERENCES = {
    "marionette.port": 0,
    "app.update.disabledForTesting": True,
    "app.normandy.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.systemAddon.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "data:,",
}


class DriverError(Exception):
    """The browser could not do what it was told."""


class Command(NamedTuple):
    """A command of the W3C's: its name, and its method and path over HTTP."""

    name: str
    method: str
    path: str


NEW = Command("NewSession", "POST", "/session")
OPEN = Command("Navigate", "POST", "/session/{session}/url")
ADDRESS = Command("GetCurrentURL", "GET", "/session/{session}/url")
BACK = Command("Back", "POST", "/session/{session}/back")
RUN = Command("ExecuteScript", "POST", "/session/{session}/execute/sync")
FIND = Command("FindElement", "POST", "/session/{session}/element")
CLICK = Command("ElementClick", "POST", "/session/{session}/element/{id}/click")
TYPE = Command("ElementSendKeys", "POST", "/session/{session}/element/{id}/value")
PRESS = Command("PerformActions", "POST", "/session/{session}/actions")
FRAME = Command("SwitchToFrame", "POST", "/session/{session}/frame")
END = Command("DeleteSession", "DELETE", "/session/{session}")


class Wire(Protocol):
    """What carries a command to a browser."""

    def send(self, command: Command, values: "dict[str, Any]") -> Any:
        """Send a command, and return its result.

        Raises:
            DriverError: the browser refused.
        """


class OverSocket:
    """Firefox's own socket: each message is its length, a colon and JSON."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER)
        self._received, self._number = b"", 0
        self._read()  # It says hello first.

    def send(self, command: Command, values: "dict[str, Any]") -> Any:
        self._number += 1
        sent = json.dumps([0, self._number, f"WebDriver:{command.name}", values]).encode()
        self._socket.sendall(b"%d:%s" % (len(sent), sent))
        _, _, error, result = self._read()
        if error:
            raise DriverError(f"{command.name}: {error['error']}: {error['message']}")
        return result.get("value", result) if isinstance(result, dict) else result

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> Any:
        while b":" not in self._received:
            self._receive()
        length, _, self._received = self._received.partition(b":")
        while len(self._received) < int(length):
            self._receive()
        message, self._received = self._received[: int(length)], self._received[int(length) :]
        return json.loads(message)

    def _receive(self) -> None:
        received = self._socket.recv(65_536)
        if not received:
            raise DriverError("Firefox has closed its socket")
        self._received += received


class OverHttp:
    """The W3C's protocol over HTTP."""

    def __init__(self, port: int) -> None:
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER, trust_env=False)
        self._session = ""

    def send(self, command: Command, values: "dict[str, Any]") -> Any:
        path = command.path.format(session=self._session, **values)
        body = {name: value for name, value in values.items() if f"{{{name}}}" not in command.path}
        answer = self._http.request(command.method, path, json=body if command.method == "POST" else None)
        result = answer.json()["value"]
        if answer.is_error:
            raise DriverError(f"{command.name}: {result['error']}: {result['message']}")
        if command is NEW:
            self._session = result["sessionId"]
        return result

    def close(self) -> None:
        self._http.close()


class Window:
    """A window of a browser. Elements are named by CSS selectors."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def open(self, url: str) -> None:
        self.frame(None)
        self._wire.send(OPEN, {"url": url})

    @property
    def url(self) -> str:
        return str(self._wire.send(ADDRESS, {}))

    def back(self) -> None:
        self._wire.send(BACK, {})

    def run(self, script: str, *values: object) -> Any:
        """Return what the body of a JavaScript function returns; `arguments` holds the values."""
        return self._wire.send(RUN, {"script": script, "args": list(values)})

    def click(self, element: str) -> None:
        self._wire.send(CLICK, {"id": self._find(element)})

    def type(self, element: str, text: str) -> None:
        self._wire.send(TYPE, {"id": self._find(element), "text": text})

    def press(self, key: str, times: int = 1) -> None:
        strokes = [{"type": way, "value": KEYS[key]} for _ in range(times) for way in ("keyDown", "keyUp")]
        self._wire.send(PRESS, {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def frame(self, element: "str | None") -> None:
        """Go into a frame, or with None to the page itself."""
        self._wire.send(FRAME, {"id": None if element is None else {ELEMENT: self._find(element)}})

    def frame_in(self, host: str, element: str) -> None:
        """Go into a frame within an element's shadow tree, once it is there."""
        script = "return document.querySelector(arguments[0])?.shadowRoot.querySelector(arguments[1])"
        self.wait(script, host, element)
        self._wire.send(FRAME, {"id": self.run(script, host, element)})

    def wait(self, script: str, *values: object) -> None:
        """Wait until a script returns something true."""
        self.wait_until(lambda: self.run(script, *values), script)

    @staticmethod
    def wait_until(holds: "Callable[[], object]", what: str) -> None:
        """Wait until something holds.

        Raises:
            DriverError: it did not within `WAIT` seconds.
        """
        end = time.monotonic() + WAIT
        last = ""
        while time.monotonic() < end:
            try:
                if holds():
                    return
            except DriverError as error:  # Between two pages there is none.
                last = f" ({error})"
            time.sleep(LOOK_EVERY)
        raise DriverError(f"it did not come true: {what}{last}")

    def _find(self, element: str) -> str:
        found = self._wire.send(FIND, {"using": "css selector", "value": element})
        return str(found[ELEMENT])


@contextmanager
def firefox(folder: Path) -> "Iterator[Window]":
    """A Firefox without a screen, with its profile in an empty folder."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    listening = folder / "MarionetteActivePort"
    with ExitStack() as closing:
        command = ["firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
        _start(closing, command, folder, {"HOME": str(folder)})
        Window.wait_until(lambda: listening.exists() and listening.read_text(), "Firefox listens")
        wire = OverSocket(int(listening.read_text()))
        closing.callback(wire.close)
        wire.send(NEW, {"acceptInsecureCerts": True})
        closing.callback(wire.send, END, {})
        yield Window(wire)


@contextmanager
def webkit(folder: Path) -> "Iterator[Window]":
    """WebKit's own small browser for GTK, on a screen that nobody sees."""
    with ExitStack() as closing:
        read, write = os.pipe()
        screen = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1300x1000x24", "-nolisten", "tcp"]
        _start(closing, screen, folder, {}, pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as said:
            display = said.readline().strip()
        home = {"HOME": str(folder), "DISPLAY": f":{display}", "NO_AT_BRIDGE": "1", "GDK_BACKEND": "x11"}
        port = free_port()
        driver = _start(closing, ["WebKitWebDriver", f"--port={port}"], folder, home)
        wait_until_it_listens(port, driver, folder / "WebKitWebDriver.log", START)
        wire = OverHttp(port)
        closing.callback(wire.close)
        options = {"binary": str(MINI_BROWSER), "args": ["--automation"]}
        match = {"acceptInsecureCerts": True, "webkitgtk:browserOptions": options}
        wire.send(NEW, {"capabilities": {"alwaysMatch": match}})
        closing.callback(wire.send, END, {})
        yield Window(wire)


class Engine(NamedTuple):
    """A browser: how to start it, and the programs that it needs, each with Debian's package."""

    start: "Callable[[Path], Any]"
    programs: "dict[str, str]"

    @property
    def missing(self) -> "list[str]":
        """The Debian packages that this machine lacks."""
        return [package for program, package in self.programs.items() if shutil.which(program) is None]


ENGINES = {
    "Firefox": Engine(firefox, {"firefox-esr": "firefox-esr"}),
    "WebKit": Engine(webkit, {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}),
}


def _start(
    closing: ExitStack, command: "list[str]", folder: Path, settings: "dict[str, str]", **options: Any
) -> "subprocess.Popen[bytes]":
    """Start a program that ends with `closing`. It writes to a log in the folder."""
    log = closing.enter_context((folder / f"{command[0]}.log").open("wb"))
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log, **options)
    closing.callback(process.wait, timeout=START)
    closing.callback(process.terminate)
    return process
