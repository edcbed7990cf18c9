"""An index in an OceanBase database, chosen by a URL."""

import json
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from index.build import Built
from index.checking import faults
from index.current import Current, OtherFormat, select_current, select_head, select_version
from index.holdings import Holdings
from index.index import Index
from index.loading import copy_into
from index.manifest import Manifest, NoIndex, StaleIndex
from index.mysql import SCHEME, SLOWEST_LONG, Address, Cursor, Database, Vanished
from index.remote import RemoteIndex
from index.tables import FORMAT, Generation
from index.types import Encoder, Report, silent

Value = TypeVar("Value")


def is_url(place: str) -> bool:
    return place.startswith(SCHEME)


class OceanBaseStore:
    """Connections are opened as they are needed, and none goes along to another process."""

    def __init__(self, address: Address) -> None:
        self.address, self.database = address, Database(address)
        self._holdings: Holdings | None = None

    @classmethod
    def at(cls, url: str) -> "OceanBaseStore":
        """Nothing is asked of the server yet. Raises BadPlace."""
        return cls(Address.of(url))

    def __reduce__(self) -> tuple[Any, ...]:
        return OceanBaseStore, (self.address,)

    @property
    def place(self) -> str:
        return str(self.address)

    def close(self) -> None:
        self.database.close()

    def version(self) -> Hashable:
        found = self._asked(self.database.read, select_version)
        if found is None:
            raise NoIndex.at(self.place)
        return found

    def manifest(self) -> Manifest:
        return self.current().manifest

    def current(self) -> Current:
        """Raises NoIndex and StaleIndex."""
        current = self._asked(self.database.snapshot, select_current)
        if current is None:
            raise NoIndex.at(self.place)
        return current

    def load(self) -> Index:
        current = self.current()
        return RemoteIndex(current, self._of(current.generation))

    def _of(self, generation: Generation) -> Holdings:
        """What was fetched of the same generation is still true."""
        held = self._holdings
        if held is None or held.generation != generation:
            held = self._holdings = Holdings(self.database, generation)
        return held

    def encoders(self) -> Iterator[str]:
        try:
            head = self._asked(self.database.read, select_head)
            encoder = json.loads(head)["encoder"] if head else None
        except (NoIndex, StaleIndex, ValueError, TypeError, KeyError):  # damaged
            return
        if isinstance(encoder, str):
            yield encoder

    def verify(self) -> list[str]:
        while True:
            current = self.current()
            try:
                wrong = faults(self.database, current)
            except Vanished:
                wrong = ["rows of it are there no more"]
            if not wrong or self.version() == current.version:
                return [f"{self.place}: {fault}; rebuild with: yuanhua index build" for fault in wrong]

    def copy(self, index: Index, report: Report = silent) -> None:
        database = Database(self.address, slowest=SLOWEST_LONG)
        try:
            copy_into(database, index, report)
        finally:
            database.close()

    def build(self, seeds: Path, encoder: Encoder, report: Report = silent) -> Built:
        raise NotImplementedError

    def _asked(self, how: Callable[[Callable[[Cursor], Value]], Value], ask: Callable[[Cursor], Value]) -> Value:
        try:
            return how(ask)
        except Vanished as error:
            raise NoIndex.at(self.place) from error
        except OtherFormat as error:
            raise StaleIndex.of_format(self.place, error.found, FORMAT) from error
        except (ValueError, TypeError, KeyError) as error:
            raise StaleIndex.damaged(self.place, error) from error
