"""A follow-up as a language model puts it; only where it adds nothing to what was said."""

from collections.abc import Sequence

from index.terms import fold, terms_of
from rag.chat import ModelFault, Writer
from rag.followup import Asked
from rag.prompt import rewriting
from rag.summary import said

LONGEST = 200  # characters
PATIENCE = 6.0  # seconds; rules have understood it meanwhile, as well as they can


def rewritten(model: Writer, typed: str, before: Sequence[Asked], language: str) -> str:
    """The question that it stands for. Raises ModelFault, also where what the model wrote is none that was asked."""
    written = "".join(model.stream(rewriting(typed, before, language), seconds=PATIENCE))
    lines = [line for line in said(written).strip().strip('"“”「」').splitlines() if line.strip()]
    if len(lines) != 1 or len(lines[0]) > LONGEST:
        raise ModelFault("nonsense")
    question = " ".join(lines[0].split())
    if not _is_of(question, typed, before):
        raise ModelFault("disobedient")
    return question


def _is_of(question: str, typed: str, before: Sequence[Asked]) -> bool:
    """Whether every word of it was said in the conversation, or names whom it cited, and some of it before: a model
    that answers, or invents, would send the reader after something that nobody asked."""
    earlier = fold(" ".join(asked.topic for asked in before))
    documents = [citation.document for asked in before for citation in asked.citations]
    whose = fold(" ".join(document.author for document in documents))
    titles = fold(" ".join(document.title for document in documents))
    wanted = terms_of(question)
    said_before = any(term in earlier or term in whose for term in wanted)
    return said_before and all(_is_in(term, f"{earlier} {whose} {titles} {fold(typed)}") for term in wanted)


def _is_in(term: str, text: str) -> bool:
    """A Chinese term by its characters, since terms are cut otherwise in another sentence."""
    return term in text or (not term.isascii() and all(character in text for character in term))
