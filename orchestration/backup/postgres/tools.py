"""PostgreSQL's own programs, and a server of ours started from a restored data folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from orchestration.backup.errors import BackupError, ToolsMissing
from orchestration.core.settings import Settings

NEEDED = ("pg_basebackup", "pg_controldata", "pg_ctl", "postgres")
DEBIAN = Path("/usr/lib/postgresql")
STOP_SECONDS = 120
# What a restored server must not do: listen, write logs elsewhere, archive, wait for a standby, or
# need files that are not in a backup.
_QUIET = {
    "listen_addresses": "",
    "logging_collector": "off",
    "log_destination": "stderr",
    "lc_messages": "C",
    "external_pid_file": "",
    "ssl": "off",
    "archive_mode": "off",
    "synchronous_standby_names": "",
    "port": "5432",
}


@dataclass(frozen=True)
class Tools:
    """Programs of one version of PostgreSQL, and the account that runs its servers."""

    folder: Path
    version: int
    os_user: str | None = None

    @property
    def _account(self) -> Mapping[str, object]:
        """Arguments of subprocess for the account; PostgreSQL refuses to be run by root."""
        if self.os_user is None:
            return {}
        return {"user": self.os_user, "group": pwd.getpwnam(self.os_user).pw_gid,
                "extra_groups": []}  # fmt: skip

    @property
    def verifies(self) -> bool:
        """Whether there is a pg_verifybackup that starts; some packages ship one that does not."""
        program = self.folder / "pg_verifybackup"
        if not program.exists():
            return False
        started = subprocess.run([str(program), "--version"], capture_output=True, check=False)
        return started.returncode == 0

    def run(self, program: str, *arguments: str) -> str:
        """Run a program to its end and return what it prints.

        Raises:
            BackupError: it failed; the message is its own.
        """
        ended = subprocess.run(
            [str(self.folder / program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
            cwd="/",
            **self._account,  # type: ignore[call-overload]
        )
        if ended.returncode:
            lines = (ended.stderr or ended.stdout).strip().splitlines()
            raise BackupError(f"{program} failed: {lines[-1] if lines else ended.returncode}")
        return str(ended.stdout)

    def page_fault(self, data: Path) -> str | None:
        """What is wrong with a page of a stopped cluster, where the cluster keeps checksums."""
        if not (self.folder / "pg_checksums").exists() or re.search(
            r"^Data page checksum version:\s+0$",
            self.run("pg_controldata", str(data)),
            re.MULTILINE,
        ):
            return None
        try:
            self.run("pg_checksums", "--check", "-D", str(data))
        except BackupError as error:
            return str(error)
        return None

    def own(self, folder: Path) -> None:
        """Make the account that runs servers the owner of a folder and its content."""
        if self.os_user is None:
            return
        account = pwd.getpwnam(self.os_user)
        os.chown(folder, account.pw_uid, account.pw_gid)
        for parent, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.chown(
                    os.path.join(parent, name),
                    account.pw_uid,
                    account.pw_gid,
                    follow_symlinks=False,
                )

    def start(self, arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a server; its messages go to a file."""
        with open(log, "ab") as file:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                [str(self.folder / "postgres"), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={k: v for k, v in os.environ.items() if not k.startswith("PG")},
                cwd="/",
                start_new_session=True,
                **self._account,  # type: ignore[call-overload]
            )
        return process


def find_tools(settings: Settings, version: int) -> Tools:
    """Programs of a server's major version.

    Raises:
        ToolsMissing: there are none, or only those of other versions.
    """
    others = []
    for folder in _candidates(settings, version):
        if not all((folder / program).exists() for program in NEEDED):
            continue
        found = _version(folder)
        if found == version:
            return Tools(folder, version, _os_user(settings))
        others.append(f"{found} in {folder}")
    raise ToolsMissing(
        f"this needs PostgreSQL {version}'s own programs ({', '.join(NEEDED)}): install them, or "
        "name their folder in GRANARY_PG_BIN"
        + (f"; found were those of version {', '.join(others)}" if others else "")
    )


def _candidates(settings: Settings, version: int) -> Iterator[Path]:
    if settings.pg_bin is not None:
        yield settings.pg_bin
        return
    yield DEBIAN / str(version) / "bin"
    for program in ("pg_config", "pg_basebackup"):
        if path := shutil.which(program):
            if program == "pg_config":
                with contextlib.suppress(OSError, subprocess.CalledProcessError):
                    yield Path(
                        subprocess.run(
                            [path, "--bindir"], capture_output=True, text=True, check=True
                        ).stdout.strip()
                    )
            else:
                yield Path(path).resolve().parent


def _version(folder: Path) -> int:
    ended = subprocess.run(
        [str(folder / "pg_basebackup"), "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\) (\d+)", ended.stdout)
    return int(found[1]) if found else 0


def _os_user(settings: Settings) -> str | None:
    """Return the account that runs servers: this one, unless it is root."""
    if os.geteuid() != 0:
        return None
    for name in filter(None, (settings.pg_os_user, "postgres")):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return name
    raise ToolsMissing(
        "PostgreSQL does not run as root: run this as another user, or name an account for it in "
        "GRANARY_PG_OS_USER"
    )


@dataclass
class ScratchServer:
    """A server that only this machine's user reaches, through a socket in a private folder."""

    tools: Tools
    data: Path
    role: str
    database: str
    settings: Mapping[str, str] = field(default_factory=dict)
    socket: Path = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """The server's messages."""
        return self.socket / "log"

    @property
    def address(self) -> dict[str, str]:
        """PG* variables that lead to it."""
        return {
            "PGHOST": str(self.socket),
            "PGPORT": "5432",
            "PGUSER": self.role,
            "PGPASSWORD": "",
            "PGDATABASE": self.database,
        }

    def __enter__(self) -> ScratchServer:
        # A socket's path may have no more than a hundred bytes, so it is not beside the data.
        self.socket = Path(tempfile.mkdtemp(prefix="granary-pg-"))
        (self.socket / "hba").write_text("local all all trust\n")
        self.tools.own(self.socket)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.socket, ignore_errors=True)

    def start(self) -> None:
        """Start, without waiting until it answers."""
        chosen = {
            **_QUIET,
            **self._needed(),
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "hba_file": str(self.socket / "hba"),
            **self.settings,
        }
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        self.process = self.tools.start(["-D", str(self.data), *options], self.log)

    def _needed(self) -> dict[str, str]:
        """Settings that recovery wants at least as large as they were on the old server."""
        text = self.tools.run("pg_controldata", str(self.data))
        names = {
            "max_connections": "max_connections",
            "max_worker_processes": "max_worker_processes",
            "max_wal_senders": "max_wal_senders",
            "max_prepared_transactions": "max_prepared_xacts",
            "max_locks_per_transaction": "max_locks_per_xact",
        }
        found = {}
        for setting, label in names.items():
            if match := re.search(rf"^{label} setting:\s+(\d+)$", text, re.MULTILINE):
                found[setting] = match[1]
        return found

    def connect(self, seconds: float = 3600.0) -> psycopg.Connection[tuple[object, ...]]:
        """Connect as soon as the server answers.

        Raises:
            ServerEnded: the server has stopped; its last messages are in the error.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                return psycopg.connect(
                    host=str(self.socket),
                    port=5432,
                    user=self.role,
                    dbname=self.database,
                    autocommit=True,
                )
            except psycopg.OperationalError:
                assert self.process is not None
                if self.process.poll() is not None:
                    raise ServerEnded(self.log.read_text("utf-8", "replace")) from None
                if time.monotonic() > deadline:
                    raise BackupError("the restored server does not answer") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once but cleanly; kill it if that takes too long."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(STOP_SECONDS)


class ServerEnded(BackupError):
    """A restored server stopped by itself; `log` holds its messages."""

    def __init__(self, log: str) -> None:
        fatal = [line for line in log.splitlines() if "FATAL:" in line or "PANIC:" in line]
        said = fatal[-1].split(":", 1)[-1].strip() if fatal else "it says nothing"
        super().__init__(f"the restored server stopped: {said}")
        self.log = log
