"""Where an index is kept: in a folder, or wherever else a URL says."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index import store
from index.build import Built, build
from index.copying import copy_into
from index.index import Index
from index.manifest import Manifest, NoIndex, StaleIndex, read_manifest
from index.oceanbase import OceanBaseStore, is_url
from index.types import Encoder, Report, silent


class Store(Protocol):
    """One index. It can be sent to another process."""

    @property
    def place(self) -> str:
        """As a message names it, without any password."""
        ...

    def version(self) -> Hashable:
        """Another one after each build. Raises NoIndex and StaleIndex."""
        ...

    def manifest(self) -> Manifest:
        """Raises NoIndex and StaleIndex."""
        ...

    def load(self) -> Index:
        """What the last finished build left, and nothing of a build that is under way. Raises NoIndex and
        StaleIndex."""
        ...

    def encoders(self) -> Iterator[str]:
        """Whatever encoders are named in it, where the manifest cannot be read."""
        ...

    def verify(self) -> list[str]:
        """What is wrong with what is stored, a sentence each. Raises NoIndex and StaleIndex."""
        ...

    def build(self, seeds: Path, encoder: Encoder, report: Report = silent) -> Built:
        """Bring it up to the corpus in `seeds`. Raises YuanhuaError; the old index then stays, and what was embedded is
        kept for the next build."""
        ...

    def copy(self, index: Index, report: Report = silent) -> None:
        """Make this one hold the same as that one, whose store may be any. Raises YuanhuaError; the old index then
        stays."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    folder: Path

    @property
    def place(self) -> str:
        return str(self.folder)

    def version(self) -> Hashable:
        return store.current_version(self.folder)

    def manifest(self) -> Manifest:
        return read_manifest(self.folder)

    def load(self) -> Index:
        return store.load(self.folder)

    def encoders(self) -> Iterator[str]:
        return store.encoders(self.folder)

    def verify(self) -> list[str]:
        return store.verify(self.folder)

    def build(self, seeds: Path, encoder: Encoder, report: Report = silent) -> Built:
        return build(seeds, self.folder, encoder, report)

    def copy(self, index: Index, report: Report = silent) -> None:
        copy_into(self.folder, index, report)


def open_store(place: str | Path) -> Store:
    """What `--index` names; nothing is read yet. Raises BadPlace."""
    if is_url(str(place)):
        return OceanBaseStore.at(str(place))
    return FolderStore(Path(place))


def previous(store: Store) -> Manifest | None:
    """Of its index, if it has one that can be used at all."""
    try:
        return store.manifest()
    except (NoIndex, StaleIndex):
        return None
