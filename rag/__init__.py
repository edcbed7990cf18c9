"""Everything after the question: retrieval, evidence, the cited answer; and what a program imports of it."""

from index.types import Document, Passage, Span, YuanhuaError
from rag.essays import Essays, Excerpt, excerpt_id, open_index
from rag.scope import Scope
from rag.types import Answer, Citation, Hit

__all__ = [
    "Answer",
    "Citation",
    "Document",
    "Essays",
    "Excerpt",
    "Hit",
    "Passage",
    "Scope",
    "Span",
    "YuanhuaError",
    "excerpt_id",
    "open_index",
]
