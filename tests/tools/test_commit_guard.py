"""The commit guard refuses forbidden content, both in git's hook and in the whole repository."""

import io
import json
import os
import pickle
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import yaml

from bot.redaction.redactor import Redactor
from bot.settings import ROOT
from tools.commit_guard.__main__ import main
from tools.commit_guard.files import entropy
from tools.commit_guard.identifiers import (
    EXAMPLES,
    FOLDERS,
    KINDS,
    KINDS_IN_EXAMPLES,
    REVIEWED,
    Allowed,
    passages,
    reviewed_matches,
    stated_values,
)

#: Runs git in separate processes.
pytestmark = pytest.mark.slow


class Clone:
    """A git repository with our commit hook, which is also the working directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run("git", "init", "--quiet")
        self.run("git", "config", "core.hooksPath", str(ROOT / "deploy/hooks"))
        self.write(".gitignore", (ROOT / ".gitignore").read_text())

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        mine = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        python_first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        who = {
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        env = {**mine, **who, "PATH": python_first, "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)

    def write(self, path: str, content: "str | bytes") -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def stage(self, path: str, content: "str | bytes") -> None:
        self.write(path, content)
        # Needs --force, because .gitignore excludes most of these files.
        assert self.run("git", "add", "--force", path).returncode == 0

    def refusals(self) -> str:
        """Run the guard on the next commit, as the hook does, and return what it prints.

        It runs in this process, because a new one would import everything again.
        """
        with redirect_stderr(io.StringIO()) as said:
            status = main(["--staged"])
        assert status == (1 if said.getvalue() else 0)
        return said.getvalue()

    def commit(self) -> "subprocess.CompletedProcess[str]":
        return self.run("git", "commit", "--quiet", "--message", "a change")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    return Clone(tmp_path)


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE events (text TEXT)")
    return connection.serialize() if hasattr(connection, "serialize") else b"SQLite format 3\0" + bytes(84)


def rasa_model() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("metadata.json"))
    return packed.getvalue()


EVENTS = json.dumps({"sender_id": "1", "events": [{"event": "user", "text": "my secret"}]})
LOG_LINE = "2026-01-01 10:00:00,123 DEBUG rasa.core - Received user message\n"
# Assembled here, so that this file itself contains no secrets.
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n"
RANDOM = "q7Zp2" + "Xv9LmT4" + "sKd8RwYb1NcH"

FILES = {
    "a database": ("var/streetwise.db", database()),
    "a database under another name": ("notes.txt", database()),
    "a write-ahead log": ("streetwise.db-wal", b""),
    "a journal under another name": ("notes", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(20)),
    "a dump of a database": ("backup.sql", "INSERT INTO events (text) VALUES ('my name is');\n"),
    "a dump under another name": ("notes.txt", "-- PostgreSQL database dump\n"),
    "a Rasa model": ("models/one.tar.gz", rasa_model()),
    "a Rasa model under another name": ("docs/one.dat", rasa_model()),
    "another ONNX model": ("other.onnx", b"\x08\x07"),
    "another encoder in the place of ours": ("bot/nlu/encoder.onnx", b"\x08\x07"),
    "a pickle": ("model.pkl", b"x"),
    "what is far too large": ("notes.txt", "hello\n" * 400_000),
    "a pickle under another name": ("model.txt", pickle.dumps({"weights": [1.0]})),
    "an HDF5 model under another name": ("model.txt", b"\x89HDF\r\n\x1a\n"),
    "an archive under another name": ("notes.txt", b"PK\x03\x04"),
    "what nobody can read": ("notes.txt", "sam's number".encode("utf-16")),
    "a tracker dump": ("dump.json", EVENTS),
    "a tracker dump named as source": ("dump.py", EVENTS),
    "a tracker dump in YAML": ("dump.yml", "sender_id: abc\nevents:\n- event: user\n  text: hello\n"),
    "a table of events": ("table.csv", "id,sender_id,type_name\n"),
    "a file of what a running assistant keeps": ("var/settings.txt", "x"),
    "a log": ("rasa.log", "x"),
    "a log under another name": ("notes.txt", LOG_LINE),
    "settings with secrets": (".env", "A=1"),
    "an SSH key": ("id_rsa", "x"),
    "a private key in a document": ("README.md", PRIVATE_KEY),
    "a private key that is encrypted": ("README.md", "-----BEGIN ENCRYPTED " + "PRIVATE KEY-----\n"),
    "a GitHub token": ("a.py", "ghp" + "_" + "a1B2" * 9),
    "a GitHub token of the newer kind": ("a.py", "github" + "_pat_" + "a1B2" * 9),
    "a Google key": ("a.py", "AIza" + "a1B2x" * 7),
    "a Discord token": ("a.py", "N" + "a1B2c3" * 4 + ".Gabcde." + "a1B" * 9),
    "an AWS key": ("a.py", "AKIA" + "ABCDEFGHIJKLMNOP"),
    "a password in an address": ("a.py", "postgresql://sam:" + "hunter2@db.example/x"),
    "a password in an address without a name": ("a.py", "redis://:" + "hunter2@db.example/0"),
    "a bearer token": ("a.md", "Authorization: Bearer " + RANDOM),
    "a secret in a setting": ("a.toml", f'api_key = "{RANDOM}"'),
}


@pytest.mark.parametrize("what", FILES)
def test_the_guard_refuses(clone: Clone, what: str) -> None:
    clone.stage(*FILES[what])
    assert clone.refusals()


SAID = {
    "email": "sam.jones@example.org",
    "phone": "07700 900123",
    "postcode": "CM1 1AB",
    "card": "4111 1111 1111 1111",
    "bank": "20-00-00",
    "nhs": "943 476 5919",
    "nino": "QQ 12 34 56 C",
    "plate": "AB12 CDE",
    "dob": "14/03/2011",
    "address": "12 Acacia Avenue",
    "link": "https://example.org/sam",
    "handle": "@sk8r_girl",
}


@pytest.mark.parametrize("kind", SAID)
def test_an_identifier_in_an_example_is_refused(clone: Clone, kind: str) -> None:
    clone.stage("data/nlu/crisis.yml", f"nlu:\n- intent: x\n  examples: |\n    - hello\n    - it is {SAID[kind]}\n")
    assert f"crisis.yml:5: holds what identifies ({kind})" in clone.refusals()


@pytest.mark.parametrize("kind", SAID)
def test_an_identifier_in_an_answer_is_refused(clone: Clone, kind: str) -> None:
    clone.stage("content/en/guidance/crisis.yml", f"topic: crisis\nsummary: Write to {SAID[kind]} now.\n")
    assert f"crisis.yml:2: holds what identifies ({kind})" in clone.refusals()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("content/en/page.yml", "# Ask Sam on 07700 900123 about this file.\na: b\n"),
        ("content/en/page.yml", "a: b # Ask Sam on 07700 900123.\n"),
        ("content/en/page.yml", "sam@example.org: b\n"),
        ("content/en/page.yml", "a: 447700900123\n"),
        ("content/en/page.yml", "a: {b: [c, 'Write to sam@example.org']}\n"),
        ("content/en/page.yml", "a: [b\n# no YAML, sam@example.org\n"),
        ("content/notes.txt", "sam@example.org\n"),
        ("content/en/page.yml", "a: My name is Jessica\n"),
        ("data/stories/stories.yml", "stories:\n- story: sam@example.org asks\n"),
        ("data/nlu/crisis.yml", "nlu:\n- intent: x\n  examples: |\n    - in [sam@example.org](place)\n"),
    ],
    ids=[
        "comment",
        "comment after a value",
        "key",
        "number",
        "list",
        "broken YAML",
        "no YAML",
        "name",
        "story",
        "entity",
    ],
)
def test_an_identifier_is_found_anywhere_in_a_file(clone: Clone, path: str, text: str) -> None:
    clone.stage(path, text)
    assert clone.refusals()


def test_a_refusal_gives_the_file_line_and_remedy_without_repeating_the_identifier(clone: Clone) -> None:
    clone.stage("content/en/page.yml", "a: b\nc: Please call Sam on 07700 900123 today.\n")
    said = clone.refusals().splitlines()[0]
    assert said == (
        'content/en/page.yml:2: holds what identifies (phone): "Please call Sam on <phone> today.". Write <phone> in '
        "its place. If it is a service's own, state it in content/services.yml or sources.yml; if it is nobody's, add "
        "it to tools/commit_guard/reviewed.yml with the reason."
    )


@pytest.mark.parametrize(
    "what", ["a GitHub token", "a password in an address", "a bearer token", "a secret in a setting"]
)
def test_a_refusal_does_not_repeat_a_secret(clone: Clone, what: str) -> None:
    clone.stage(*FILES[what])
    said = clone.refusals()
    assert not any(secret in said for secret in (RANDOM, "hunter2", "a1B2"))


SERVICE = (
    'helper:\n  name: Helper\n  phone: "0808 157 0192"\n  text: "07860 039967"\n  url: https://helper.example/chat\n'
)


@pytest.mark.parametrize(
    "words", ["Call 0808 157 0192.", "Text 07860 039967.", "See https://helper.example/chat.", "See helper.example."]
)
def test_a_services_own_contact_details_are_accepted_in_content(clone: Clone, words: str) -> None:
    clone.stage("content/services.yml", SERVICE)
    clone.stage("content/en/page.yml", f"a: {words}\n")
    assert clone.refusals() == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("content/en/page.yml", "a: See https://helper.example/chat/sam\n"),
        ("content/en/page.yml", "a: Write to sam@helper.example\n"),
        ("content/services.yml", SERVICE + "  doubts: [Sam says 07700 900123]\n"),
        ("data/nlu/crisis.yml", "nlu:\n- intent: x\n  examples: |\n    - i texted 07860 039967\n"),
    ],
    ids=["another page of its site", "an address at its site", "free text beside it", "in a message"],
)
def test_a_services_contact_details_allow_nothing_else(clone: Clone, path: str, text: str) -> None:
    clone.stage("content/services.yml", SERVICE)
    clone.stage(path, text)
    assert clone.refusals()


CLEAN = {
    "source": ("bot/a.py", 'EVENT = {"event": "user", "sender_id": "1"}\n'),
    "a picture": ("docs/a.png", b"\x89PNG\r\n\x1a\n" + bytes(10)),
    "placeholders": ("data/nlu/crisis.yml", "nlu:\n- intent: x\n  examples: |\n    - <name> is on <phone>\n"),
    "ids of ours": ("data/stories/rules.yml", "rules:\n- rule: a\n  steps:\n  - action: action_guidance_18_plus\n"),
    "a date": ("content/sources.yml", "a: {read_on: 2011-03-14}\n"),
    "an example of settings": (".env.example", "STREETWISE_CHAT_PORT=5005\n"),
    "a password that says it is one": ("docs/a.md", "postgresql://me:password@host/x\n"),
    "a header without a token": ("bot/a.py", 'token = ""\nheaders = {"Authorization": f"Bearer {token}"}\n'),
    "a place with its kind": (
        "data/nlu/a.yml",
        "nlu:\n- intent: x\n  examples: |\n    - i am in [essex](police_area)\n",
    ),
}


@pytest.mark.parametrize("what", CLEAN)
def test_the_guard_accepts(clone: Clone, what: str) -> None:
    clone.stage(*CLEAN[what])
    assert clone.refusals() == ""


def test_the_hook_refuses_what_the_guard_refuses(clone: Clone) -> None:
    clone.stage("content/a.yml", "a: sam@example.org\n")
    refused = clone.commit()
    assert refused.returncode != 0
    assert refused.stderr == clone.refusals()


def test_the_hook_accepts_what_the_guard_accepts(clone: Clone) -> None:
    clone.stage("content/a.yml", "a: b\n")
    passed = clone.commit()
    assert (passed.returncode, passed.stderr) == (0, "")


@pytest.mark.parametrize("text", ["import os\n", "a = {'b': 1}\n"], ids=["lint", "format"])
def test_python_that_fails_lint_or_format_is_refused(clone: Clone, text: str) -> None:
    clone.stage("bot/a.py", text)
    assert clone.commit().returncode != 0


def test_our_own_encoder_is_accepted(clone: Clone) -> None:
    clone.stage("bot/nlu/encoder.onnx", (ROOT / "bot/nlu/encoder.onnx").read_bytes())
    assert clone.refusals() == ""


def test_a_staged_identifier_is_refused_even_if_the_working_copy_was_fixed(clone: Clone) -> None:
    clone.stage("content/a.yml", "a: sam@example.org\n")
    clone.write("content/a.yml", "a: b\n")
    assert clone.refusals()


def test_changes_that_are_not_staged_are_ignored(clone: Clone) -> None:
    clone.stage("content/a.yml", "a: b\n")
    clone.write("content/a.yml", "a: sam@example.org\n")
    assert clone.commit().returncode == 0


def test_a_bad_file_can_be_deleted(clone: Clone) -> None:
    clone.stage("a.db", database())
    clone.run("git", "commit", "--quiet", "--no-verify", "--message", "past the hook")
    clone.run("git", "rm", "--quiet", "a.db")
    assert clone.commit().returncode == 0


def test_the_same_file_in_two_folders_is_checked_in_both(clone: Clone) -> None:
    clone.stage("docs/a.md", "sam@example.org\n")
    clone.stage("content/a.md", "sam@example.org\n")
    assert "content/a.md:1:" in clone.refusals()


def test_the_whole_repository_is_clean() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = [sys.executable, "-m", "tools.commit_guard"]
    looked = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert looked.stderr == ""
    assert looked.returncode == 0


def test_outside_a_repository_the_guard_says_that_nothing_was_checked(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    command = [sys.executable, "-m", "tools.commit_guard"]
    looked = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (looked.returncode, "Nothing was looked at" in looked.stderr) == (2, True)


def test_every_reviewed_match_has_a_reason() -> None:
    entries = yaml.safe_load(REVIEWED.read_text())
    assert all(set(entry) == {"text", "why"} and len(entry["why"]) > 3 for entry in entries)


def test_every_reviewed_match_is_still_needed() -> None:
    stated = stated_values(lambda path: (ROOT / path).read_text())
    strict, loose = Redactor.patterns_only(KINDS), Redactor.patterns_only(KINDS_IN_EXAMPLES)
    unneeded = set(reviewed_matches())
    for path in (str(file.relative_to(ROOT)) for folder in FOLDERS for file in (ROOT / folder).rglob("*.yml")):
        redactor = loose if path.startswith(EXAMPLES) else strict
        for passage in passages(path, (ROOT / path).read_text()):
            for text in [text for text in unneeded if text.lower() in passage.text.lower()]:
                others = Allowed(stated, reviewed_matches() - {text})
                if redactor.redact(others.without(path, passage.text)).removed:
                    unneeded.discard(text)
    assert not unneeded


def test_words_have_less_entropy_than_tokens() -> None:
    assert entropy("passwordpasswordpassword") < 3.5 < entropy(RANDOM)


def test_setup_does_not_replace_existing_hooks(tmp_path: Path) -> None:
    lines = (ROOT / "deploy/setup").read_text()
    start = lines.index("may_set_hooks() {")
    function = lines[start : lines.index("\n}\n", start) + 3]
    clone = Clone(tmp_path)
    assert clone.run("sh", "-c", function + "may_set_hooks").returncode != 0
