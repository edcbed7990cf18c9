"""Who says it: the words with which a sentence gives a claim to its author. They are no part of the claim."""

import re
from collections.abc import Sequence

from rag.scope import authors_of
from rag.types import Citation

_SAYS = (
    r"(?:[则也还都曾又却均]|同样|进一步|分别|特别|明确|还是){0,3}"
    r"(?:认为|指出|表示|提到|谈到|提及|说道?|写道|写到|强调|觉得|解释说?|补充说?|看来|来看|总结说?|提醒说?|承认|坦言|直言)(?:了|过|称)?[，,：:]?\s*"
)
_SPEAKER = (
    r"(?:(?:根据|按照|据|在|对|而|但|不过|另外|此外|因此|同时|其中)?[，,]?\s*"
    r"(?:(?:另一?|第[一二三四五]|这|那|该|有的?|一|几|两|每|各|其他)?(?:位|个|名|篇|些)?(?:的)?"
    r"(?:作者们?|讲者|整理者|博主|文章|文中|本文|原文|全文|人|同行|者)(?:的文章|文章)?|\0|[他她](?:们)?(?:自己)?|两者|二者|双方|大家)\s*(?:的)?(?:文章)?(?:里|中)?)"
)
_CHINESE = re.compile(rf"(?:(?<=^)|(?<=[，,；;：:。]))\s*{_SPEAKER}{_SAYS}")
_WHO = (
    r"(?:(?:the|one|another|an?|both|this|first|second|other) ){0,3}"
    r"(?:authors?|essays?|writers?|speaker|he|she|they|\0)(?:'s? essay)?"
)
_ENGLISH = re.compile(
    r"(?:(?<=^)|(?<=[,;:.] ))(?:(?:In contrast|However|Similarly|Moreover|Also), )?(?:"
    rf"(?:according to|in the (?:view|opinion) of|for) {_WHO},\s"
    rf"|{_WHO} (?:also |both |further |explicitly )?"
    r"(?:says?|said|thinks?|thought|argues?|notes?|believes?|points? out|writes?|wrote|states?"
    r"|claims?|stress(?:es)?|holds?|mentions?|observes?|explains?|adds?)(?: that)?,?\s)",
    re.IGNORECASE,
)


def without_attribution(text: str, citations: Sequence[Citation]) -> str:
    """The names of the authors who are cited are known, and nobody else's; what would be left of nothing stays."""
    known = sorted(_names(citations), key=len, reverse=True)
    named = text
    for name in known:
        named = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", "\0", named)
    rest = _ENGLISH.sub("", _CHINESE.sub("", named))
    return rest.replace("\0", " ") if rest.strip(" \0。.，,") and rest != named else text


def _names(citations: Sequence[Citation]) -> set[str]:
    documents = {citation.document.name: citation.document for citation in citations}.values()
    return {name for document in documents for name in authors_of(document) if len(name) > 1}
