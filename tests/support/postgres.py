"""A real PostgreSQL of one's own, for as long as it is needed: Debian's, on a socket in a folder, without a port."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Optional

#: Set where a run without PostgreSQL must fail: .ci/run does.
MUST = "STREETWISE_POSTGRESQL_MUST"
PROGRAMS = ("initdb", "pg_ctl", "createdb")
MISSING = "No PostgreSQL was found, so nothing was tried with it. Install Debian's package postgresql."


def programs() -> Optional[Path]:
    """The folder with all programs that are needed, or None."""
    on_path = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *on_path]
    return next((f for f in folders if all((f / name).exists() for name in PROGRAMS)), None)


class Postgres:
    """A running server with an empty database for each `new_url`."""

    def __init__(self, folder: Path) -> None:
        """Make it in `folder`, and start it.

        Its address must be short: a socket's path has at most 107 characters.
        """
        binaries = programs()
        assert binaries is not None, MISSING
        self._binaries, self._folder, self._count = binaries, folder, 0
        folder.mkdir(mode=0o755, parents=True)
        if os.geteuid() == 0:
            # PostgreSQL does not run as root.
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        self._run("initdb", "-D", str(data), "-U", "streetwise", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -h '' -F"
        self._run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")

    def new_url(self) -> str:
        """The address of a new database."""
        self._count += 1
        name = f"test{self._count}"
        self._run("createdb", "-h", str(self._folder), "-U", "streetwise", name)
        return f"postgresql://streetwise@/{name}?host={self._folder}"

    def stop(self) -> None:
        """Stop it at once."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            cwd=self._folder,
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **who,
        )
        assert done.returncode == 0, f"{program} failed: {done.stdout}"
