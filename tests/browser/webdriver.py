"""Drives Firefox through its own socket and WebKit through WebKitWebDriver, with the W3C's WebDriver commands."""

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

#: Timeouts in seconds for a browser to start, to answer a command, and to meet a test's condition.
START, ANSWER, WAIT = 60.0, 60.0, 20.0
#: Seconds between checks of a page.
LOOK_EVERY = 0.05
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Shift": "\ue008", "Escape": "\ue00c", "Tab": "\ue004"}
MINI_BROWSER = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))), None)
#: Stops Firefox from updating, fetching extensions and settings, checking the network, and sending telemetry.
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
    """A browser could not carry out a command."""


class Command(NamedTuple):
    """A WebDriver command: its name, and its HTTP method and path."""

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
    """A connection that sends commands to a browser."""

    def send(self, command: Command, values: "dict[str, Any]") -> Any:
        """Send a command and return its result.

        Raises:
            DriverError: the browser refused.
        """


class OverSocket:
    """Firefox's own socket. Each message is its length, a colon and JSON."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER)
        self._received, self._number = b"", 0
        self._read()  # Firefox sends a greeting first.

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
    """The W3C's WebDriver protocol over HTTP."""

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
    """A browser window. Elements are identified by CSS selectors."""

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
        """Run the body of a JavaScript function, with the values in `arguments`, and return its result."""
        return self._wire.send(RUN, {"script": script, "args": list(values)})

    def click(self, element: str) -> None:
        self._wire.send(CLICK, {"id": self._find(element)})

    def type(self, element: str, text: str) -> None:
        self._wire.send(TYPE, {"id": self._find(element), "text": text})

    def press(self, key: str, times: int = 1) -> None:
        strokes = [{"type": way, "value": KEYS[key]} for _ in range(times) for way in ("keyDown", "keyUp")]
        self._wire.send(PRESS, {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def frame(self, element: "str | None") -> None:
        """Switch to a frame, or to the page itself if `element` is None."""
        self._wire.send(FRAME, {"id": None if element is None else {ELEMENT: self._find(element)}})

    def frame_in(self, host: str, element: str) -> None:
        """Wait for a frame in an element's shadow tree and switch to it."""
        script = "return document.querySelector(arguments[0])?.shadowRoot.querySelector(arguments[1])"
        self.wait(script, host, element)
        self._wire.send(FRAME, {"id": self.run(script, host, element)})

    def wait(self, script: str, *values: object) -> None:
        """Wait until a script returns a truthy value."""
        self.wait_until(lambda: self.run(script, *values), script)

    @staticmethod
    def wait_until(holds: "Callable[[], object]", what: str) -> None:
        """Wait until `holds` returns a truthy value.

        Raises:
            DriverError: it did not within `WAIT` seconds.
        """
        end = time.monotonic() + WAIT
        last = ""
        while time.monotonic() < end:
            try:
                if holds():
                    return
            except DriverError as error:  # There is no page while the next one loads.
                last = f" ({error})"
            time.sleep(LOOK_EVERY)
        raise DriverError(f"it did not come true: {what}{last}")

    def _find(self, element: str) -> str:
        found = self._wire.send(FIND, {"using": "css selector", "value": element})
        return str(found[ELEMENT])


@contextmanager
def firefox(folder: Path) -> "Iterator[Window]":
    """Headless Firefox, with its profile in an empty folder."""
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
    """WebKitGTK's MiniBrowser on a virtual screen."""
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
    """A browser: how to start it, and the programs it needs, with their Debian packages."""

    start: "Callable[[Path], Any]"
    programs: "dict[str, str]"

    @property
    def missing(self) -> "list[str]":
        """The Debian packages that are missing on this machine."""
        return [package for program, package in self.programs.items() if shutil.which(program) is None]


ENGINES = {
    "Firefox": Engine(firefox, {"firefox-esr": "firefox-esr"}),
    "WebKit": Engine(webkit, {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}),
}


def _start(
    closing: ExitStack, command: "list[str]", folder: Path, settings: "dict[str, str]", **options: Any
) -> "subprocess.Popen[bytes]":
    """Start a program that logs to a file in the folder, and is stopped when `closing` is closed."""
    log = closing.enter_context((folder / f"{command[0]}.log").open("wb"))
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log, **options)
    closing.callback(process.wait, timeout=START)
    closing.callback(process.terminate)
    return process
