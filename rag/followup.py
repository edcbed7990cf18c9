"""A question that only makes sense after the one before: what it means by itself, told by rules that are shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.types import Document, Span
from rag import forms
from rag.naming import FILLER, MARKS, named
from rag.scope import EVERYTHING, Scope
from rag.types import Citation, Excerpt

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
    if forms.OTHERS.match(text):
        heard = (*last.scope.without, *dict.fromkeys(citation.document.name for citation in last.citations))
        return FollowUp(last.topic, replace(last.scope, essays=(), authors=(), without=heard)) if heard else None
    if forms.MORE.match(text):
        return FollowUp(last.topic, last.scope, _seen(before))
    if forms.WHY.match(text):
        return _further(text, _scope_of_one(last, opened), last, before)
    about = forms.ABOUT.match(text)
    if about:
        what = (about["zh"] or about["about"] or about["en"] or about["who"]).strip()
        found = _about(what, last, before, documents, somebody=bool(about["who"]))
        if found is not None:
            return found
    return _pointing(text, last, before, documents, opened)


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
    return FollowUp(before[-1].topic, scope) if before else None


def _about(
    what: str, last: Asked, before: Sequence[Asked], documents: Sequence[Document], *, somebody: bool
) -> FollowUp | None:
    """“那李沐呢？”, "what about cost?": the same of somebody else, or the same asked about something else."""
    if forms.EVERYBODY.match(what):
        return FollowUp(last.topic, Scope())
    scope, rest = named(what, documents)
    if scope and FILLER.match(rest):
        return FollowUp(last.topic, scope)
    if (
        somebody
        or any(pattern.search(what) for pattern in (forms.THEY, forms.ONE, forms.ASKS))
        or not re.search(r"[^\W_]", what)
    ):
        return None
    frame = forms.FRAME.match(last.topic)
    if frame and frame["topic"]:
        return FollowUp(f"{frame['before']}{what}{frame['after']}", last.scope)
    if frame and frame["about"]:
        return FollowUp(f"{frame['front']} {what}{frame['end']}", last.scope)
    return FollowUp(f"{what} {last.topic}", last.scope, _seen(before))


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
    several, one = forms.THEY.search(clause), forms.ONE.search(clause)
    if not last.citations or not (several or one):
        return None
    names = tuple(dict.fromkeys(citation.document.name for citation in last.citations))
    scope = named(text, documents)[0] or (Scope(essays=names) if several else _scope_of_one(last, opened))
    if re.search(r"[^\W_]", forms.EMPTY.sub(" ", text)):
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
