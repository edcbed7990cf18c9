"""A question that only makes sense after the one before: what it means by itself, told by rules that are shown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.terms import fold
from index.types import Document, Span
from rag.scope import EVERYTHING, Scope, names_in
from rag.types import Citation, Excerpt

SHORTEST_TITLE = 4  # characters by which an essay may be called
LONGEST = 60  # characters; whoever writes more says what is meant


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question was about, and what was cited then, best first. Of “why?” that is the question before it."""

    topic: str
    scope: Scope = EVERYTHING
    citations: Sequence[Citation] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a question stands for. `known`: excerpts that the reader has already seen and does not want again.
    `about`: the topic and scope that the next question may refer to, where they are not these."""

    question: str
    scope: Scope
    known: tuple[Excerpt, ...] = ()
    about: tuple[str, Scope] | None = None


_END = r"[\s？?。.！!，,]*$"
_ONLY = re.compile(
    r"^(?:那么?|请|麻烦)?(?:就|先)?(?:只|仅|单|光)(?:看|问|要|查|说|引)(?P<rest>.+)$"
    r"|^(?:and |but |now |please |show |just |ask )*(?:only|just)"
    r"(?: (?:show|ask|by|from|in|the|those|ones|essays?|of|me))* (?P<english>.+)$",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"^(?:那么?)?(?:其他|其它|其余|别的|另外)的?(?:几?[位篇个])?(?:人|作者|文章|几位|几篇)?(?:们)?(?:呢|怎么看|怎么说|怎么想|也这么看吗|同意吗)*"
    + _END
    + r"|^(?:别人|还有谁|还有别人)(?:呢|怎么看|怎么说|怎么想)*"
    + _END
    + r"|^(?:and |but )?(?:what|how) (?:about|do) (?:the )?(?:others?|other (?:authors|essays|writers))"
    + r"(?: (?:think|say))?"
    + _END
    + r"|^(?:and |but )?(?:the others?|the rest|anyone else|anybody else|who else)"
    + _END,
    re.IGNORECASE,
)
_MORE = re.compile(
    r"^(?:还有(?:吗|呢|别的吗|什么|其他的吗)?|然后呢|接着呢|继续|再多一点|多说一点|更多|(?:请?说|讲)?(?:得)?(?:具体|详细)(?:一?点|一?些|说说|讲讲)?)"
    + _END
    + r"|^(?:and |any)*(?:more|what else|anything else|go on|continue|tell me more|in more detail)"
    + _END,
    re.IGNORECASE,
)
_WHY = re.compile(
    r"^(?:那|可)?(?:这是)?(?:为什么|为何|凭什么|什么意思|什么原因|依据是什么|有什么依据|证据呢|理由呢|理由是什么|怎么说|此话怎讲|比如|比如呢|比如说|例如|"
    r"举个?例子?吧?|有例子吗|能举个?例子吗)(?:呢|吗)?"
    + _END
    + r"|^(?:but |and )?(?:why(?: so| not| is that)?|how so|how come|for example|for instance|such as|an example"
    + r"|examples|what evidence|what for|meaning)"
    + _END,
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:那么?|至于)?(?P<zh>.{1,30}?)(?:呢|(?:又|也|是)?(?:怎么看|怎么说|怎么想|怎么认为)(?:的)?(?:呢)?)"
    + _END
    + r"|^(?:and |but |so )?(?:what|how) about (?P<about>.{1,60}?)"
    + _END
    + r"|^and (?P<en>.{1,40}?)"
    + _END
    + r"|^(?:and )?what (?:does|do|did) (?P<who>.{1,40}?) (?:think|say|write)(?: (?:about|of) (?:it|that|this))?"
    + _END,
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"为什么|为何|怎|如何|什么|哪|谁|吗|是否|多少|\b(?:what|why|how|who|which|when|where)\b", re.IGNORECASE
)
_EVERYBODY = re.compile(
    r"^(?:大家|所有人|所有作者|每个人|各位作者|这些作者|这些文章|all|all of them|everyone|everybody"
    r"|(?:all )?(?:the )?(?:authors|essays))$",
    re.IGNORECASE,
)
_CALLED = re.compile(r"[^\W\d_]{2,6}|[A-Za-z][A-Za-z.'-]*(?: [A-Za-z][A-Za-z.'-]*){0,3}")
_SPEAKER = re.compile(r"(?:--|——|—|–)\s*([^\W\d_]{2,4}|[A-Z]\w+ [A-Z]\w+)\s*》?$")  # as in “A talk -- Ann Miller”
_MARKS = " ，,：:；;？?。.！!"
_REASON = re.compile(r"为什么|为何|凭什么|原因|理由|依据|\b(?:why|how come|reasons?)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[，,。；;：:？?]")
_THEY = re.compile(r"他们|她们|这些人|这几位|\b(?:they|their|them)\b", re.IGNORECASE)
_ONE = re.compile(
    r"(?<!其)[他她](?!们|人)|这位作者|这么(?:说|看|想|认为|讲)|这样(?:说|看|想|认为|讲)|"
    r"这一?(?:点|句话|观点|看法|说法|结论|判断|段)|这个(?:观点|看法|说法|结论|判断)|那句话|上面(?:说|提|那|的)|刚才|前面(?:说|提|那)|"
    r"\b(?:he|she|his|her|him)\b|\b(?:say|think|mean|believe|claim)s? (?:so|that|this)\b"
    r"|\b(?:this|that) (?:point|view|claim|idea|sentence|opinion|conclusion)\b",
    re.IGNORECASE,
)
# What only points and asks; a question that has more than this is asked in its own words.
_EMPTY = re.compile(
    r"(?:这位作者|作者|自己|为什么|为何|怎么|什么|这么|这样|这一?点|这句话|那句话|这个?(?:观点|看法|说法|结论|判断)|意思|理由|依据|原因|说|看|想|讲|认为|觉得|"
    r"上面|刚才|前面|提到?|可以|能|举个?例子?|具体|详细|解释|一下|一点|[他她们的地得吗呢吧是有会要就又也都还在请])|"
    r"\b(?:why|how|what|does|do|did|is|are|was|were|he|she|they|his|her|their|him|them|say|says|said|think|thinks|mean|means|believe|believes"
    r"|claim|claims|so|that|this|point|view|idea|sentence|opinion|conclusion|by|the|a|an|for|of|can|could|give|example|evidence|reasons?|explain)\b",
    re.IGNORECASE,
)
# The words that ask, and what is asked about: the latter is what "and X?" puts something else in the place of.
_FRAME = re.compile(
    r"^(?P<before>.*?(?:怎么看待?|如何看待?|怎样看待?|怎么评价|如何评价|怎么理解|关于|对|什么是|谈到了?))(?P<topic>[^？?。，,]+?)"
    r"(?P<after>(?:的(?:看法|观点|评价|态度|理解))?(?:是什么|怎么看|有什么看法|怎么说)?[？?。]*)$"
    r"|^(?P<front>.*?\b(?:think|say|write|feel|believe)s? (?:about|of|on)|.*?\bviews? (?:on|of|about)|what is|what are)"
    r" (?P<about>[^?.,]+?)(?P<end>[?.]*)$",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:[的之]|'s|’s|一下|那|这|篇|文章|作者|说的|写的|观点|看法|年|from|by|of|in|the|and|和|与|or|或|ones?|essays?|authors?|those|views?|\W)*$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:\b(?:(?P<from>since|from)|(?P<to>until|up to)|in) )?"
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:[-年/.](?P<month>0?[1-9]|1[0-2])(?!\d))?年?月?(?!\d)(?:(?P<on>以来|以后|起)|(?P<back>以前|为止))?"
)


def understand_after(
    question: str, before: Sequence[Asked], documents: Sequence[Document], opened: str = ""
) -> FollowUp | None:
    """None where the question says by itself what is asked. `before`: the conversation, oldest first. `documents`:
    that may be named. `opened`: the name of the document that the reader is looking at."""
    text = " ".join(question.split())
    if len(text) > LONGEST:
        return None
    only = _only(text, before, documents)
    if only is not None or not before:
        return only
    last = next((asked for asked in reversed(before) if asked.citations), before[-1])  # silence leads nowhere
    if _OTHERS.match(text):
        heard = (*last.scope.without, *dict.fromkeys(citation.document.name for citation in last.citations))
        return FollowUp(last.topic, replace(last.scope, essays=(), authors=(), without=heard)) if heard else None
    if _MORE.match(text):
        return FollowUp(last.topic, last.scope, _seen(before))
    if _WHY.match(text):
        return _further(text, _scope_of_one(last, opened), last, before)
    about = _ABOUT.match(text)
    if about:
        named = (about["zh"] or about["about"] or about["en"] or about["who"]).strip()
        found = _about(named, last, before, documents, somebody=bool(about["who"]))
        if found is not None:
            return found
    return _pointing(text, last, before, documents, opened)


def _only(text: str, before: Sequence[Asked], documents: Sequence[Document]) -> FollowUp | None:
    """“只看李沐的”, "only Li Mu": another scope, with a question of its own or the last one's."""
    match = _ONLY.match(text)
    if not match:
        return None
    wanted = match["rest"] or match["english"]
    scope, rest = _named(wanted, documents)
    if not scope:
        name = wanted.strip(_MARKS).removesuffix("的").strip(_MARKS)
        nobody = before and _CALLED.fullmatch(name) and not _ASKS.search(name)
        return FollowUp(before[-1].topic, Scope(authors=(name,))) if nobody else None
    if not _FILLER.match(rest):
        asked = rest.strip(_MARKS).removeprefix("的").strip(_MARKS)
        return FollowUp(asked + rest[len(rest.rstrip(_MARKS)) :].strip(), scope) if len(asked) > 1 else None
    return FollowUp(before[-1].topic, scope) if before else None


def _about(
    named: str, last: Asked, before: Sequence[Asked], documents: Sequence[Document], *, somebody: bool
) -> FollowUp | None:
    """“那李沐呢？”, "what about cost?": the same of somebody else, or the same asked about something else."""
    if _EVERYBODY.match(named):
        return FollowUp(last.topic, Scope())
    scope, rest = _named(named, documents)
    if scope and _FILLER.match(rest):
        return FollowUp(last.topic, scope)
    if somebody or any(pattern.search(named) for pattern in (_THEY, _ONE, _ASKS)) or not re.search(r"[^\W_]", named):
        return None
    frame = _FRAME.match(last.topic)
    if frame and frame["topic"]:
        return FollowUp(f"{frame['before']}{named}{frame['after']}", last.scope)
    if frame and frame["about"]:
        return FollowUp(f"{frame['front']} {named}{frame['end']}", last.scope)
    return FollowUp(f"{named} {last.topic}", last.scope, _seen(before))


def _further(text: str, scope: Scope, last: Asked, before: Sequence[Asked]) -> FollowUp:
    """Of “他为什么这么说？” only the why is added to the question: the rest of it is in no essay."""
    why = _REASON.search(text)
    further = ("为什么？" if why[0][0] >= "\u4e00" else "Why?") if why else text
    return FollowUp(f"{last.topic} {further}", scope, _seen(before), (last.topic, last.scope))


def _pointing(
    text: str, last: Asked, before: Sequence[Asked], documents: Sequence[Document], opened: str
) -> FollowUp | None:
    """“他为什么这么说？”: what was asked before, of whoever said what was cited then."""
    clause = _CLAUSE.split(text)[0]  # further on, a pronoun stands for something in the question itself
    several, one = _THEY.search(clause), _ONE.search(clause)
    if not last.citations or not (several or one):
        return None
    names = tuple(dict.fromkeys(citation.document.name for citation in last.citations))
    scope = _named(text, documents)[0] or (Scope(essays=names) if several else _scope_of_one(last, opened))
    if re.search(r"[^\W_]", _EMPTY.sub(" ", text)):
        return FollowUp(text, scope)
    return _further(text, scope, last, before)


def _scope_of_one(last: Asked, opened: str) -> Scope:
    """The essay that the reader looks at, if it was cited; else the one that was cited first."""
    names = [citation.document.name for citation in last.citations]
    if not names:
        return last.scope
    return Scope(essays=(opened if opened in names else names[0],))


def _seen(before: Sequence[Asked]) -> tuple[Excerpt, ...]:
    found = ((c.document.name, Span(c.start, c.end)) for asked in before for c in asked.citations)
    return tuple(dict.fromkeys(found))


def _named(text: str, documents: Sequence[Document]) -> tuple[Scope, str]:
    """The authors, essays and times that a text names, and what is left of it."""
    folded = fold(text)
    if len(folded) != len(text):
        text = folded  # so that what was found can be cut out
    authors, essays, cut = [], [], list[Span]()
    for author in dict.fromkeys(name for document in documents for name in names_in(document.author)):
        places = list(_places(fold(author), folded)) if len(author) > 1 else []
        if places:
            authors.append(author)
            cut += places
    for document in documents:
        places = [place for title in _titles(document) for place in _places(title, folded) if place not in cut]
        if places:
            essays.append(document.name)
            cut += places
    since, until = "", ""
    time = _TIME.search(folded)
    if time:
        cut.append(Span(*time.span()))
        since, until = _bounds(f"{time['year']}-{int(time['month']):02}" if time["month"] else time["year"], time)
    rest = "".join(letter for at, letter in enumerate(text) if not any(start <= at < end for start, end in cut))
    return Scope(tuple(essays), tuple(authors), since, until), rest


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
    speakers = (_SPEAKER.search(title) for title in (document.title, *inner))
    yield from {fold(speaker[1]) for speaker in speakers if speaker}


def _places(name: str, text: str) -> Iterator[Span]:
    """Where a text has a name; of Latin letters only as words of their own."""
    pattern = re.escape(name)
    if re.search(r"[a-z0-9]", name):
        pattern = rf"(?<![a-z0-9]){pattern}(?![a-z0-9])"
    return (Span(*match.span()) for match in re.finditer(pattern, text))
