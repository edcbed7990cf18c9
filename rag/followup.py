"""A question that only makes sense after the one before: what it means by itself, told by rules that are shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.types import Document, Span
from rag import forms
from rag.naming import FILLER, MARKS, named, redated
from rag.scope import EVERYTHING, Scope
from rag.subject import subject_of
from rag.types import Citation, Excerpt
from rag.words import together

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


HEARD = "heard"  # there are no others, so that more of the same essays is looked for
OPPOSED = "opposed"  # rules cannot tell who disagrees, so that all others are asked
OPPOSED_HEARD = "opposed_heard"  # both

UNCLEAR = FollowUp("", EVERYTHING)
"""Rules cannot tell how it follows; nothing can be looked for."""


def remark_on(typed: str, question: str, known: Sequence[Excerpt]) -> str:
    """What should be said beside a question that was taken for another: one of the three above, or "" for nothing."""
    text = " ".join(typed.split())
    if text == question or len(text) > LONGEST:
        return ""
    if forms.OPPOSED.match(text):
        return OPPOSED_HEARD if known else OPPOSED
    return HEARD if known and forms.OTHERS.match(text) else ""


def is_pointing(question: str) -> bool:
    """Whether it says “he” or “they”, and so not by itself whose view is asked."""
    return len(question) <= LONGEST and bool(forms.THEY.search(question) or forms.ONE.search(question))


def understand_after(
    question: str, before: Sequence[Asked], documents: Sequence[Document], opened: str = ""
) -> FollowUp | None:
    """None where the question says by itself what is asked, and not of whom. `before`: the conversation, oldest first.
    `documents`: that may be named. `opened`: the name of the document that the reader is looking at."""
    text = " ".join(question.split())
    found = _short(text, before, documents, opened) if len(text) <= LONGEST else None
    if found is None and (subject := subject_of(text, documents)):
        return FollowUp(text, subject.scope)
    return found


def _short(text: str, before: Sequence[Asked], documents: Sequence[Document], opened: str) -> FollowUp | None:
    found = _only(text, before, documents) or _except(text, before, documents, opened)
    if found is not None or not before:
        return found
    return _following(text, before, documents, opened) or (UNCLEAR if _is_hollow(text) else None)


def _following(text: str, before: Sequence[Asked], documents: Sequence[Document], opened: str) -> FollowUp | None:
    last = _last(before)
    if forms.OPPOSED.match(text) or forms.OTHERS.match(text):
        return _others(last, before, documents)
    if forms.MORE.match(text):
        return FollowUp(last.topic, last.scope, _seen(before))
    if forms.WHY.match(text):
        return _further(text, _scope_of_one(last, opened), last, before)
    agrees, about = forms.AGREES.match(text), forms.ABOUT.match(text)
    who = agrees and (agrees["zh"] or agrees["en"])
    what = (about["zh"] or about["about"] or about["en"] or about["who"]).strip() if about else ""
    found = _same_of(who or what or text, last, documents, opened) or _pointing(text, last, before, documents, opened)
    if found is None and about and not about["who"] and not subject_of(text, documents):
        found = _same_about(what, last)
    return found


def _last(before: Sequence[Asked]) -> Asked:
    """Silence leads nowhere."""
    return next((asked for asked in reversed(before) if asked.citations), before[-1])


def _only(text: str, before: Sequence[Asked], documents: Sequence[Document]) -> FollowUp | None:
    """“只看李沐的”, "only Li Mu": another scope, with a question of its own or the last one's."""
    match = forms.ONLY.match(text)
    if not match:
        return None
    wanted = match["rest"] or match["english"]
    scope, rest = named(wanted, documents)
    if not scope:
        name = wanted.strip(MARKS).removesuffix("的").strip(MARKS)
        nobody = before and forms.CALLED.fullmatch(name) and not forms.ASKS.search(name)
        return FollowUp(before[-1].topic, Scope(authors=(name,))) if nobody else None
    if not FILLER.match(rest):
        asked = rest.strip(MARKS).removeprefix("的").strip(MARKS)
        return FollowUp(asked + rest[len(rest.rstrip(MARKS)) :].strip(), scope) if len(asked) > 1 else None
    return _put(before[-1].topic, scope, documents) if before else None


def _except(text: str, before: Sequence[Asked], documents: Sequence[Document], opened: str) -> FollowUp | None:
    """“除了李沐呢”, "without Li Mu": the last question, or one of its own, to all but the essays that are named."""
    match = None if forms.MORE.match(text) else forms.EXCEPT.match(text)
    if not match:
        return None
    wanted = (match["rest"] or match["english"]).strip(MARKS)
    asked = (match["asked"] or match["question"] or "").strip()
    scope, rest = named(wanted, documents)
    if before and forms.POINTER.fullmatch(wanted):
        scope, rest = _pointed_at(wanted, _last(before), opened), ""
    if not scope:
        nobody = before and not asked and forms.CALLED.fullmatch(wanted) and not forms.ASKS.search(wanted)
        return UNCLEAR if nobody else None
    if not FILLER.match(rest) or not (asked or before):
        return None
    without = tuple(document.name for document in documents if scope.holds(document))
    if asked:
        return FollowUp(asked, Scope(without=without))
    return _put(before[-1].topic, _widened(replace(before[-1].scope, without=without), documents), documents)


def _put(topic: str, scope: Scope, documents: Sequence[Document]) -> FollowUp:
    """The same question to others or of another time: whom and when it names are those of the scope."""
    subject = subject_of(topic, documents)
    timed = bool(scope.since or scope.until)
    if subject and timed and not (scope.authors or scope.essays or scope.without):
        scope = replace(scope, authors=subject.scope.authors)
    if subject and set(scope.authors) != set(subject.scope.authors):
        topic = subject.put_to(scope.authors)
    dated = subject is not None and bool(subject.scope.since or subject.scope.until)
    return FollowUp(redated(topic, scope) if dated or (timed and scope.since == scope.until) else topic, scope)


def _widened(scope: Scope, documents: Sequence[Document]) -> Scope:
    """No narrower than leaves somebody to ask."""
    wider = replace(scope, essays=(), authors=())
    choices = (scope, wider, replace(wider, since="", until=""))
    return next((one for one in choices if any(map(one.holds, documents))), scope)


def _others(last: Asked, before: Sequence[Asked], documents: Sequence[Document]) -> FollowUp:
    """The same question to all essays that were not cited; where there are none, for what was not cited of them."""
    heard = (*last.scope.without, *(citation.document.name for citation in last.citations))
    if not heard:
        heard = tuple(document.name for document in documents if last.scope and last.scope.holds(document))
    scope = Scope((), (), last.scope.since, last.scope.until, tuple(dict.fromkeys(heard)))
    scope = _widened(scope, documents)
    if any(map(scope.holds, documents)):
        return _put(last.topic, scope, documents)
    return FollowUp(last.topic, replace(last.scope, without=()), _seen(before))


def _same_of(what: str, last: Asked, documents: Sequence[Document], opened: str) -> FollowUp | None:
    """“那李沐呢？”, “2023 年的呢？”, “他同意吗？”: the same of somebody else, of another time, or of whom was cited."""
    if forms.POINTER.fullmatch(what) and last.citations:
        return _put(last.topic, _pointed_at(what, last, opened), documents)
    if forms.EVERYBODY.match(what):
        return _put(last.topic, Scope(), documents)
    scope, rest = named(what, documents)
    if not scope or not FILLER.match(rest):
        return None
    if not (scope.authors or scope.essays):
        scope = replace(last.scope, without=(), since=scope.since, until=scope.until)
    return _put(last.topic, scope, documents)


def _same_about(what: str, last: Asked) -> FollowUp | None:
    """“那成本呢？”, "what about cost?": the same asked about something else, where the last question says what it is
    about, or else that by itself. Whoever was left out before is heard again."""
    if any(pattern.search(what) for pattern in (forms.THEY, forms.ONE, forms.ASKS, forms.PEOPLE)) or _is_hollow(what):
        return None
    scope = replace(last.scope, without=())
    frame = None if forms.CONDITION.match(what) else forms.FRAME.match(last.topic)
    if frame and frame["topic"] and not forms.ASKS.search(frame["topic"]):
        return FollowUp(together(frame["before"], what, frame["after"]), scope)
    if frame and frame["about"]:
        return FollowUp(f"{frame['front']} {what}{frame['end']}", scope)
    return FollowUp(what, scope)


def _is_hollow(text: str) -> bool:
    rest = forms.EMPTY.sub(" ", forms.HOLLOW.sub(" ", text))
    return bool(re.search(r"[^\W_]", text)) and not re.search(r"[^\W_]", rest)


def _further(text: str, scope: Scope, last: Asked, before: Sequence[Asked]) -> FollowUp:
    """Of “他为什么这么说？” only the why is added to the question: the rest of it is in no essay."""
    why = forms.REASON.search(text)
    further = ("为什么？" if why[0][0] >= "\u4e00" else "Why?") if why else text
    return FollowUp(f"{last.topic} {further}", scope, _seen(before), (last.topic, last.scope))


def _pointing(
    text: str, last: Asked, before: Sequence[Asked], documents: Sequence[Document], opened: str
) -> FollowUp | None:
    """“他为什么这么说？”: what was asked before, of whoever said what was cited then."""
    clause = forms.CLAUSE.split(text)[0]  # further on, a pronoun stands for something in the question itself
    if not last.citations or not (forms.THEY.search(clause) or forms.ONE.search(clause)):
        return None
    scope = named(text, documents)[0] or _pointed_at(clause, last, opened)
    if re.search(r"[^\W_]", forms.EMPTY.sub(" ", text)):
        return FollowUp(text, scope)
    return _further(text, scope, last, before)


def _pointed_at(text: str, last: Asked, opened: str) -> Scope:
    if not forms.THEY.search(text):
        return _scope_of_one(last, opened)
    return Scope(essays=tuple(dict.fromkeys(citation.document.name for citation in last.citations)))


def _scope_of_one(last: Asked, opened: str) -> Scope:
    """The essay that the reader looks at, if it was cited; else the one that was cited first."""
    names = [citation.document.name for citation in last.citations]
    if not names:
        return last.scope
    return Scope(essays=(opened if opened in names else names[0],))


def _seen(before: Sequence[Asked]) -> tuple[Excerpt, ...]:
    found = ((c.document.name, Span(c.start, c.end)) for asked in before for c in asked.citations)
    return tuple(dict.fromkeys(found))
