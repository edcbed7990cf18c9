"""An index in an OceanBase database, chosen by a URL."""

import json
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

from index import joint
from index.build import Built
from index.checking import NO_DOCUMENT, faults
from index.current import Current, OtherFormat, select_current, select_head, select_version
from index.holdings import Holdings
from index.index import Index
from index.joint import Worked
from index.manifest import Manifest, NoIndex, StaleIndex
from index.mysql import SCHEME, SLOWEST_LONG, Address, Cursor, Database, Vanished
from index.plan import note_damage
from index.remote import RemoteIndex
from index.tables import FORMAT, Generation
from index.transfer import copy_into
from index.types import Encoder, Report, YuanhuaError, silent

FIRST = 20  # faults that are named

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
            version, current = self.version(), self.current()
            try:
                wrong = faults(self.database, current)
            except Vanished:
                wrong = [(NO_DOCUMENT, "rows of it are there no more")]
            if not wrong or self.version() == version:
                with suppress(YuanhuaError):  # whoever may only read is told all the same
                    note_damage(self.database, current.generation, {document for document, _ in wrong})
                return [f"{self.place}: {fault}; rebuild with: yuanhua index build" for _, fault in wrong[:FIRST]]

    def build(self, seeds: Path, encoder: Encoder, report: Report = silent) -> Built:
        with closing(Database(self.address, slowest=SLOWEST_LONG)) as database:
            return joint.build(database, seeds, encoder, report)

    def work(self, encoder_of: Callable[[str], Encoder], report: Report = silent, *, wait: bool = False) -> Worked:
        """Help with a build that was begun elsewhere; as `joint.work`."""
        with closing(Database(self.address, slowest=SLOWEST_LONG)) as database:
            return joint.work(database, encoder_of, report, wait=wait)

    def copy(self, index: Index, report: Report = silent) -> None:
        with closing(Database(self.address, slowest=SLOWEST_LONG)) as database:
            copy_into(database, index, report)

    def _asked(self, how: Callable[[Callable[[Cursor], Value]], Value], ask: Callable[[Cursor], Value]) -> Value:
        try:
            return how(ask)
        except Vanished as error:
            raise NoIndex.at(self.place) from error
        except OtherFormat as error:
            raise StaleIndex.of_format(self.place, error.found, FORMAT) from error
        except (ValueError, TypeError, KeyError) as error:
            raise StaleIndex.damaged(self.place, error) from error
