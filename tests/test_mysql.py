"""A database by its URL, connections to it, and what a reader is told when something is wrong with them."""

import os
import pickle
import threading
import time
from contextlib import closing
from dataclasses import replace
from typing import Any

import pymysql
import pytest

from index import mysql
from index.mysql import PASSWORD, Address, BadPlace, Cursor, Database, StoreUnavailable, Vanished, password
from index.oceanbase import OceanBaseStore
from tests.seekdb import needs_seekdb


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(PASSWORD, "correct horse")
    password.cache_clear()
    yield "correct horse"
    password.cache_clear()


@pytest.mark.parametrize(
    ("url", "user", "host", "port", "name"),
    [
        ("oceanbase://reader@db.example.org:2881/essays", "reader", "db.example.org", 2881, "essays"),
        (
            "oceanbase://reader@tenant#cluster@db.example.org/essays",
            "reader@tenant#cluster",
            "db.example.org",
            2881,
            "essays",
        ),
        ("oceanbase://localhost/essays", "root", "localhost", 2881, "essays"),
        ("oceanbase://a%40b@[::1]:1/%E6%96%87", "a@b", "::1", 1, "文"),
    ],
)
def test_a_url_says_who_asks_whom(url: str, user: str, host: str, port: int, name: str) -> None:
    address = Address.of(url)
    assert (address.user, address.host, address.port, address.name) == (user, host, port, name)
    assert Address.of(str(address)) == address


def test_a_url_may_name_a_socket_and_the_certificates_to_trust() -> None:
    address = Address.of("oceanbase://root@localhost/essays?unix_socket=/run/a.sock&ssl_ca=/etc/ca.pem")
    assert (address.socket, address.authority) == ("/run/a.sock", "/etc/ca.pem")


@pytest.mark.parametrize(
    "url",
    [
        "oceanbase://",
        "oceanbase://host",
        "oceanbase://host/",
        "oceanbase://user@host:0/a",
        "oceanbase://user@host:99999/a",
        "oceanbase://user@host/a/b",
        "oceanbase://user@host/a?evil=1",
        "oceanbase://user@host:port/a",
    ],
)
def test_a_url_that_names_no_database_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BadPlace, match="write it as oceanbase://user@host:2881/database") as refused:
        Address.of(url)
    assert "请写成" in refused.value.chinese


@pytest.mark.parametrize(
    "url",
    [
        "oceanbase://root:hunter22@host/essays",
        "oceanbase://root:hunter22@host",
        "oceanbase://root:/hunter22@host/essays",
        "oceanbase://root:?hunter22@host/essays",
        "oceanbase://root:@hunter22@host/essays",
        "oceanbase://root@host/essays?password=hunter22",
        "oceanbase://root:/#hunter22",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadPlace) as refused:
        Address.of(url)
    assert "hunter22" not in str(refused.value) + refused.value.chinese
    assert PASSWORD in str(refused.value) or "write it as" in str(refused.value)


def test_the_password_is_taken_out_of_the_environment_and_shown_nowhere(secret: str) -> None:
    address = Address.of("oceanbase://root@host/essays")
    assert address.password == secret
    assert PASSWORD not in os.environ
    assert Address.of("oceanbase://root@host/essays").password == secret  # whoever asks for it later
    store = OceanBaseStore(address)
    assert secret not in repr(address) + str(address) + repr(store) + store.place
    sent = pickle.loads(pickle.dumps(store))
    assert sent.address == address


def test_a_server_that_is_away_is_said_to_be_so(secret: str) -> None:
    database = Database(Address.of("oceanbase://root@127.0.0.1:1/essays"))
    with pytest.raises(
        StoreUnavailable, match=r"oceanbase://root@127.0.0.1:1/essays: the server .* cannot be reached"
    ) as away:
        database.rows("SELECT 1")
    assert "连不上" in away.value.chinese
    assert secret not in str(away.value)


def test_certificates_that_are_not_there_are_said_to_be_missing() -> None:
    database = Database(Address.of("oceanbase://root@127.0.0.1:1/essays?ssl_ca=/nowhere/ca.pem"))
    with pytest.raises(StoreUnavailable, match="No such file"):
        database.rows("SELECT 1")


@needs_seekdb
def test_a_user_that_the_server_does_not_know_is_told_where_the_password_belongs(store_url: str) -> None:
    database = Database(replace(Address.of(store_url), user="nobody"))
    with pytest.raises(StoreUnavailable, match=f"does not let this user in.*{PASSWORD}"):
        database.rows("SELECT 1")


@needs_seekdb
def test_a_database_that_is_not_there_is_named(store_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="/nowhere: the server has no database of this name; create it"):
        Database(replace(Address.of(store_url), name="nowhere")).rows("SELECT 1")


@needs_seekdb
def test_a_statement_that_takes_too_long_is_given_up(store_url: str) -> None:
    database = Database(Address.of(store_url), slowest=1)
    with pytest.raises(StoreUnavailable, match="did not finish within 1 seconds"):
        database.rows("SELECT SLEEP(30)")
    database.close()
    with closing(Database(Address.of(store_url))) as database:
        assert database.rows("SELECT 1") == [(1,)]


@needs_seekdb
@pytest.mark.parametrize("number", [1213, 4038, 4138, 6002])
def test_what_passes_by_itself_is_asked_again(store_url: str, number: int) -> None:
    """A cluster ends statements when a server of it fails, or another becomes the leader; a new one then succeeds."""
    database, tried = Database(Address.of(store_url)), list[int]()

    def ask(cursor: Cursor) -> int:
        tried.append(number)
        if len(tried) == 1:
            raise pymysql.OperationalError(number, "not now")
        return 7

    assert database.read(ask) == 7
    assert len(tried) == 2
    database.close()


@needs_seekdb
def test_times_are_of_no_country(store_url: str) -> None:
    """So that no lease ends, or goes on for an hour, when clocks are put forward or back."""
    database = Database(Address.of(store_url))
    assert database.rows("SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), NOW())") == [(0,)]
    database.close()


@needs_seekdb
def test_a_table_that_is_there_no_more_has_vanished(store_url: str) -> None:
    database = Database(Address.of(store_url))
    with pytest.raises(Vanished, match="ask again"):
        database.rows("SELECT 1 FROM yuanhua_nowhere")
    database.close()


@needs_seekdb
def test_what_was_not_committed_is_not_there(store_url: str) -> None:
    database = Database(Address.of(store_url))
    database.rows("CREATE TABLE t (a INT)")
    with pytest.raises(ZeroDivisionError), database.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    with database.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (2)")
    assert database.rows("SELECT a FROM t") == [(2,)]
    database.close()


@needs_seekdb
def test_a_connection_that_broke_while_it_lay_idle_is_replaced(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql, "RESTED", 0.0)
    database, other = Database(Address.of(store_url)), Database(Address.of(store_url))
    database.rows("CREATE TABLE t (a INT)")
    for ask in (lambda: database.rows("SELECT 1"), lambda: _insert(database)):
        ((number,),) = database.rows("SELECT CONNECTION_ID()")
        other.rows("KILL %s", (number,))
        ask()
    assert database.rows("SELECT COUNT(*) FROM t") == [(1,)]
    database.close()
    other.close()


def _insert(database: Database) -> None:
    with database.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)")


@needs_seekdb
def test_many_threads_ask_at_once_and_no_connection_is_left(store_url: str) -> None:
    database, other = Database(Address.of(store_url)), Database(Address.of(store_url))
    found: list[int] = []

    def ask() -> None:
        for number in range(20):
            found.extend(value for (value,) in database.rows("SELECT %s", (number,)))

    threads = [threading.Thread(target=ask) for _ in range(2 * mysql.IDLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(list(range(20)) * len(threads))
    database.close()
    count = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE()"
    deadline = time.monotonic() + 60
    while other.rows(count) != [(1,)] and time.monotonic() < deadline:
        time.sleep(0.1)  # until the server has noticed
    assert other.rows(count) == [(1,)]
    other.close()


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (2003, "Can't connect to MySQL server on 'db.internal' ([Errno 111] Connection refused)"),
        (1142, "SELECT command denied to user 'mei'@'10.1.2.3' for table 'yh_documents'"),
    ],
)
def test_a_reader_of_the_page_is_not_told_which_server_it_is(number: int, reason: str) -> None:
    address = Address.of("oceanbase://mei@db.internal/essays")
    wrong = mysql.explained(pymysql.OperationalError(number, reason), address, 60)
    for private in ("db.internal", "mei", "10.1.2.3"):
        assert private not in wrong.said("en") + wrong.said("zh")
    assert "oceanbase://mei@db.internal:2881/essays" in str(wrong)


@needs_seekdb
def test_a_server_that_looks_less_far_is_asked_all_the_same(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "SELECT @@ob_hnsw_ef_search"
    for wanted, got in ((mysql.LOOKED_AT, mysql.LOOKED_AT), (10**9, mysql.LESS)):
        monkeypatch.setattr(mysql, "LOOKED_AT", wanted)
        with closing(Database(Address.of(store_url))) as database:
            assert database.rows(asked) == [(got,)]
