"""Everything after the question: retrieval, evidence, the cited answer; and what a program imports of it."""

from index.build import Built
from index.manifest import NoIndex, StaleIndex
from index.types import Document, EncoderUnavailable, Passage, Span, YuanhuaError
from rag.essays import Essays, Excerpt, NotInEssays, excerpt_id, open_index
from rag.query import BadQuestion
from rag.scope import Scope
from rag.types import Answer, Citation, Hit

__all__ = [
    "Answer",
    "BadQuestion",
    "Built",
    "Citation",
    "Document",
    "EncoderUnavailable",
    "Essays",
    "Excerpt",
    "Hit",
    "NoIndex",
    "NotInEssays",
    "Passage",
    "Scope",
    "Span",
    "StaleIndex",
    "YuanhuaError",
    "excerpt_id",
    "open_index",
]
