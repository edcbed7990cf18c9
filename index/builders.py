"""Who builds into a store that several share: each has a lease, and whatever it holds is free when that ends."""

import os
import secrets
import socket
import threading
from contextlib import suppress
from types import TracebackType

from index.mysql import Database
from index.types import YuanhuaError

LEASE = 45.0  # seconds; a builder that has not been heard of for so long is dead
ALIVE = "SELECT builder FROM yuanhua_builders WHERE lease > NOW(6)"  # by the server's clock, the only one they share
COLUMNS = "builder VARCHAR(96) PRIMARY KEY, plan BIGINT NOT NULL, lease DATETIME(6) NOT NULL"


class Builder:
    """This one: it is alive between `with` and its end, and dead some time after its process has been killed."""

    def __init__(self, database: Database, lease: float = LEASE) -> None:
        """`lease`: in seconds."""
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(8)}"
        # Connections of its own, which notice in time where an answer is lost on the way.
        self._database, self._lease = Database(database.address, slowest=max(1, int(lease))), lease
        self._plan = 0
        self._ended, self._saying = threading.Event(), threading.Lock()
        self._renewing = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> "Builder":
        self._say()
        self._renewing.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._renewing.join(self._lease)
        with suppress(YuanhuaError), self._database.cursor() as cursor:
            cursor.execute("DELETE FROM yuanhua_builders WHERE builder = %s OR lease < NOW(6)", (self.name,))
        self._database.close()

    def takes_part_in(self, plan: int) -> None:
        """0 for none."""
        if plan != self._plan:
            self._plan = plan
            self._say()

    def _say(self) -> None:
        with self._saying, self._database.cursor() as cursor:  # so that what is said last is true
            cursor.execute(
                "INSERT INTO yuanhua_builders (builder, plan, lease) VALUES (%s, %s, NOW(6) + INTERVAL %s SECOND)"
                " ON DUPLICATE KEY UPDATE plan = VALUES(plan), lease = VALUES(lease)",
                (self.name, self._plan, self._lease),
            )

    def _renew(self) -> None:
        while not self._ended.wait(self._lease / 4):
            with suppress(YuanhuaError):  # where the server is away, the work itself says so
                self._say()

    def others_in(self, plan: int) -> bool:
        """Whether anybody else who is alive takes part in it."""
        return bool(self._database.rows(f"{ALIVE} AND plan = %s AND builder <> %s LIMIT 1", (plan, self.name)))


def is_alive(database: Database, builder: str) -> bool:
    return bool(database.rows(f"{ALIVE} AND builder = %s", (builder,)))
