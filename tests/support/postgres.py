"""Runs a temporary PostgreSQL server, which listens on a Unix socket in a folder instead of a port."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Optional

#: If this variable is set, as it is in .ci/run, the tests fail if PostgreSQL is not installed.
MUST = "STREETWISE_POSTGRESQL_MUST"
PROGRAMS = ("initdb", "pg_ctl", "createdb")
MISSING = "No PostgreSQL was found, so nothing was tried with it. Install Debian's package postgresql."


def programs() -> Optional[Path]:
    """Return the folder that contains all the programs needed, or None if there is none."""
    on_path = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *on_path]
    return next((f for f in folders if all((f / name).exists() for name in PROGRAMS)), None)


class Postgres:
    """A running server. Each call of `new_url` creates an empty database."""

    def __init__(self, folder: Path) -> None:
        """Create the server in `folder` and start it.

        The folder's path must be short, because socket paths are limited to 107 characters.
        """
        binaries = programs()
        assert binaries is not None, MISSING
        self._binaries, self.folder, self._count = binaries, folder, 0
        folder.mkdir(mode=0o755, parents=True)
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        self._run("initdb", "-D", str(data), "-U", "streetwise", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -h '' -F"
        self._run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")

    def new_url(self) -> str:
        """Create a database and return its URL."""
        self._count += 1
        name = f"test{self._count}"
        self._run("createdb", "-h", str(self.folder), "-U", "streetwise", name)
        return f"postgresql://streetwise@/{name}?host={self.folder}"

    def stop(self) -> None:
        """Stop the server immediately."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **who,
        )
        assert done.returncode == 0, f"{program} failed: {done.stdout}"
