"""Whom and what a text names: authors, also by the sound of a Chinese name, essays and times."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

from index.documents import language_of
from index.terms import fold
from index.types import Document, Span
from rag.scope import Scope, authors_of
from rag.words import together

SHORTEST_TITLE = 4  # characters by which an essay may be called
MARKS = " ，,：:；;？?。.！!"

FILLER = re.compile(
    r"^(?:[的之]|'s|’s|一下|那|这|篇|文章|作者|说的|写的|观点|看法|年|from|by|of|in|the|and|和|与|or|或|ones?|essays?|authors?|those|views?|\W)*$",
    re.IGNORECASE,
)
_SPELT = re.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)(?:i?a(?:ng?|o|i)?|i?ong|ou|ei?|en|eng|i|in|ing|ie|iu|u|uan|ui|un|uo|ua|uang|v|ve|o))"
    r"{2,4}"
)
_TIME = re.compile(
    r"(?:\b(?:(?P<from>since|from)|(?P<to>until|up to)|in) )?"
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:\s?[-年/.]\s?(?P<month>0?[1-9]|1[0-2])(?!\d))?(?:\s?[年月])?(?!\d)(?:(?P<on>以来|以后|之后|起)|(?P<back>以前|之前|为止))?",
    re.IGNORECASE,
)


def named(text: str, documents: Sequence[Document]) -> tuple[Scope, str]:
    """The authors, essays and times that a text names, and what is left of it."""
    folded = fold(text)
    if len(folded) != len(text):
        text = folded  # so that what was found can be cut out
    everybody = dict.fromkeys(name for document in documents for name in authors_of(document))
    speakers = _found({name: _author_places(name, folded) for name in everybody})
    taken = {place for places in speakers.values() for place in places}
    essays = _found({document.name: _title_places(document, folded) - taken for document in documents})
    titles = [place for places in essays.values() for place in places]
    authors = [name for name, places in speakers.items() if not all(_within(place, titles) for place in places)]
    cut = [*taken, *titles]
    since, until = "", ""
    time = _TIME.search(folded)
    if time:
        cut.append(Span(*time.span()))
        since, until = _bounds(f"{time['year']}-{int(time['month']):02}" if time["month"] else time["year"], time)
    rest = "".join(letter for at, letter in enumerate(text) if not any(start <= at < end for start, end in cut))
    return Scope(tuple(essays), tuple(authors), since, until), rest


def _found(places: Mapping[str, set[Span]]) -> dict[str, set[Span]]:
    return {name: some for name, some in places.items() if some}


def _within(place: Span, others: Sequence[Span]) -> bool:
    """An author who stands in the title that was named is not asked for."""
    return any(other.start <= place.start and place.end <= other.end for other in others)


def redated(question: str, scope: Scope) -> str:
    """With the scope's time in the place of the one that it names, or without one where the scope's is no year, month
    or day."""
    old = _TIME.search(question)
    if not old:
        return question
    before, after = question[: old.start()], question[old.end() :]
    new = scope.since if scope.since == scope.until else ""
    if language_of(question) == "zh":
        year, *month = new.split("-")
        said = f"{year} 年" + (f" {int(month[0])} 月" if month else "") if new else ""
        return together(before if new else before.rstrip(), said, after)
    said = f"{'in' if before.strip() else 'In'} {new}" if new else ""
    return " ".join(f"{before} {said} {after}".split()).replace(" ,", ",").removeprefix(", ")


def _bounds(when: str, time: re.Match[str]) -> tuple[str, str]:
    if time["from"] or time["on"]:
        return when, ""
    return ("", when) if time["to"] or time["back"] else (when, when)


def _titles(document: Document) -> Iterator[str]:
    """What an essay may be called: its title, what stands in 《 》 there, and its file's name."""
    inner = re.findall(r"《([^《》]+)》", document.title)
    stem = document.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    titles = {document.title, *inner, stem}
    yield from (fold(title) for title in titles if len(title) >= SHORTEST_TITLE)


def _title_places(document: Document, folded: str) -> set[Span]:
    return {place for title in _titles(document) for place in _places(title, folded)}


def _author_places(name: str, folded: str) -> set[Span]:
    return {*_places(fold(name), folded), *_sound_places(name, folded)} if len(name) > 1 else set()


def _sound_places(name: str, folded: str) -> Iterator[Span]:
    """Where a Chinese name is written by its sound; in one piece, as “limu”, only where nothing else is said: it may be
    an English word too."""
    if not re.fullmatch(r"[\u3400-\u9fff]{2,4}", name):
        return
    if not all(any(sound in folded for sound in _sounds(character)) for character in name):
        return  # of very many authors few come so far
    for at in _spelt(name).finditer(folded):
        if not at[0].isalpha() or FILLER.match(folded[: at.start()] + folded[at.end() :]):
            yield Span(*at.span())


@lru_cache(maxsize=2048)  # not of authors only: a model may write names without number
def _spelt(name: str) -> re.Pattern[str]:
    """A Chinese name in Latin letters, the family's name first or last: Li Mu, Mu Li, limu."""
    sounds = [f"(?:{'|'.join(_sounds(character))})" for character in name]
    families = range(len(sounds) // 2 + 1)  # of one character or, of four, of two; none is the name as it stands
    orders = ["[ '’-]?".join(sounds[family:] + sounds[:family]) for family in families]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(orders)})(?![a-z0-9])")


def sounds_in(name: str, text: str) -> bool:
    """Whether a Chinese text has two to four characters in a row that sound like a name in Latin letters, or the other
    way round; the family's name may come first or last. `name` and `text` are folded."""
    if re.fullmatch(r"[\u3400-\u9fff]{2,4}", name):
        return bool(_spelt(name).search(text))
    letters = re.sub(r"[^a-z]", "", name.replace("ü", "v"))
    if not 4 <= len(letters) <= 24:
        return False
    for run in re.findall(r"[\u3400-\u9fff]{2,}", text):
        sounds = _syllables(run)
        for start, length in ((at, n) for at in range(len(sounds) - 1) for n in (2, 3, 4)):
            some = sounds[start : start + length]
            if letters in ("".join(some), "".join(some[1:] + some[:1])):
                return True
    return False


@lru_cache(maxsize=1024)
def _syllables(run: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(run))


def is_spelt(name: str) -> bool:
    """Whether a word in small letters may be Chinese in Latin letters, of two syllables and more."""
    return bool(_SPELT.fullmatch(name))


@cache
def _sounds(character: str) -> tuple[str, ...]:
    """A surname is often read otherwise than the word; ü is typed in many ways."""
    (sounds,) = pinyin(character, style=Style.NORMAL, heteronym=True)
    return tuple(dict.fromkeys(sound.replace("v", u) for sound in sounds for u in ("v", "u", "ü", "yu")))


def _places(name: str, text: str) -> Iterator[Span]:
    """Where a text has a name; of Latin letters only as words of their own."""
    pattern = re.escape(name)
    if re.search(r"[a-z0-9]", name):
        pattern = rf"(?<![a-z0-9]){pattern}(?![a-z0-9])"
    return (Span(*match.span()) for match in re.finditer(pattern, text))
