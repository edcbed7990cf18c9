"""Lines that claim nothing: those that only join sentences, and headings that name what an excerpt is about."""

import re
from collections.abc import Iterable

from index.terms import fold, terms_of
from rag.clauses import clauses
from rag.contrary import reversed_of
from rag.particulars import negations, numbers
from rag.types import Citation

LONGEST = 40  # characters; a longer one says something

_JOINS = re.compile(
    r"根据|依据|按照|以上|以下|上述|下面|这些|这几|几位|各位|作者们?|文章|文中|摘录|摘要|原文|资料|内容|来看|看来|可以看出|如下|总结"
    r"|综上所述|综上|总的来说|总之|概括|概述|主要|观点|看法|说法|分别|认为|谈到|提到|关于|对此|(?:这个|该|上述)问题|回答|此外|另外"
    r"|其次|首先|最后|不过|然而|但是?|因此|所以|同时|一方面|另|就是|几[点个种条]|方面|整理|简要|相关|所述|而言|大致|都|各自"
    r"|\b(?:here|below|above|following|summary|summari[sz]e[ds]?|sum|overall|excerpts?|essays?|authors?|writers?|provided|based"
    r"|according|however|main|points?|views?|answers?|questions?|say|says|said|conclusion|brief|short|also|both|each"
    r"|different|given|see|listed|as follows)\b",
    re.IGNORECASE,
)
_ANSWERS = re.compile(  # a question that stands above the text, in words that have no matter of their own
    r"[会能]|可以|应[该当]|必须|是的|[没对]错|对的|正确|\b(?:yes|no|true|false|right|wrong|should|would|will|must|can|could|may"
    r"|might|do|does|did)\b",
    re.IGNORECASE,
)
_HEAD = re.compile(r"^\s*#{1,6}\s|^\s*(?:[-*+•]\s+)?\*\*[^*\n]+\*\*\s*[:：]?\s*$|[:：]\**\s*$")
_SAYS = re.compile(
    r"[会是将应能要必比使令让]|可以|超过|等于|\b(?:is|are|was|were|will|should|must|can|has|have|than)\b"
)
_PARTS = re.compile(r"[的与和及或、/&]|\s(?:and|or|of|vs\.?|versus)\s", re.IGNORECASE)  # each a matter of its own


def is_bare(words: str) -> bool:
    """Whether nothing is left without what joins sentences: no matter that could be looked for."""
    return not terms_of(_JOINS.sub(" ", words))


def answers(words: str) -> bool:
    """Whether a bare line says something all the same: “No, they should not”, 作者们都认为会."""
    rest = _JOINS.sub(" ", words)
    return bool(numbers(words) or negations(rest) or _ANSWERS.search(rest))


def is_heading(written: str, words: str, citations: Iterable[Citation]) -> bool:
    """Whether it is laid out as one and, all its words taken from one excerpt, says nothing that this does not."""
    if len(words) > LONGEST or not _HEAD.search(written) or _SAYS.search(words) or numbers(words) or negations(words):
        return False
    parts = [part for part in _PARTS.split(_JOINS.sub(" ", words)) if terms_of(part)]
    return any(_heads(parts, words, citation) for citation in citations)


def _heads(parts: list[str], words: str, citation: Citation) -> bool:
    document = citation.document
    names = [fold(name) for name in (document.title, document.author, document.date)]
    stated = [*(clause.text for clause in clauses(citation.quote)), *names]
    whole = [fold(citation.quote), *names]
    return all(_stands(part, stated, whole) for part in parts) and not reversed_of(words, [citation.quote])


def _stands(part: str, stated: list[str], whole: list[str]) -> bool:
    """A word anywhere; several in their order, in a clause that the author stands for, for they may be a sentence."""
    folded = fold(part)
    terms = sorted(dict.fromkeys(terms_of(part)), key=folded.find)
    single = len(terms) == 1
    return any(_in_order(terms, clause) for clause in (whole if single else stated))


def _in_order(terms: list[str], clause: str) -> bool:
    at = 0
    for term in terms:
        found = re.compile(rf"(?<![a-z0-9]){re.escape(term)}" if term.isascii() else re.escape(term)).search(clause, at)
        if not found:
            return False
        at = found.start()
    return True
