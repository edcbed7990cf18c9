"""What a sentence puts above what: “A 比 B 重要”, “A matters more than B”."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.terms import terms_of
from rag.clauses import Clause, negations

_GOOD = "(?:重要|关键|要紧|根本|有用|有价值|有效|有意义|值得|可靠|划算|好|强|管用|明智|优先|靠谱|舒服)"
_POOR = "(?:次要|差|弱|糟|不重要)"
_MORE = "(?:更为|更加|更|还要?|要|来得)"
_THAN = "(?<![对相])比(?![如较例])"
_MAYBE = "(?:可能|也许|或许|往往|其实|才|显然|远|却|反而|倒|要|是)*"
_EN = "(?:important|useful|valuable|reliable|effective|essential|crucial|worthwhile|sensible)"
_IS = "(?:(?:is|are|was|were) )?(?:far |much |even )?"


# Each is either as short or as long as it can be.
_WIN, _LOSE = "(?P<win>[^,]{1,24}?)", "(?P<lose>[^,]{1,24}?)"
_WIN_ON, _LOSE_ON = "(?P<win>[^,]{1,24})", "(?P<lose>[^,]{1,24})"
_WINS, _LOSES = "(?P<win>[^,]{2,60}?)", "(?P<lose>[^,]{2,60}?)"
_WINS_ON, _LOSES_ON = "(?P<win>[^,]{2,60})", "(?P<lose>[^,]{2,60})"
_HINT = re.compile(
    "[更比而]|[先重大优强高]于|胜过|压倒|[打击]败|好过|不如|不及|than|more|beat|weigh|trump|before|instead"
)
_COMPARED = tuple(
    re.compile(pattern)
    for pattern in (
        f"{_WIN}{_THAN}{_LOSE}{_MORE}?{_GOOD}",
        f"{_LOSE}{_THAN}{_WIN}{_MORE}?{_POOR}",
        f"{_WIN}(?:先于|重于|大于|胜过|优先于|压倒|打败|击败|强于|优于|好过){_LOSE_ON}",
        f"{_LOSE}(?P<whole>不如|比不上|不及)(?!说){_WIN_ON}",
        f"{_WIN}而(?P<whole>不是|非){_LOSE_ON}",
        f"(?P<win>[^,]{{1,14}}?){_MAYBE}(?:更为|更加|更){_GOOD}(?!的)",
        f"(?:更为|更加|更){_GOOD}的(?:是|还是)(?P<win>[^,]{{1,14}})",
        f"{_WINS} {_IS}(?:more {_EN}|better|matters? more|counts? for more|worth more) than {_LOSES_ON}",
        f"{_LOSES} {_IS}(?:less {_EN}|worse|matters? less|counts? for less) than {_WINS_ON}",
        f"{_WINS} (?:beats?|outweighs?|trumps?|comes? before|rather than|instead of) {_LOSES_ON}",
        f"{_WINS} (?:is|are) {_IS}more {_EN}",
    )
)


@dataclass(frozen=True, slots=True)
class Preference:
    """As terms. `below` is all else that the sentence names, where it does not say."""

    above: frozenset[str]
    below: frozenset[str]


def preferences(said: Sequence[Clause]) -> list[Preference]:
    found = []
    for clause in filter(lambda clause: _HINT.search(clause.text), said):
        match = next(filter(None, (pattern.search(clause.text) for pattern in _COMPARED)), None)
        if match and ("whole" in match.re.groupindex or not negations(clause, *match.span())):
            found.append(_preference(match, " ".join(each.text for each in said)))
    return [one for one in found if one.above and one.below]


def _preference(match: re.Match[str], said: str) -> Preference:
    win = terms_of(match["win"])
    if "lose" not in match.re.groupindex:
        return Preference(frozenset(win[-1:]), frozenset(terms_of(said)) - frozenset(win))
    lose = terms_of(match["lose"])
    above, below = ([term for term in one if term not in other] for one, other in ((win, lose), (lose, win)))
    return Preference(frozenset(above[-1:]), frozenset(below[-1:]))  # what is meant stands last


def swapped(one: Preference, other: Preference) -> set[str]:
    """What each puts above what the other prefers, if they do.

    >>> many, good = frozenset({"数量"}), frozenset({"质量"})
    >>> swapped(Preference(many, good), Preference(good, many)) == {"数量", "质量"}
    True
    """
    up, down = shared(one.above, other.below), shared(other.above, one.below)
    return up | down if up and down else set()


def shared(some: Iterable[str], others: Iterable[str]) -> set[str]:
    """Terms of which one is another or a part of it: 质量 is in 提高质量."""
    others = list(others)
    return {one for one in some for other in others if one in other or other in one}
