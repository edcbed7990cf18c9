"""What a language model makes of an answer's excerpts, sentence by sentence, each checked before it is called good."""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from unicodedata import category

from rag.chat import ModelFault, Writer
from rag.claims import Checker, Claim, sentences_of, verdict_of
from rag.endpoint import Endpoint
from rag.prompt import UNANSWERED, answering
from rag.types import Answer

UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs")  # kinds of characters
PAUSE = 0.2  # seconds between two looks at what is still being written

_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>\s*|\Z)", re.DOTALL)
_OPENING = re.compile(r"\s*<(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?\Z")


@dataclass(frozen=True, slots=True)
class Summary:
    """Not the authors' words. With a `fault` there are no claims, and the answer stands without it."""

    endpoint: Endpoint
    claims: tuple[Claim, ...] = ()
    pending: str = ""  # of a sentence that is not complete, and so not checked
    whole: bool = False
    fault: str = ""  # a kind of ModelFault
    detail: str = ""  # of the fault, for whoever runs the model
    prompt: tuple[Mapping[str, str], ...] = ()  # the messages that it was sent
    text: str = ""  # what it wrote, as it wrote it

    @property
    def name(self) -> str:
        """The same for two that were written alike."""
        written = repr((self.endpoint.model, self.endpoint.place, self.prompt, self.text))
        return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def stopped(self) -> "Summary":
        return replace(self, claims=(), pending="", whole=True, fault="stopped")

    @property
    def holding(self) -> int:
        """How many claims do."""
        return sum(1 for claim in self.claims if not claim.fault)


def summarise(model: Writer, answer: Answer, checker: Checker) -> Iterator[Summary]:
    """As it grows, several times a second, also while nothing comes, so that it can be left at any time; the last one
    is whole, or says why there is none. Never raises for what a model can cause."""
    messages = answering(answer)
    summary = Summary(model.endpoint, prompt=tuple(messages))
    yield summary
    shown = time.monotonic()
    try:
        for text in _grown(model.stream(messages)):
            complete, pending = sentences_of(said(text))
            new = len(complete) > len(summary.claims)
            claims = checker.check_all(complete) if new else summary.claims
            summary = replace(summary, text=text, pending=pending, claims=tuple(claims))
            if new or time.monotonic() - shown >= PAUSE:
                shown = time.monotonic()
                yield summary
        yield _ended(summary, checker)
    except ModelFault as fault:
        yield replace(summary, claims=(), pending="", whole=True, fault=fault.kind, detail=fault.detail)


def _grown(pieces: Iterable[str]) -> Iterator[str]:
    text = ""
    for piece in pieces:
        text += piece
        yield text


def said(text: str) -> str:
    """Without what some models think aloud before they answer, and without what nobody would see: what is checked is
    what is shown."""
    rest = _THOUGHT.sub("", text, count=1)
    return "" if _OPENING.match(rest) else "".join(c for c in rest if c in "\n\t" or category(c) not in UNSEEN)


def _ended(summary: Summary, checker: Checker) -> Summary:
    """Raises ModelFault for what is not worth showing."""
    written = said(summary.text).strip()
    if UNANSWERED in written.upper()[: 2 * len(UNANSWERED)]:
        raise ModelFault("unanswered")
    complete, rest = sentences_of(f"{written}\n")
    claims = tuple(checker.check_all([*complete, *filter(str.strip, [rest])]))
    if fault := verdict_of(claims):
        raise ModelFault(fault)
    return replace(summary, claims=claims, pending="", whole=True)
