"""The essays as the page lists them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.index import Index
from index.types import Document
from rag.scope import authors_of
from ui.copying import UNSIGNED

COLOURS = 8  # of essays; page.css has as many


@dataclass(frozen=True, slots=True)
class Shelf:
    """The essays, without their texts, in the order of their names, which gives each its colour."""

    documents: Sequence[Document]
    positions: Mapping[str, int]  # by name
    passages: int  # of all of them

    @classmethod
    def of(cls, index: Index) -> "Shelf":
        return cls(index.cards, index.positions, index.manifest.passages)

    def colour(self, document: Document) -> str:
        return self.colour_of(document.name)

    def colour_of(self, name: str) -> str:
        return f"essay-{self.positions.get(name, 0) % COLOURS}"

    def authors(self, most: int) -> list[str]:
        """Those with the most essays first."""
        authors = Counter(name for document in self.documents for name in authors_of(document))
        return [name for name, _ in authors.most_common() if name.casefold() != UNSIGNED][:most]

    def label(self, name: str) -> str:
        """Of an essay that may be gone."""
        position = self.positions.get(name)
        return name if position is None else self.documents[position].label


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the corpus in the list of essays. `state`: current, new, changed, renamed or twin."""

    document: Document
    passages: int
    state: str
    archive: str = ""  # the file's name, where it is an archive and the essay is in it
    twin: str = ""  # the name of the file with the same essay that is cited for both
    size: int = 0  # of the file, in bytes
    indexed: bool = False  # under this name, so that it can be opened

    @property
    def name(self) -> str:
        return self.document.name


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that was just removed and keeps its line in the list. `place`: where it is kept, inside the folder for
    removed ones."""

    name: str
    place: str
    label: str = ""
    state: str = "gone"
