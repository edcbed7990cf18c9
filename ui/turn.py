"""One question of a conversation, and what the page shows of its answer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.types import Document, Passage
from rag.answer import THRESHOLD
from rag.followup import Asked
from rag.types import Answer, Citation
from ui.address import NOWHERE, Address
from ui.words import Words

if TYPE_CHECKING:
    from rag.summary import Summary  # with the client of language models, which most pages never need


@dataclass(frozen=True, slots=True)
class Seat:
    """An essay's place among all that were asked: its best excerpt, or the nearest passage of one that is silent."""

    document: Document
    citation: Citation | None = None
    nearest: Passage | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it; `answer` is None while it is being looked for, `note` is a line about it."""

    question: str  # as it was typed
    answer: Answer | None = None
    note: str = ""
    at: Address = NOWHERE  # as it was understood; without a question while it is not
    asked: Asked | None = None  # what the next question may refer to
    parts: int | None = None  # essays whose part is shown while the answer grows; None for all of them
    board: tuple[Seat, ...] = ()  # where all were asked
    unheard: int = 0  # essays that were asked and have no seat
    searched: int = 0  # essays
    again: Address = NOWHERE  # what to ask once more, where it was not answered
    remark: str = ""  # which words say something about how it was understood
    summary: "Summary | None" = None  # of a language model


def is_sure(citation: Citation) -> bool:
    """Whether it would be an answer by itself; where all authors were asked, a word on the matter is shown too."""
    return citation.score >= THRESHOLD


def board_counts(turn: Turn, words: Words) -> str:
    """How many essays speak to the question, touch on it, and are silent."""
    cited = [seat.citation for seat in turn.board if seat.citation]
    sure = sum(map(is_sure, cited))
    counts = {
        "board_spoke": sure,
        "board_faint": len(cited) - sure,
        "board_without": len(turn.board) - len(cited) + turn.unheard,
    }
    if not counts["board_faint"] and not counts["board_without"]:
        return words["board_all"].format(n=sure)
    return words["clause"].join(words[word].format(n=n) for word, n in counts.items() if n)
