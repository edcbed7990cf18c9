"""In a few words: that an excerpt is not its author's own view, and whose it is where the essay says so."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from index.problems import printable

if TYPE_CHECKING:
    from rag.types import Reported  # which shows itself with this


def told(reported: "Reported | None", words: Mapping[str, str]) -> str:
    """ "" where it is the author's own. `words`: a language's TOLD, or more."""
    if reported is None:
        return ""
    return words[told_word(reported)].format(speaker=speaker_of(reported))


def told_word(reported: "Reported") -> str:
    return f"told_{reported.kind}_by" if speaker_of(reported) else f"told_{reported.kind}"


def speaker_of(reported: "Reported") -> str:
    """On one line, as a name that a wrapped line breaks."""
    return printable(" ".join(reported.speaker.split()))
