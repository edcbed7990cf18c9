"""Where an expected sentence was lost on the way to the answer."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from index.documents import language_of, printable
from index.index import Index
from index.types import Document, Encoder, Reranker, Span, YuanhuaError
from rag import words
from rag.answer import THRESHOLD, Inquiry, inquire
from rag.loss import Loss, Place, loss_of, loss_of_unindexed
from rag.places import closest, places
from rag.query import clean
from rag.scope import EVERYTHING, Scope
from rag.types import Excerpt

LONGEST = 2_000  # characters of an expected sentence
MOST = 1_000  # places at which one sentence is followed; only what is no sentence stands at more
NOT_REACHED = 10**9


class BadSentence(YuanhuaError):
    """Nothing that could be looked for was expected."""


class NotInCorpus(YuanhuaError):
    """No essay has the expected sentence. `nearest` is the one that is most like it, if any is."""

    def __init__(self, nearest: tuple[Document, Span] | None) -> None:
        super().__init__(*(_nowhere(nearest, language) for language in ("en", "zh")))
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of a sentence at each step, as `yuanhua why --json` prints it. Ranks count from 1 and are None where
    the step does not have it; `_of` says how many that step has."""

    document: str
    start: int
    end: int
    quote: str  # as the essay has it
    exact: bool  # it was given like that, to the character
    places: int  # at which it stands; this is the one from which it gets furthest
    passage_start: int | None
    passage_end: int | None
    dense: int | None  # its passage by meaning
    dense_of: int
    lexical: int | None  # by words
    lexical_of: int
    fused: int | None
    fused_of: int
    looked_at: bool  # the sentences of its passage were
    evidence: int | None  # its excerpt
    evidence_of: int
    reranked: bool  # a reranker put the best excerpts in order, so that confidence goes by the place it gave them
    confidence: float | None  # its excerpt's; None too where the question has no word
    best: float | None  # the best excerpt's
    threshold: float  # what the best excerpt needs for an answer
    cited: int | None  # its number in the answer
    lost: str  # "" where it is cited; else reading, freshness, retrieval, evidence, refusal or selection
    reason: str  # what happened there, in a sentence or two
    language: str  # of the reason: "zh" or "en"


def why(
    index: Index,
    encoder: Encoder,
    question: str,
    expected: str,
    *,
    readable: Callable[[str], bool] = lambda _: True,
    files: Callable[[], Sequence[Document]] = lambda: (),
    language: str = "",
    scope: Scope = EVERYTHING,
    known: Collection[Excerpt] = (),
    reranker: Reranker | None = None,
) -> Trace:
    """`scope` and `known` as they were for the answer. `files` reads the essays as they are now; the reason is in the
    question's language unless `language` says another. Raises BadQuestion, BadSentence and NotInCorpus."""
    wanted, language = _wanted(expected), language or language_of(clean(question))
    found = list(places(wanted, index.documents))
    if not found:
        return _unindexed(index, wanted, files(), language)
    inquiry = inquire(index, encoder, question, readable=readable, scope=scope, known=known, reranker=reranker)
    best = min(_places(index, inquiry, found[:MOST]), key=_distance)
    loss = loss_of(best, inquiry, readable, files, scope, known)
    trace = _trace(index, inquiry, best, loss, wanted, len(found), language)
    return replace(trace, reranked=reranker is not None)


def _wanted(expected: str) -> str:
    text = expected.encode("utf-8", "replace").decode("utf-8").strip()
    if len(text) > LONGEST:
        raise BadSentence(
            f"The expected sentence has {len(text):,} characters; give one of at most {LONGEST:,}.",
            f"期待的句子有 {len(text):,} 个字，请只给一句，最多 {LONGEST:,} 字。",
        )
    if not any(character.isalnum() for character in text):
        raise BadSentence(
            "The expected sentence has no word in it; paste one from an essay.",
            "还没有写下期待的句子，请从文章里复制一句。",
        )
    return text


def _unindexed(index: Index, wanted: str, files: Sequence[Document], language: str) -> Trace:
    """In a file that is newer than the index. Raises NotInCorpus."""
    found = list(places(wanted, files))
    if not found:
        raise NotInCorpus(_nearest(index, wanted))
    document, span = found[0]
    loss = loss_of_unindexed(document, known=index.document(document.name) is not None)
    return _trace(index, None, Place(document, span), loss, wanted, len(found), language)


def _places(index: Index, inquiry: Inquiry, found: Sequence[tuple[Document, Span]]) -> list[Place]:
    """How far the sentence got from each of the places where it stands."""
    names = {document.name for document, _ in found}
    ranks = {row: rank for rank, (row, _) in enumerate(inquiry.ranking.fused, start=1)}
    numbers = {(excerpt.document.name, excerpt.span): n for n, excerpt in enumerate(inquiry.shown, start=1)}
    sentences: dict[str, list[tuple[Span, int]]] = {}
    excerpts: dict[str, list[tuple[Span, int]]] = {name: [] for name in names}
    for name in names:
        sentences[name] = [(span, row) for row in index.rows_of(name) for span in index.passage(row).sentences]
    for at, excerpt in enumerate(inquiry.evidence):
        if excerpt.document.name in names:
            excerpts[excerpt.document.name].append((excerpt.span, at))

    def place(document: Document, span: Span) -> Place:
        rows, ats = _holders(span, sentences[document.name]), _holders(span, excerpts[document.name])
        row = min(rows, key=lambda row: ranks.get(row, NOT_REACHED), default=None)
        at = min(ats, default=None)
        cited = None if at is None else numbers.get((document.name, inquiry.evidence[at].span))
        return Place(document, span, row, None if row is None else ranks.get(row), at, cited)

    return [place(document, span) for document, span in found]


def _holders(span: Span, pieces: Sequence[tuple[Span, int]]) -> list[int]:
    """Of the pieces those that hold the sentence, or at least half of it, or lie in it; failing that, the one that has
    most of it. What was copied along with it, a neighbour's full stop, decides nothing."""
    shared = [(min(span.end, piece.end) - max(span.start, piece.start), piece, key) for piece, key in pieces]
    met = [(length, piece, key) for length, piece, key in shared if length > 0]
    held = [key for length, piece, key in met if 2 * length >= min(span.end - span.start, piece.end - piece.start)]
    return held or [key for _, _, key in sorted(met, key=lambda one: -one[0])[:1]]


def _distance(place: Place) -> tuple[int, ...]:
    """From the end of the way; less is further along."""
    steps = (place.cited, place.at, place.rank, place.row)
    return tuple(NOT_REACHED if step is None else step for step in steps)


def _trace(
    index: Index, inquiry: Inquiry | None, place: Place, loss: Loss, wanted: str, count: int, language: str
) -> Trace:
    document, (start, end) = place.document, place.span
    passage = None if place.row is None else index.passage(place.row)
    dense, lexical = (inquiry.ranking.dense, inquiry.ranking.lexical) if inquiry else ((), ())
    evidence = inquiry.evidence if inquiry else ()
    quote = document.text[start:end]
    return Trace(
        document=document.name,
        start=start,
        end=end,
        quote=quote,
        exact=quote == wanted,
        places=count,
        passage_start=passage.start if passage else None,
        passage_end=passage.end if passage else None,
        dense=_rank(place.row, dense),
        dense_of=len(dense),
        lexical=_rank(place.row, lexical),
        lexical_of=len(lexical),
        fused=place.rank,
        fused_of=len(inquiry.ranking.fused) if inquiry else 0,
        looked_at=inquiry is not None and place.row in inquiry.hits,
        evidence=None if place.at is None else place.at + 1,
        evidence_of=len(evidence),
        reranked=False,
        confidence=_confidence(place.at, inquiry),
        best=round(inquiry.confidence, 4) if inquiry else None,
        threshold=THRESHOLD,
        cited=place.cited,
        lost=loss.step,
        reason=loss.said(language),
        language=language,
    )


def _rank(row: int | None, ranking: Sequence[int]) -> int | None:
    return ranking.index(row) + 1 if row is not None and row in ranking else None


def _confidence(at: int | None, inquiry: Inquiry | None) -> float | None:
    if at is None or inquiry is None or not inquiry.query.has_words:
        return None
    return round(inquiry.evidence[at].score, 4)


def _nearest(index: Index, wanted: str) -> tuple[Document, Span] | None:
    """The sentence that is most like it."""
    near = closest(wanted, index.documents)
    if near is None:
        return None
    document, span = near
    sentences = [span for row in index.rows_of(document.name) for span in index.passage(row).sentences]
    held = [sentences[i] for i in _holders(span, [(sentence, i) for i, sentence in enumerate(sentences)])]
    return document, Span(min(held).start, max(held).end) if held else span


def _nowhere(nearest: tuple[Document, Span] | None, language: str) -> str:
    if nearest is None:
        return words.NOWHERE[language]
    document, (start, end) = nearest
    quote = " ".join(document.text[start:end].split())
    closest_one = words.CLOSEST[language].format(quote=quote, name=printable(document.name), start=start, end=end)
    return words.NOWHERE[language] + (" " if language == "en" else "") + closest_one
