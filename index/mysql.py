"""A server that speaks MySQL's protocol, as OceanBase does: where it is, connections to it, and what goes wrong with
them; the only importer of PyMySQL."""

import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, unquote

import pymysql
from pymysql.cursors import Cursor as Cursor

from index.problems import YuanhuaError, printable

PASSWORD = "YUANHUA_STORE_PASSWORD"  # noqa: S105 - where the password is, and not what it is
SCHEME = "oceanbase://"
PORT = 2881
SLOWEST = 60  # seconds that a statement of a reader may take
SLOWEST_LONG = 6 * 3600  # and one of a builder, as the making of an index over all rows
PATIENCE = 10  # seconds that a server may take to answer the door
LOOKED_AT = 2_000  # vectors that the engine's graph compares at least; of the nearest 200 it finds 998 in a thousand …
LESS = 1_000  # … where the server takes no more
PACKET = 64 << 20  # bytes that we take; what we send is kept far below what servers take by default
IDLE = 8  # connections that are kept open for the next statement
SILENT = 300  # seconds without a statement after which a transaction is given up, as when its machine is gone
RESTED = 1.0  # seconds after which a server may have closed one, and is asked

_URL = re.compile(
    r"oceanbase://(?:(?P<user>[^/?]*)@)?(?P<host>\[[^]/?@]+\]|[^:/?@]*)(?::(?P<port>\d{1,5}))?/(?P<name>[^/?]+)"
    r"(?:\?(?P<options>.*))?",
    re.DOTALL,
)
_OPTIONS = ("unix_socket", "ssl_ca")

_WHO = re.compile(r"'[^']*'@'[^']*'|(?<= on )'[^']*'")  # whom a server's message names, or which server

# Numbers of errors, the server's and the client's.
_NO_ACCESS = (1044, 1045, 1698, 3118)
_NO_DATABASE = (1049,)
_NO_TABLE = (1146, 1051, 1109)
_LOST = (0, 1053, 1317, 2006, 2013, 2014, 2055, 5066)
_AWAY = (1040, 2002, 2003, 2005, 2026)
_SLOW = (1205, 3024, 4012, 6212)
_PASSING = (1213, 4023, 4038, 4138, 4653, 4654, 5627, 6002, 6005)  # as when another server becomes the leader
_FULL = (1021, 1041, 1114, 4013, 4030, 4184)

Value = TypeVar("Value")
Row = tuple[Any, ...]


class BadPlace(YuanhuaError):
    """A URL that names no store."""


class StoreUnavailable(YuanhuaError):
    """The server is away, refuses, or does not do what it is asked in time. `lost`: on a new connection it may do it,
    since this one broke, or a server of its cluster did."""

    def __init__(self, english: str, chinese: str, *, lost: bool = False) -> None:
        super().__init__(english, chinese)
        self.lost = lost


class Vanished(YuanhuaError):
    """Tables or rows that a reader wants are there no more: a builder has switched to others."""


@cache
def password() -> str:
    """Taken out of the environment, so that no process that is started later has it."""
    return os.environ.pop(PASSWORD, "")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, and who asks."""

    user: str
    host: str
    port: int
    name: str  # of the database
    socket: str = ""
    authority: str = ""  # a file with the certificates by which the server is known; "" for no encryption
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> "Address":
        """Raises BadPlace."""
        found = _URL.fullmatch(url)
        options = dict(parse_qsl(found["options"] or "")) if found else {}
        strange = sorted(set(options) - set(_OPTIONS))
        user = (found["user"] if found else None) or "root"
        if ":" in user:
            raise BadPlace(
                f"the URL of the index holds a password; take it out and put it into the environment as {PASSWORD}.",
                f"索引的网址里写了密码；请把密码去掉，改放进环境变量 {PASSWORD}。",
            )
        if not found or strange or not 0 < int(found["port"] or PORT) < 65_536:
            shown = printable(_without_password(url))
            raise BadPlace(
                f"{shown}: this is no URL of an index; write it as {SCHEME}user@host:{PORT}/database.",
                f"{shown}：这不是索引的网址；请写成 {SCHEME}user@host:{PORT}/database。",
            )
        return cls(
            unquote(user),
            found["host"].strip("[]") or "127.0.0.1",
            int(found["port"] or PORT),
            unquote(found["name"]),
            options.get("unix_socket", ""),
            options.get("ssl_ca", ""),
            password(),
        )

    def __str__(self) -> str:
        """As messages name it; never with the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return printable(f"{SCHEME}{quote(self.user, safe='@#')}@{host}:{self.port}/{quote(self.name)}")


def _without_password(url: str) -> str:
    """Nor with anything that may be one, wherever somebody wrote it who did not know how."""
    said = re.sub(r"(=)[^&]*", r"\1…", url)
    said = re.sub(r"://.*@", "://…@", said, flags=re.DOTALL)
    return re.sub(r"(://[^@/?:]*:)(?!\d+(/|$)).*", r"\1…", said, flags=re.DOTALL)


class Database:
    """Connections to one database. A statement takes an idle one, or opens another where all are busy."""

    def __init__(self, address: Address, *, slowest: int = SLOWEST) -> None:
        """`slowest`: seconds that a statement may take."""
        self.address, self.slowest = address, slowest
        self._idle: list[tuple[Any, float]] = []  # each with the time since when
        self._lock, self._closed = threading.Lock(), False

    def close(self) -> None:
        """Of connections in use the last one goes when it is given back."""
        with self._lock:
            self._closed, idle = True, self._idle[:]
            self._idle.clear()
        for connection, _ in idle:
            _drop(connection)

    def read(self, ask: Callable[[Cursor], Value]) -> Value:
        """What `ask` makes of a cursor; asked once more on a new connection where one broke. Raises StoreUnavailable
        and Vanished."""
        try:
            with self.cursor() as cursor:
                return ask(cursor)
        except StoreUnavailable as error:
            if not error.lost:
                raise
        with self.cursor(fresh=True) as cursor:
            return ask(cursor)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Of a SELECT."""

        def ask(cursor: Cursor) -> list[Row]:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

        return self.read(ask)

    @contextmanager
    def cursor(self, *, fresh: bool = False) -> Iterator[Cursor]:
        """Every statement by itself. `fresh`: of a connection that has not lain idle."""
        connection = self._taken(fresh)
        whole = False
        try:
            with self._explained(), connection.cursor() as cursor:
                yield cursor
            whole = True
        finally:
            self._give_back(connection, whole)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """All that is written, or nothing of it; and what is read is of one moment."""
        with self.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION")
            yield cursor  # a connection that raised is dropped, and the server takes back what it did
            cursor.execute("COMMIT")

    def snapshot(self, ask: Callable[[Cursor], Value]) -> Value:
        """As `read`; all that is read is of one moment."""

        def in_transaction(cursor: Cursor) -> Value:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            found = ask(cursor)
            cursor.execute("COMMIT")
            return found

        return self.read(in_transaction)

    def _taken(self, fresh: bool) -> Any:
        with self._lock:
            idle, since = self._idle.pop() if self._idle and not fresh else (None, 0.0)
        if idle is not None and time.monotonic() - since > RESTED and not _is_alive(idle):
            _drop(idle)
            idle = None
        return idle or self._opened()

    def _give_back(self, connection: Any, whole: bool) -> None:
        with self._lock:
            if whole and not self._closed and len(self._idle) < IDLE:
                self._idle.append((connection, time.monotonic()))
                return
        _drop(connection)

    def _opened(self) -> Any:
        a = self.address
        with self._explained(OSError, ValueError, RuntimeError):  # certificates that are none; a login it cannot do
            connection = pymysql.connect(
                defer_connect=True,
                user=a.user,
                password=a.password,
                host=a.host,
                port=a.port,
                database=a.name,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=PATIENCE,
                read_timeout=self.slowest + PATIENCE,
                write_timeout=self.slowest + PATIENCE,
                max_allowed_packet=PACKET,
                local_infile=False,
                ssl=ssl.create_default_context(cafile=a.authority) if a.authority else None,
                sql_mode="STRICT_ALL_TABLES",
                init_command=f"SET {', '.join(self._settings())}",
            )
            connection.connect(_unix_socket(a.socket) if a.socket else None)
            _look_far(connection)
            return connection

    def _settings(self) -> tuple[str, ...]:
        """Of each connection, whatever others have set for all; times in microseconds."""
        return (
            f"ob_query_timeout={self.slowest}000000",
            f"ob_trx_timeout={SLOWEST_LONG}000000",
            f"ob_trx_idle_timeout={SILENT}000000",
            f"ob_trx_lock_timeout={SLOWEST}000000",
            "ob_read_consistency='STRONG'",
            "tx_isolation='READ-COMMITTED'",
            "time_zone='+00:00'",
        )

    @contextmanager
    def _explained(self, *others: type[Exception]) -> Iterator[None]:
        expected: tuple[type[Exception], ...] = (pymysql.MySQLError, *others)
        try:
            yield
        except expected as error:
            raise explained(error, self.address, self.slowest) from error


def _unix_socket(path: str) -> socket.socket:
    """Closed where nobody listens, which PyMySQL leaves to chance. Raises OSError."""
    opened = socket.socket(socket.AF_UNIX)
    try:
        opened.settimeout(PATIENCE)
        opened.connect(path)
    except BaseException:
        opened.close()
        raise
    return opened


def _is_alive(connection: Any) -> bool:
    try:
        connection.ping(reconnect=False)
    except (pymysql.MySQLError, OSError):
        return False
    return True


def _look_far(connection: Any) -> None:
    """As far as the server lets us."""
    for most in (LOOKED_AT, LESS):
        with suppress(pymysql.err.OperationalError, pymysql.err.InternalError, pymysql.err.DataError):
            with connection.cursor() as cursor:
                cursor.execute(f"SET ob_hnsw_ef_search={most}")
            return


def _drop(connection: Any) -> None:
    with suppress(pymysql.MySQLError, OSError):
        connection.close()


def is_duplicate(error: BaseException | None) -> bool:
    """Whether a row was refused because there is one of the same key."""
    return isinstance(error, pymysql.MySQLError) and bool(error.args) and error.args[0] == 1062


def explained(error: Exception, address: Address, slowest: int) -> YuanhuaError:
    """What went wrong with a connection, as a reader is told."""
    number = error.args[0] if isinstance(error, pymysql.MySQLError) and error.args else None
    reason = printable(_WHO.sub("…", str(error.args[-1] if error.args else error)))[:200]
    if number in _NO_TABLE:
        return Vanished(
            f"{address}: the index was replaced while it was read ({reason}); ask again.",
            f"{address}：读取时索引刚好换了（{reason}），请再问一次。",
        )
    lost = number in _LOST or number in _AWAY or number is None
    again = lost or number in _PASSING
    return StoreUnavailable(*_said(number, reason, address, slowest, lost), lost=again)


def _said(number: object, reason: str, address: Address, slowest: int, lost: bool) -> tuple[str, str]:
    if number in _NO_ACCESS:
        return (
            f"{address}: the server does not let this user in; check the name, and the password in {PASSWORD}.",
            f"{address}：服务器不让这个用户登录；请检查用户名，以及环境变量 {PASSWORD} 里的密码。",
        )
    if number in _NO_DATABASE:
        return (
            f"{address}: the server has no database of this name; create it, or name another with --index.",
            f"{address}：服务器上没有这个数据库；请先建库，或用 --index 指定别的。",
        )
    if number in _SLOW:
        return (
            f"{address}: the server did not finish within {slowest} seconds; ask again when it has less to do.",
            f"{address}：服务器 {slowest} 秒内没有完成；请等它空闲些再试。",
        )
    if number in _FULL:
        return (
            f"{address}: the server has no space or memory left ({reason}); the index is unchanged. Free some.",
            f"{address}：服务器的磁盘或内存不够了（{reason}）；索引没有动，请腾出空间。",
        )
    if lost:
        return (
            f"{address}: the server of the index cannot be reached ({reason}); start it, or name another with --index.",
            f"{address}：连不上索引所在的服务器（{reason}）；请启动它，或用 --index 指定别的。",
        )
    if number in _PASSING:
        return (
            f"{address}: the server gave up what it was asked to do ({reason}); try again.",
            f"{address}：服务器中途放弃了要它做的事（{reason}）；请再试一次。",
        )
    return (
        f"{address}: the server refused a statement ({reason}); see its log, or rebuild with: yuanhua index build",
        f"{address}：服务器拒绝了一条语句（{reason}）；请查看它的日志，或重建索引。",
    )
