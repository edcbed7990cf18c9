"""Whom a question wants to hear: “李沐 2024 年怎么看算力？”, “What does Ann Miller think of rye?”."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.documents import language_of
from index.types import Document
from rag.naming import named
from rag.scope import Scope
from rag.words import together

AND = {"zh": "、", "en": " and "}
EVERYONE = {"zh": "这些作者", "en": "the authors"}

_ZH = re.compile(
    r"^(?P<before>(?:请问|那么|那)?[\s，,]*)(?P<who>[^，,。；;：:？?]{2,40}?)\s*"
    r"(?P<after>(?:又|也|还|是|都|会)?(?:(?:怎么|如何|怎样)(?:看待?|评价|理解|认为|解释|谈|讲|说|想|描述|形容)"
    r"|认为|觉得|主张|(?:谈|讲|说|提)到?了?什么"
    r"|(?:有没有|是否)(?:谈|讲|说|提)到?过?"
    r"|(?:对|关于)[^？?]+?(?:的?(?:看法|观点|态度|评价|意见|理解|建议)|(?:又|也|是)?怎么[看说想]|如何看)).*)$"
)
_EN = re.compile(
    r"^(?P<before>(?:(?:and|so|but|then),? )?(?:(?:in|since) \d{4},? )?(?:(?:what|how|why) (?:else )?)?"
    r"(?:does|do|did) )(?P<who>[^,;:?]{2,60}?)"
    r" (?P<after>(?:think|say|write|feel|believe|see|view|argue|claim|suggest|recommend|regard)\b.*)$"
    r"|^(?P<is>(?:(?:and|so|but),? )?what(?: (?:is|are|was|were)|['’]s) )(?P<whose>[^,;:?]{2,60}?)['’]s?"
    r"(?P<view> (?:views?|opinions?|take|stance|position|attitude|thoughts?) .*)$",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"^(?:[\s、，,/&和与及在年月]|and|in|since)*$", re.IGNORECASE)
_SAID_IN = re.compile(r"^\w+ (?:in|since) (?:19|20)\d\d\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """`scope`: the authors who are asked, and the time that stands beside them. `question[place]` names both."""

    question: str
    place: slice
    scope: Scope

    def put_to(self, authors: Sequence[str]) -> str:
        """The same question to others, without the time; to everyone where they are none."""
        before, after = self.question[: self.place.start], self.question[self.place.stop :]
        language = language_of(self.question)
        if not authors and language == "en":
            before = re.sub(r"\bdoes\b", "do", before, flags=re.IGNORECASE)
            after = re.sub(r"^['’]s?", "’", after)
        return together(before, AND[language].join(authors) or EVERYONE[language], after)


def subject_of(question: str, documents: Sequence[Document]) -> Subject | None:
    """Only where an author’s name stands for whoever thinks or says so, and no other author is named."""
    match = _ZH.match(question) or _EN.match(question)
    if not match:
        return None
    group = "whose" if match.re is _EN and match["whose"] else "who"
    scope, beside = named(match[group], documents)
    start, end = match.span(group)
    if not scope.authors or scope.essays or not _BESIDE.match(beside) or named(question[end:], documents)[0].authors:
        return None
    when = "" if scope.since or scope.until else _when(match)
    times = named(when, documents)[0]
    return Subject(question, slice(start, end), replace(times, authors=scope.authors) if when else scope)


def _when(match: re.Match[str]) -> str:
    """The time beside an English subject: “In 2024, what did he say”, “what did he say in 2024 about rye”."""
    if match.re is not _EN:
        return ""
    said = _SAID_IN.match(match["after"] or "")
    return said[0] if said else match["before"] or ""
