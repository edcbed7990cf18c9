"""What a person typed to what the index can be asked."""

import re
import unicodedata
from dataclasses import dataclass

from index.documents import language_of
from index.index import Lexicon
from index.spelling import nearest_term
from index.terms import terms_of
from index.types import Encoder, Reading, Vectors, YuanhuaError
from rag.types import Correction

LONGEST = 2_000  # characters; longer than any question, shorter than any essay

_LETTER = re.compile(r"[^\W_]")
_LATIN = re.compile(r"(?<![0-9A-Za-z_])[A-Za-zＡ-Ｚａ-ｚ]{4,}(?![0-9A-Za-z_])")
_TO_EVERYONE = re.compile(
    r"(?:作者|文章|文|篇|人|位)(?:们|都|各|分别)"
    r"|(?:这|那|哪|各|几|每|所有|不同|其他|多)(?:些|几)?(?:个|位|篇|名)?(?:的)?(?:作者|文章|人)"
    r"|他们|她们|大家|谁|\b(?:authors|essays|writers|they|everyone|everybody|anyone|others)\b"
    r"|\bwho (?:thinks|says|believes|agrees|disagrees|else)\b",
    re.IGNORECASE,
)


class BadQuestion(YuanhuaError):
    """Nothing that could be answered was asked."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index sees it."""

    question: str  # as it was typed
    vector: Vectors  # (dimension,)
    tokens: Vectors  # (tokens, dimension)
    terms: tuple[str, ...]  # each once
    language: str  # "zh" or "en"
    has_words: bool  # without a letter or a digit nothing was asked that an essay could say
    to_everyone: bool  # "what do these authors think": all who have a word on it are wanted
    corrections: tuple[Correction, ...] = ()  # what the vector and the terms take otherwise


def clean(question: str) -> str:
    """One line of real characters. Raises BadQuestion for what is no question."""
    text = question.encode("utf-8", "replace").decode("utf-8")
    text = " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text[: 2 * LONGEST]).split())
    if not text:
        raise BadQuestion(
            "The question is empty; ask something about the essays.", "问题是空的，请问一个关于这些文章的问题。"
        )
    if len(question) > LONGEST:
        raise BadQuestion(
            f"The question has {len(question):,} characters; ask it in at most {LONGEST:,}.",
            f"问题有 {len(question):,} 个字，请压缩到 {LONGEST:,} 字以内。",
        )
    return text


def understand(question: str, encoder: Encoder, lexical: Lexicon) -> Query:
    """`lexical`: knows the words that a misspelt one may stand for. Raises BadQuestion."""
    typed = clean(question)
    text, corrections = corrected(typed, lexical)
    return understood(typed, text, corrections, encoder.read_query([text])[0])


def understood(typed: str, text: str, corrections: tuple[Correction, ...], reading: Reading) -> Query:
    """`text`: what was typed as it is read."""
    return Query(
        question=typed,
        vector=reading.vector,
        tokens=reading.tokens,
        terms=tuple(dict.fromkeys(terms_of(text))),
        language=language_of(text),
        has_words=bool(_LETTER.search(text)),
        to_everyone=bool(_TO_EVERYONE.search(text)),
        corrections=corrections,
    )


def corrected(question: str, lexical: Lexicon) -> tuple[str, tuple[Correction, ...]]:
    """The question with every Latin word that is no term, but a slip of one, read as that term; and which they are."""
    found: dict[str, Correction] = {}

    def read(word: re.Match[str]) -> str:
        term = _meant(word[0], lexical)
        if term is None:
            return word[0]
        found.setdefault(word[0], Correction(word[0], term))
        return term

    text = _LATIN.sub(read, question)
    return text, tuple(found.values())


def _meant(word: str, lexical: Lexicon) -> str | None:
    terms = terms_of(word)  # none where it is a function word
    if len(terms) != 1 or lexical.number(terms[0]):
        return None
    return nearest_term(terms[0], lexical.latin_terms(terms[0][0]))
