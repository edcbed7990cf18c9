"""The parts of a sentence that its author stands for, and which of their words are negated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from index.terms import fold

HEDGED = 0.75
NAMED = 12  # characters of what is a name or a word rather than a sentence, with its quotation marks

_LINE = re.compile(r"(?<=[。!?\n])")
_CLAUSE = re.compile(r"(?<!\d)[,;:](?!\d)|[。!?…\n]+|(?<=[a-z])\.\s|—+|(?<=[?!])")
_MARKS = re.compile(r"[*_`]+")
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"]*\"")
_HEDGE = re.compile(
    r"可能|也许|或许|大概|恐怕|似乎|好像|未必|不一定|\b(?:may|might|maybe|perhaps|probably|seems?|not necessarily)\b"
)
# Asked, supposed, or granted to the other side.
_NOT_MEANT = re.compile(
    r"吗|呢$|是不是|是否|能不能|会不会|有没有|要不要|什么|怎么|如何|为何|哪[些个里]"
    r"|如果|(?<![主只重需])要是|假如|假设|倘若|除非|万一|即使|哪怕|只要|虽然|虽说|尽管|诚然|固然"
    r"|\b(?:whether|if|why|how|unless|suppose|although|though|while|admittedly|granted|of course)\b"
)
# What others are said to say, until the author turns: “有人说…，其实…”. A short check, for want of a parser.
_REPORTED = re.compile(
    r"有人|有些人|[不很许]少?多?人(?:认为|觉得|说|以为)|人们(?:认为|觉得|说|以为|常)|大家[都总常一般]*(?:认为|觉得|说|以为|讲)"
    r"|有一种(?:观点|看法|说法)|[经常总]+(?:听到|有人说|听说)|所谓|据说|号称|声称|宣称|传言|听说|坊间|流行的说法|被认为|派(?:$|认为|觉得|说)"
    r"|\b(?:critics|proponents|opponents|advocates|enthusiasts|skeptics|sceptics|optimists|pessimists"
    r"|(?:some|many|most|other) ?(?:people|s)? (?:say|argue|think|believe|claim)|people (?:say|think|believe|claim)"
    r"|is (?:often |widely |sometimes )?(?:said|claimed|believed|argued)|supposedly|allegedly|so-called|they say)\b"
)
_NAMES = ("所谓", "号称", "so-called")
_ASKED = re.compile(r"吗|呢$|难道|是不是|是否|能不能|会不会|有没有|要不要|\bwhether\b")
_SUPPOSED = re.compile(
    r"如果|(?<![主只重需])要是|假如|假设|假若|倘若|除非|万一|即使|哪怕|只要"
    r"|\b(?:if|unless|suppose|supposing|provided that)\b"
)
_REJECTED = re.compile(  # of what stands before it in its clause
    r"(?:是|属于?)(?:一?[种个])?(?:误[解区]|谣言|谎言|错[的误])|[没毫][有无]根据|站不住脚|不成立"
    r"|\b(?:is|are|was|were) (?:simply |just )?(?:an? )?(?:myth|wrong|false|untrue|mistake|misconception|fallacy)\b"
)
_REPORTS = re.compile(
    r"[说讲]|认为|觉得|以为|观点|看法|想法|论调|主张|担心|误[解区]|谣言|错|反[驳对]|驳斥|否[认定]|质疑|批评|据|研究|报道|人们|看来|眼[中里]|站不住|不成立"
    r"|若|一旦|的话|[当时]|可能|也许"
    r"|\b(?:sa(?:y|ys|id)|claim|argue|believ|think|thought|view|idea|notion|myth|belief|assum|people|critic|refut|den[iy]"
    r"|reject|disput|debunk|wrong|false|untrue|mistak|when|once|would|could|may|might|suggest|report|question|ask)"
)
_TURN = re.compile(
    r"^(?:但|可是|可(?=[^能以])|然而|不过|其实|实际上|事实上|却|相反|(?:but|yet|however|in fact|actually|still)\b)"
)
_NOT = re.compile(
    r"不是说|不是|并不|并非|绝不|决不|从不|从未|不再|不太|不见得|不一定|未必|没有|毫无|远非|谈不上|称不上|算不上|不会|不能|[不没未无非别勿]"
    r"|\b(?:not|no|never|cannot|hardly|barely|neither|nor|without|rarely|seldom|nobody|nothing|none)\b|n't\b"
)
_DENIED = re.compile(
    r"(?:不|没|不会|不能|不可能|无法|难以|并不|从不|决不|不再|\b(?:not|never|cannot|hardly|no)|n't)\s*$"
)
# What has the look of a negation and is none.
_NO_NOT = re.compile(
    r"不仅|不但|不只|不光|不单|不管|不论|无论|不断|不少|不错|不过|不同|不得不|不可避免|没想到|不禁|差不多|无疑|毋庸置疑"
    r"|毫无疑问|无非|非常|除非|不久|不妨|未来|别的|别人|特别|区别|无数|不止|是不是|是非|不知不觉"
    r"|\bnot only\b|\bno doubt\b|\bno matter\b|\bnothing but\b"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Folded text. `plain`: the same without what only looks like a negation; `weight`: less than 1 where it is hedged;
    `before`: the clause before, which may name the matter."""

    text: str
    plain: str
    weight: float
    before: str


def clauses(sentence: str) -> list[Clause]:
    """Those that the author stands for: not what is asked, supposed, granted, quoted, or what others are said to say.

    >>> [clause.text for clause in clauses("有人说茶贵，其实茶便宜。茶苦吗？")]
    ['其实茶便宜']
    """
    found = []
    before = ""
    for line in _LINE.split(_QUOTED.sub(_bare, _MARKS.sub("", fold(sentence)))):
        reported, asked = False, line.rstrip().endswith("?")
        for text in filter(None, map(str.strip, _CLAUSE.split(line))):
            reported = (reported and not _TURN.match(text)) or bool(_REPORTED.search(text))
            if not (reported or asked or _NOT_MEANT.search(text)):
                found.append(Clause(text, _plain(text), HEDGED if _HEDGE.search(text) else 1.0, before))
            before = text
    return found


def sides(sentence: str) -> tuple[list[str], list[str]]:
    """Its clauses, folded: those that are stated, and those that it only asks, supposes, reports or rejects, with
    what would follow from what is supposed. Surer and so narrower than `clauses`: what is granted is stated.

    >>> sides("如果茶贵，我就喝水。茶不贵")
    (['茶不贵'], ['如果茶贵', '我就喝水'])
    """
    stated: list[str] = []
    unmeant: list[str] = []
    for line in _LINE.split(_QUOTED.sub(_bare, _MARKS.sub("", fold(sentence)))):
        asked, goes_on = line.rstrip().endswith("?"), False
        for text in filter(None, map(str.strip, _CLAUSE.split(line))):
            supposed, reported = _SUPPOSED.search(text), _told(text)
            follows = goes_on and not _TURN.match(text)
            apart = asked or follows or any((supposed, reported, _ASKED.search(text), _REJECTED.search(text)))
            (unmeant if apart else stated).append(text)
            goes_on = bool(supposed) or bool(reported and reported.end() >= len(text) - 1)  # 有人说，…
    return stated, unmeant


def _told(text: str) -> re.Match[str] | None:
    """所谓 and the like give a name, and report nothing."""
    return next((match for match in _REPORTED.finditer(text) if match[0] not in _NAMES), None)


def owns_up(sentence: str) -> bool:
    """Whether it says itself that something is asked, supposed, reported or rejected."""
    folded = fold(sentence)
    return any(pattern.search(folded) for pattern in (_REPORTED, _SUPPOSED, _ASKED, _REPORTS)) or "?" in folded


def _bare(quoted: re.Match[str]) -> str:
    """A word in quotation marks names its thing still; a longer quotation is somebody else's sentence."""
    return quoted[0][1:-1] if len(quoted[0]) <= NAMED else "“”"


def negations(clause: Clause, start: int, end: int) -> int:
    """How many of them begin between two places.

    >>> [negations(clause, 0, 9) for clause in clauses("这并不是说不看好，不仅便宜")]
    [2, 0]
    """
    return len(_NOT.findall(clause.plain[max(0, start) : end]))


def denial(said: Sequence[Clause], term: str) -> int:
    """1 where the clauses say that it is or does so, -1 where they say that it is not; 0 where they say neither or
    both.

    >>> denial(clauses("机器不会取代译者"), "取代"), denial(clauses("机器取代译者"), "取代")
    (-1, 1)
    """
    signs = {
        -1 if _DENIED.search(before) else 1
        for clause in said
        if term in clause.text
        for before in accumulate(clause.plain.split(term)[:-1], lambda so_far, part: so_far + term + part)
    }
    return signs.pop() if len(signs) == 1 else 0


def _plain(text: str) -> str:
    """Without what only looks like a negation, the rest where it was."""
    return _NO_NOT.sub(lambda match: "·" * len(match[0]), text)
