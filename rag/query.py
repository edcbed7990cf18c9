"""What a person typed to what the index can be asked."""

import re
import unicodedata
from dataclasses import dataclass

from index.documents import language_of
from index.terms import terms_of
from index.types import Encoder, Vectors, YuanhuaError

LONGEST = 2_000  # characters; longer than any question, shorter than any essay

_LETTER = re.compile(r"[^\W_]")
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

    question: str
    vector: Vectors  # (dimension,)
    terms: tuple[str, ...]  # each once
    language: str  # "zh" or "en"
    has_words: bool  # without a letter or a digit nothing was asked that an essay could say
    to_everyone: bool  # "what do these authors think": all who have a word on it are wanted


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


def understand(question: str, encoder: Encoder) -> Query:
    """Raises BadQuestion."""
    text = clean(question)
    return Query(
        question=text,
        vector=encoder.encode_query([text])[0],
        terms=tuple(dict.fromkeys(terms_of(text))),
        language=language_of(text),
        has_words=bool(_LETTER.search(text)),
        to_everyone=bool(_TO_EVERYONE.search(text)),
    )
