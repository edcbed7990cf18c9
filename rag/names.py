"""The names in a sentence that somebody else wrote, and whether the essay that it cites has them there."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from index.documents import language_of
from index.spelling import is_english
from index.terms import fold, proper_nouns, terms_of
from rag.naming import is_spelt, sounds_in

LONGEST = 80  # characters of a name, or of a title

_ADDRESS = re.compile(
    r"(?:https?://|www\.|mailto:|javascript:)[!-~]{1,300}|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}", re.IGNORECASE
)
_TITLE = re.compile(rf"《([^《》\n]{{1,{LONGEST}}})》")
_ABROAD = re.compile(r"[\u3400-\u9fff]{1,2}[·•‧][\u3400-\u9fff]{1,2}")  # enough of 卡万·肖特 on both sides
_LATIN = re.compile(
    r"(?<![^\W\u3400-\u9fff])[^\W\d_\u3400-\u9fff](?:[^\W_\u3400-\u9fff]|[.&'’-](?=[^\W_\u3400-\u9fff])){0,60}(?:\+{1,2}|#)?"
)
_MEASURED = re.compile(r"(?<![\w.])\d(?:[\d.,]{0,20}\d)?[A-Za-z][A-Za-z0-9-]{0,20}")  # 7B, 3D, 192GB
_COUNTED = re.compile(
    r"[\d.,]+(?:st|nd|rd|th|s|am|pm)$",
    re.IGNORECASE,
)
_PLAIN = frozenset(["vs", "etc", "ok", "eg", "ie", "e.g", "i.e", "cf", "aka", "i", "i'm", "i've", "i'd", "i'll"])
_OPENS = re.compile(  # with a capital where a sentence begins, and no name
    r"(?:al)?though|while|whereas|since|today|however|because|both|also|thus|hence|moreover|meanwhile|(?:un)?like|despite"
    r"|once|even|here|after|before|during|under|between|until|unless|yet|still|only|some|many|most|all|each|every|others?"
    r"|another|several|few|none|first|second|third|finally|indeed|instead|overall|later|recently|now|then|there|perhaps"
    r"|using|given|according|therefore|nevertheless|similarly|additionally|furthermore|unlike|for|in|on|at|by|yes|no",
    re.IGNORECASE,
)
_DAYS = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
)
_AT_START = re.compile(r"(?:^|[.!?:;“‘\"(（：。！？\n]|\s[-*•–—])[\s“‘\"'(*_-]{0,8}$")


def foreign_name(text: str, places: Sequence[str]) -> str:
    """The first name in the text that none of the places has; "" if there is none. `places`: what each excerpt that is
    cited says and is about, as it stands."""
    folded = [fold(place) for place in places]
    abroad = all(language_of(place) != language_of(text) for place in places)
    for name in dict.fromkeys(_names(text)):
        if not any(_has(name, place) for place in folded) and not (abroad and _untold(name, folded)):
            return name
    return ""


def _names(text: str) -> Iterator[str]:
    """Hostile text is all names, so of each kind only so many as an honest sentence has."""
    yield from (match[0] for match in _ADDRESS.finditer(text))
    text = _ADDRESS.sub(" ", text)
    yield from (match[1] for match in _TITLE.finditer(text))
    text = _TITLE.sub(" ", text)
    yield from (match[0] for match in _MEASURED.finditer(text) if not _COUNTED.fullmatch(match[0]))
    yield from _latin(text)
    yield from (match[0] for match in _ABROAD.finditer(text))
    yield from proper_nouns(text)


def _latin(text: str) -> Iterator[str]:
    """In a Chinese sentence every Latin word is one; in an English one, what has a capital that its place does not
    explain, and words in a row are one name."""
    if language_of(text) == "zh":
        yield from (name for name in map(_bare, _LATIN.finditer(text)) if len(name) > 1 or name.isupper())
        return
    run: list[re.Match[str]] = []
    for match in _LATIN.finditer(text):
        if not any(letter.isupper() for letter in match[0]):
            continue
        if run and text[run[-1].end() : match.start()] != " ":
            yield from _name(text, run)
            run = []
        run.append(match)
    yield from _name(text, run)


def _bare(match: re.Match[str]) -> str:
    word = re.sub(r"['’]s$", "", match[0])
    return "" if word.casefold() in _PLAIN else word


def _name(text: str, run: list[re.Match[str]]) -> Iterator[str]:
    """Of words in a row. The first of a sentence has its capital from there, unless another one follows it."""
    while run and (
        not _bare(run[0]) or not terms_of(run[0][0]) or (len(run) == 1 and _has_it_from_there(text, run[0]))
    ):
        run = run[1:]
    if run:
        yield " ".join(filter(None, map(_bare, run)))


def _opens(match: re.Match[str]) -> bool:
    return not _bare(match) or not terms_of(match[0]) or bool(_OPENS.fullmatch(match[0]))


def _has_it_from_there(text: str, match: re.Match[str]) -> bool:
    word = match[0].casefold()
    first = bool(_AT_START.search(text[max(0, match.start() - 12) : match.start()]))
    return first and match[0][1:].islower() and word not in _table() and is_english(word)


def _has(name: str, place: str) -> bool:
    """As it is or as the other language has it, or each of its words."""
    folded = fold(name)
    forms = (folded, *_table().get(folded, ()))
    words = folded.split() if re.search(r"[a-z] ", folded) else []
    return any(_stands(form, place) for form in forms) or (bool(words) and all(_has(word, place) for word in words))


def _stands(name: str, place: str) -> bool:
    """Latin words as words of their own, however they are joined: GPT-4, GPT 4 and gpt4 are one, LLM and LLMs too."""
    if not re.search(r"[a-z0-9]", name):
        return name in place or _letters(name) in _letters(place)
    return bool(_pattern(name[:LONGEST]).search(place)) if len(name) <= LONGEST else name in place


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@lru_cache(maxsize=2048)  # the names are a model's, and may be without number
def _pattern(name: str) -> re.Pattern[str]:
    letters = _letters(name) or name
    stem = letters[:-1] if len(letters) > 3 and letters.endswith("s") else letters
    marks = "+" * name.count("+") + "#" * name.endswith("#")  # C++ is not C
    joined = r"[\W_]{0,2}".join(map(re.escape, stem))
    return re.compile(rf"(?<![a-z0-9]){joined}s?{re.escape(marks) if marks else '(?![a-z0-9])'}(?![+#])")


@cache
def _table() -> dict[str, tuple[str, ...]]:
    lines = (Path(__file__).parent / "names.txt").read_text(encoding="utf-8").splitlines()
    groups = [tuple(map(str.strip, line.split("|"))) for line in lines if line and not line.startswith("#")]
    return {name: group for group in groups for name in group}


def _untold(name: str, places: Sequence[str]) -> bool:
    """Whether it may well stand there in the other language, though nothing can tell: names are translated, and only
    what is written alike in both, is in our table, or sounds alike can be looked for."""
    folded = fold(name)
    if any(sounds_in(folded, place) for place in places) or _DAYS.fullmatch(folded):
        return True
    if not re.search(r"[a-z]", folded):
        return folded not in _table()
    words = name.split()
    plain = all(word[1:].islower() for word in words)
    return (
        plain
        and not any(form in _table() for form in (folded, *folded.split()))
        and not is_spelt("".join(folded.split()))
    )
