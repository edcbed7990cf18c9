"""Text to terms for the lexical leg: what must be the same word becomes the same string."""

import logging
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import jieba
import opencc
import platformdirs

TERMS_VERSION = 1  # raise it when the same text would give other terms

_NOUNS = ("n", "nz", "nt", "vn", "eng")  # as jieba names them; people and places are seldom asked about
_PROPER = ("nr", "ns", "nt", "nz")
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")
_NAMES = re.compile(r"[\u4e00-\u9fff]{2,8}|[A-Za-z][A-Za-z0-9-]{2,20}")
_WORD = re.compile(r"[^\W_]")
_LATIN = re.compile(r"[a-z]{4,}")
_STOP_WORDS = frozenset(
    word
    for line in (Path(__file__).parent / "stop_words.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)


@cache
def _tokenizer() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    folder = Path(platformdirs.user_cache_dir("yuanhua"))
    try:
        # jieba's own cache would lie in the shared temporary folder, where anybody could have put it.
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer.tmp_dir = str(folder)
        tokenizer.initialize()
    except OSError:
        pass  # it initialises on first use, without a cache
    return tokenizer


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def fold(text: str) -> str:
    """Without differences of width, case and Traditional or Simplified characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return str(_simplifier().convert(folded.encode("utf-8", "replace").decode("utf-8")))


@cache
def _writers() -> tuple[opencc.OpenCC, ...]:
    return tuple(opencc.OpenCC(name) for name in ("s2t", "s2tw", "s2hk"))


def written_otherwise(text: str) -> list[str]:
    """In Traditional characters as such, of Taiwan and of Hong Kong. Words decide here, as with 想象 and 想像, which no
    single character tells."""
    return [str(writer.convert(text.encode("utf-8", "replace").decode("utf-8"))) for writer in _writers()]


def terms_of(text: str) -> list[str]:
    """Search-mode terms in the order of the text: 数据质量 gives 数据 and 质量, since a question may name either."""
    return [term for term in _tokenizer().cut_for_search(fold(text)) if _WORD.search(term) and term not in _STOP_WORDS]


def keywords(text: str, n: int) -> list[str]:
    """The nouns and names that a text uses more than texts in general do, as it writes them, the best first."""
    # Chinese letters beside Latin ones make no word of theirs; whatever marks them up is no word at all.
    found = _keywords().extract_tags(text, topK=5 * n, allowPOS=_NOUNS)
    return [word for word in found if len(word) > 1 and _NAMES.fullmatch(word) and terms_of(word)][:n]


def proper_nouns(text: str) -> list[str]:
    """The Chinese names of people, places and organisations that a text seems to have, as it writes them."""
    return [word for word, tag in _tagger().cut(text) if tag.startswith(_PROPER) and _HAN.fullmatch(word)]


@cache
def _tagger() -> Any:
    from jieba import posseg

    return posseg.POSTokenizer(_tokenizer())


@cache
def _keywords() -> Any:
    from jieba import analyse

    extractor = analyse.TFIDF()
    extractor.tokenizer = _tokenizer()
    extractor.postokenizer = _tagger()
    return extractor


def is_latin(term: str) -> bool:
    """Whether it is a word of four and more Latin letters, which a reader may misspell."""
    return bool(_LATIN.fullmatch(term))
