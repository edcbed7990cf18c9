"""Two essays that pull in different directions on a question: found by rules, and not said where they are not sure."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from index.index import Index, Lexicon
from index.terms import fold, terms_of
from index.types import Document
from rag.answer import A_WORD_ON_IT, Inquiry
from rag.clauses import clauses, denial
from rag.evidence import log_odds
from rag.preference import Preference, preferences, shared, swapped
from rag.reported import attribution
from rag.scope import authors_of
from rag.stance import Lean, axes_of, family, leanings, without_cues
from rag.types import Evidence, Opposition

UNSIGNED = "unsigned"  # what a header says where the author does not want to be named
MOST = 2  # pairs
LOOKED_AT = 24  # excerpts, the best ones
SURE = 1.7  # of a pair's score; below it nothing is said
MEASURE = "measure"  # family of the axes that are only named
PLAIN = {"good", "favour"}  # families of the axes along which a side is taken where the question names none
ON_IT = 2.0  # log-odds of an excerpt that compares what is asked, in words of the other language
# What two sides of an axis count: where the question names it, where it names one of its family, where it names none;
# and, as a factor, where the sides are of two axes of a family.
NAMED, UNNAMED, OPEN, AKIN = 2.0, 1.2, 1.9, 0.7
SWAPPED, DENIED = 3.0, 2.0  # what other signs count
LEAST = 1.0  # of the signs alone, however surely both excerpts answer
RELEVANCE = 0.3  # of the log-odds that the worse of the two excerpts answers
WEAKEST = 0.5  # a leaning that counts
ABROAD = 0.6  # how near it is where the words of the question are in the other language
ELSEWHERE = 0.6  # what a thing counts that the excerpt names, but not where the side is taken
COMMON = 0.5  # rarity of what needs not be said again
ONE_THING, MUCH = 60, 0.15  # characters; each doubling beyond them says more than one thing, and counts against a pair

# What asks for a fact or a way, and not for a side.
_FACT = re.compile(
    r"多少|几[个年月天次篇种位]|谁|哪|什么时候|何时|多(?:[大长高久远]|[深重](?!要))|为什么|为何|什么|怎么|怎样|如何"
    r"|^(?:what|who|whom|whose|which|when|where|why|how)\b",
    re.IGNORECASE,
)
_VIEW = re.compile(
    r"怎么[看想]|怎么样[?？]?$|怎样[?？]?$|如何看|看法|态度|观点|意见|评价|看好|前景|前途|哪一?个更|更重要|值得|值不值|还是|利弊|好坏"
    r"|争议|分歧|谁(?:看好|反对|支持)|有什么(?:用|意义|好处|前途|前景)"
    r"|\b(?:think|thoughts|views?|opinions?|believe|future|prospects|better|worth|important|matters?|should)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"更|比|哪一?个|\b(?:more|less|than|rather|or)\b")
_FRAME = re.compile(
    r"这些|那些|对于?(?![比手话象齐])|关于|作者们?|文章|大家|他们|怎么样|怎么看|怎样|如何|看法|态度|观点|是不是|是否|有没有|一定|还是|到底|究竟"
    r"|\b(?:what|do|does|these|those|the|authors?|essays?|think|about|of|on|views?|believe|say|is|are|will|should|can|really)\b"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks of a sentence: along which axes, and about which things."""

    axes: frozenset[str]
    terms: frozenset[str]
    things: Mapping[str, float]  # the terms without those that ask, and those that name an axis; how rare each is
    language: str
    plainly: bool  # whether, and neither which of two nor how much

    @classmethod
    def of(cls, question: str, language: str, lexical: Lexicon) -> "Asked":
        text = fold(question)
        terms = terms_of(without_cues(_FRAME.sub(" ", text), language))
        things = {term: lexical.idf(term) for term in terms}
        axes = axes_of(text, language)
        plainly = not _COMPARES.search(text) and MEASURE not in map(family, axes)
        return cls(axes, frozenset(terms_of(text)), things, language, plainly)

    def wants(self, axis: str) -> bool:
        return family(axis) in ({family(named) for named in self.axes} or PLAIN)


@dataclass(frozen=True, slots=True)
class Voice:
    """An excerpt, and what its author says in it."""

    excerpt: Evidence
    sure: float  # log-odds that it answers
    text: str  # folded
    says: Mapping[str, int]  # of the question's terms: 1 that it is so, -1 that it is not; those that it has at all
    leans: Mapping[str, Lean]
    prefers: Sequence[Preference]

    @classmethod
    def of(cls, excerpt: Evidence, asked: Asked) -> "Voice":
        said, text = clauses(excerpt.quote), fold(excerpt.quote)
        says = {term: denial(said, term) for term in asked.terms if term in text}
        leans = leanings(said, excerpt.document.language, asked.wants)
        return cls(excerpt, log_odds(excerpt.score), text, says, leans, preferences(said))


def asks_for_a_side(question: str) -> bool:
    return bool(_VIEW.search(question)) or not _FACT.search(question)


def oppositions(index: Index, inquiry: Inquiry) -> list[Opposition]:
    """At most two, the surest first, and no excerpt in both; none where the essays do not say."""
    if not inquiry.shown or not asks_for_a_side(inquiry.query.question):
        return []
    chosen: list[Opposition] = []
    for pair in sorted(_pairs(index, inquiry), key=lambda pair: -pair.score):
        taken = [excerpt for other in chosen for excerpt in (other.one, other.other)]
        if len(chosen) < MOST and pair.one not in taken and pair.other not in taken:
            chosen.append(pair)
    return chosen


def _pairs(index: Index, inquiry: Inquiry) -> Iterator[Opposition]:
    asked = Asked.of(inquiry.query.question, inquiry.query.language, index.passage_terms)
    enough = (excerpt for excerpt in inquiry.evidence[:LOOKED_AT] if log_odds(excerpt.score) >= A_WORD_ON_IT)
    own = (excerpt for excerpt in enough if attribution(excerpt.document, excerpt.span) is None)
    voices = [Voice.of(excerpt, asked) for excerpt in own]
    authors = {voice.excerpt.document.name: _authors(voice.excerpt.document) for voice in voices}
    for one, other in combinations(voices, 2):
        essay, another = one.excerpt.document.name, other.excerpt.document.name
        if essay != another and not authors[essay] & authors[another]:
            score = score_of(asked, one, other)
            if score >= SURE:
                yield Opposition(one.excerpt, other.excerpt, score)


def _authors(document: Document) -> set[str]:
    return {fold(name) for name in authors_of(document)} - {UNSIGNED}


def score_of(asked: Asked, one: Voice, other: Voice) -> float:
    """How sure it is that they are opposed on what is asked."""
    along = _along(asked, one, other) if asked.plainly else 0.0
    best = max(along, _compared(asked, one, other), _denied(asked, one, other))
    much = sum(max(0.0, math.log2(len(voice.excerpt.quote) / ONE_THING)) for voice in (one, other))
    return best + RELEVANCE * min(one.sure, other.sure) - MUCH * much if best >= LEAST else 0.0


def _compared(asked: Asked, one: Voice, other: Voice) -> float:
    """Whether what one puts above the other puts below, and it is asked for."""
    abroad = _foreign(asked, one) and min(one.sure, other.sure) >= ON_IT
    pairs = (swapped(a, b) for a in one.prefers for b in other.prefers)
    return max((SWAPPED for terms in pairs if terms and (abroad or shared(terms, asked.terms))), default=0.0)


def _along(asked: Asked, one: Voice, other: Voice) -> float:
    """Whether they take different sides of an axis that is asked for."""
    best = 0.0
    for axis, lean in one.leans.items():
        for against, turn in other.leans.items():
            strength = min(abs(lean.value), abs(turn.value))
            if family(axis) == family(against) and lean.value * turn.value < 0 and strength >= WEAKEST:
                near = math.sqrt(_near(asked, one, lean) * _near(asked, other, turn))
                best = max(best, _weight(asked, axis, against) * strength * near)
    return best


def _weight(asked: Asked, axis: str, against: str) -> float:
    if not asked.axes:
        return OPEN if axis == against else 0.0
    return (NAMED if {axis, against} & asked.axes else UNNAMED) * (1.0 if axis == against else AKIN)


def _near(asked: Asked, voice: Voice, lean: Lean) -> float:
    """How much of what was asked about stands where the side is taken, the rarer the more; in [0, 1]."""
    if _foreign(asked, voice):
        return ABROAD
    weights = {term: 1.0 if term in lean.said else ELSEWHERE * (term in voice.text) for term in asked.things}
    there = sum(rarity * weights[term] for term, rarity in asked.things.items())
    return (COMMON + there) / (COMMON + sum(asked.things.values()))


def _denied(asked: Asked, one: Voice, other: Voice) -> float:
    """Whether one says of a word of the question what the other denies, and both speak of the rest."""
    both = one.says.keys() & other.says.keys()
    if (
        _foreign(asked, one)
        or _foreign(asked, other)
        or not any(one.says[term] * other.says[term] < 0 for term in both)
    ):
        return 0.0
    fewer = min(len(one.says), len(other.says))
    return DENIED * (fewer - 1) / max(1, len(asked.terms) - 1)


def _foreign(asked: Asked, voice: Voice) -> bool:
    return voice.excerpt.document.language != asked.language
