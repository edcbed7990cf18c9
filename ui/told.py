"""In a few words: that an excerpt is not its author's own view, and whose it is where the essay says so."""

from index.documents import printable
from rag.types import Reported
from ui.words import Words


def told(reported: Reported | None, words: Words) -> str:
    """ "" where it is the author's own."""
    if reported is None:
        return ""
    return words[told_word(reported)].format(speaker=speaker_of(reported))


def told_word(reported: Reported) -> str:
    return f"told_{reported.kind}_by" if speaker_of(reported) else f"told_{reported.kind}"


def speaker_of(reported: Reported) -> str:
    """On one line, as a name that a wrapped line breaks."""
    return printable(" ".join(reported.speaker.split()))
