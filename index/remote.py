"""The index in a database, for whoever asks it: the engine finds, and what it finds is ranked as in a folder."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from index.current import Current
from index.dense import SAME
from index.holdings import Holdings
from index.index import Index
from index.lexical import gains, idf_of, norms_of
from index.postings import term_hash
from index.rows import StoredPassage, document_of, row_of, token_of, within
from index.searching import Found, select_counts, select_matches, select_nearest, select_nearest_of, select_words
from index.tokens import TokenVectors
from index.types import Document, Passage, Span, Vectors

SPARE = 50  # more passages than were asked for: of equally good ones the engine names any
LEXICAL = 2  # and so many times more, since the engine weighs words a little differently: measured, nothing is lost
MOST = 10_000  # passages that the engine is asked for at once, where many of them may not be found
FEW = 20_000  # passages; where no more may be found, each is compared with the query

Hidden = AbstractSet[int]
"""Documents, by their numbers."""
Hit = TypeVar("Hit", bound=tuple[int, Any])


class RemoteIndex(Index):
    """A row is a document's number and, in its lower bits, which of the document's passages or sentences it is."""

    def __init__(self, current: Current, holdings: Holdings) -> None:
        super().__init__(current.manifest)
        self.current, self.holdings = current, holdings

    @cached_property
    def _position_of(self) -> dict[int, int]:
        """By number, where in `documents` each document is."""
        return {entry.row: position for position, entry in enumerate(self.entries)}

    def _document(self, position: int) -> Document:
        entry = self.entries[position]
        return self.holdings.document(entry.row, entry.name)

    def _card(self, position: int) -> Document:
        if not self._known:
            self.holdings.know(entry.row for entry in self.entries)
            self._known = True
        entry = self.entries[position]
        return self.holdings.card(entry.row, entry.name)

    _known = False  # whether what is said of the documents was fetched

    def rows_of(self, name: str) -> range:
        return self._rows_of(self.entry(name).row)

    def _rows_of(self, document: int) -> range:
        first = row_of(document, 0)
        return range(first, first + self.current.sizes[document][0])

    def position(self, row: int) -> int:
        return self._position_of[document_of(row)]

    def passage(self, row: int) -> Passage:
        stored = self.holdings.passage(row, self._rows_of(document_of(row)).stop)
        sentences = tuple(Span(*span) for span in stored.payload.sentences.tolist())
        document = self.document_at(self.position(row))
        return Passage(document, stored.start, stored.end, sentences, stored.heading)

    def sentences_of(self, row: int) -> range:
        stored = self.holdings.passage(row, row + 1)
        first = row_of(document_of(row), stored.first_sentence)
        return range(first, first + len(stored.payload.sentences))

    def passage_vectors(self, rows: Sequence[int]) -> Vectors:
        return self.holdings.vectors(rows)

    def sentence_vectors(self, rows: Sequence[int]) -> Vectors:
        found = [stored.payload.sentence_vectors[at] for stored, at in self._sentences(rows)]
        return np.array(found, np.float32) if found else np.zeros((0, 1), np.float32)

    def _sentences(self, rows: Sequence[int]) -> Iterator[tuple[StoredPassage, int]]:
        """The passage of each sentence, and where in it the sentence is."""
        homes = [self.holdings.home(row) for row in rows]
        stored = self.holdings.fetch(homes)
        for row, home in zip(rows, homes, strict=True):
            yield stored[home], within(row) - stored[home].first_sentence

    def tokens_of(self, row: int) -> TokenVectors:
        return self.holdings.passage(row, row + 1).payload.tokens

    @property
    def token_centre(self) -> Vectors:
        return self.current.token_centre

    @cached_property
    def passage_terms(self) -> "RemoteLexicon":
        return RemoteLexicon(self.holdings, self.manifest.passages)

    @cached_property
    def sentence_terms(self) -> "SentenceTerms":
        return SentenceTerms(self.holdings)

    def prepare(self, rows: Sequence[int]) -> None:
        self.holdings.fetch(rows)

    def without(self, names: Collection[str]) -> Hidden:
        return frozenset(self.entry(name).row for name in names)

    def nearest(self, vector: Vectors, k: int, out: Hidden | None) -> list[int]:
        ask, among = self.holdings.ask, self._few(out)

        def nearest(most: int) -> Found:
            return ask(lambda cursor, generation: select_nearest(cursor, generation, vector, most))

        found = self._enough(nearest, k, k + SPARE, out)[0] if among is None else []
        if among is None and len(found) <= k:
            among = self._allowed(out)
        if among is not None and len(found) < self._passages_of(among):
            documents = among
            found = ask(lambda cursor, generation: select_nearest_of(cursor, generation, vector, k + SPARE, documents))
        return self._in_order(_best(found, k, SAME), k)

    def with_terms(self, terms: Sequence[str], k: int, out: Hidden | None) -> list[int]:
        weights = {token_of(term_hash(term)): self.passage_terms.idf(term) for term in self.passage_terms.known(terms)}
        words, among, first = " ".join(weights), self._few(out), LEXICAL * k + SPARE
        if not words:
            return []

        def matches(most: int) -> list[tuple[int, str]]:
            ask = self.holdings.ask
            return ask(lambda cursor, generation: select_matches(cursor, generation, words, most, among))

        if among is not None:
            found = matches(MOST)
        else:
            found, enough = self._enough(matches, k, first, out)
            if not enough:
                among = self._allowed(out)
                found = matches(first)
        return self._in_order(_best(self._scored(found, weights), k), k)

    def _few(self, out: Hidden | None) -> list[int] | None:
        """The documents that may be found, where they are so few that they are better named."""
        among = self._allowed(out) if out else None
        return among if among is not None and self._passages_of(among) <= FEW else None

    def _allowed(self, out: Hidden | None) -> list[int]:
        return [entry.row for entry in self.entries if not out or entry.row not in out]

    def _passages_of(self, documents: Sequence[int]) -> int:
        return sum(self.current.sizes[document][0] for document in documents)

    def _enough(self, ask: Callable[[int], list[Hit]], k: int, most: int, out: Hidden | None) -> tuple[list[Hit], bool]:
        """Of what may be found, more than k where there are as many, and whether that is all that was to be had: the
        engine also finds what a build has brought that is under way, however much that is. `ask`: for so many of all,
        first for `most`."""
        while True:
            hits = ask(most)
            found = [hit for hit in hits if self._may_be_found(hit[0], out)]
            if len(found) > k or len(hits) < most:
                return found, True
            if most >= MOST:
                return found, False
            most = min(4 * most, MOST)

    def _may_be_found(self, row: int, out: Hidden | None) -> bool:
        document = document_of(row)
        return document in self._position_of and (not out or document not in out)

    def _scored(self, found: Sequence[tuple[int, str]], weights: Mapping[str, float]) -> Found:
        """By BM25 over the whole corpus. The engine's own counts what has left, and one partition."""
        if not found:
            return []
        counts = {token: np.array([tokens.count(token) for _, tokens in found], np.float32) for token in weights}
        lengths = np.array([len(tokens.split()) for _, tokens in found], np.int32)
        norms = norms_of(lengths, self.current.length / max(1, self.manifest.passages))
        scores = np.zeros(len(found), np.float32)
        for token, weight in weights.items():
            scores += gains(weight, counts[token], norms)
        return list(zip((row for row, _ in found), scores.tolist(), strict=True))


def _best(found: Found, k: int, same: float = 0.0) -> Found:
    """The k best, and those that are as good as the last of them."""
    ordered = sorted(found, key=lambda hit: (-hit[1], hit[0]))
    return [hit for hit in ordered if len(ordered) <= k or hit[1] >= ordered[k - 1][1] - same] if k else []


class RemoteLexicon:
    """Of the passages. What was asked of it once is known."""

    def __init__(self, holdings: Holdings, size: int) -> None:
        """`size`: passages in the corpus."""
        self._holdings, self._size = holdings, size
        self._numbers: dict[str, int] = {}
        self._latin: dict[str, Sequence[str]] = {}

    def known(self, terms: Sequence[str]) -> list[str]:
        """Those that any passage has, each once."""
        unknown = {term_hash(term): term for term in terms if term not in self._numbers}
        if unknown:
            counts = self._holdings.ask(lambda cursor, generation: select_counts(cursor, generation, list(unknown)))
            self._numbers |= {term: counts.get(key, 0) for key, term in unknown.items()}
        return [term for term in dict.fromkeys(terms) if self._numbers[term]]

    def number(self, term: str) -> int:
        self.known([term])
        return self._numbers[term]

    def idf(self, term: str) -> float:
        return idf_of(self.number(term), self._size)

    def has(self, term: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        stored = self._holdings.fetch(rows.tolist())
        wanted = term_hash(term)
        return np.array([_holds(stored[row].payload.terms, wanted) for row in rows.tolist()], bool)

    def latin_terms(self, initial: str) -> Sequence[str]:
        if initial not in self._latin:
            found = self._holdings.ask(lambda cursor, generation: select_words(cursor, generation, initial))
            self._latin[initial] = [word for word, _ in sorted(found, key=lambda word: (-word[1], word[0]))]
        return self._latin[initial]


class SentenceTerms:
    """Whether a sentence has a term."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def has(self, term: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        homes = {self._holdings.home(row) for row in rows.tolist()}
        having = [np.zeros(0, np.int64)]
        for home, stored in self._holdings.fetch(list(homes)).items():
            first = row_of(document_of(home), stored.first_sentence)
            having.append(first + stored.payload.sentences_with(term_hash(term)))
        return np.isin(rows, np.concatenate(having))


def _holds(terms: npt.NDArray[np.uint64], wanted: int) -> bool:
    at = int(np.searchsorted(terms, np.uint64(wanted)))
    return at < len(terms) and int(terms[at]) == wanted
