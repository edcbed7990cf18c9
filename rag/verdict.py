"""A sentence that a model wrote as it was judged, and what a whole text of them is worth."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from index.terms import terms_of
from rag.markers import marked
from rag.quotes import Checked

FAULTS = ("uncited", "unknown", "unsupported", "number", "name", "negation", "quotation")
"""uncited: no [n]; unknown: an [n] that does not exist; unsupported: the excerpts do not say it; number, name: one that
stands in none of them; negation: says the reverse of its excerpt; quotation: in quotation marks, and altered or not in
an essay that it cites."""

READ = 20_000  # characters of a text; what the rest is like does not matter
BROKEN, FOREIGN = 0.1, 0.5  # shares of characters that are none, and of letters of another script
MOJIBAKE = 0.3  # share of the letters that are Latin with accents; no language here has a third of them
ENOUGH, VARIED = 16, 0.25  # words; of so many a text has at least that share of different ones
FEW = 3  # different letters that no text of ENOUGH letters does with

_HAN_OR_LATIN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffffA-Za-zＡ-Ｚａ-ｚ\u00c0-\u024f]")
_ACCENTED = re.compile(r"[\u00a0-\u024f]")
_MARKUP = re.compile(r"锟斤拷|烫烫烫|屯屯屯")  # what lost encodings leave behind


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that a model wrote, checked against the excerpts that it names. One without fault and without `cited`
    claims nothing: a heading, an opening line."""

    text: str  # as the model wrote it, its [n] included
    cited: tuple[int, ...]  # the numbers in it, that exist among the excerpts
    fault: str = ""  # "" where it holds; else one of FAULTS
    detail: str = ""  # the number, the name, the quotation with its difference, … that is at fault
    quotations: tuple[Checked, ...] = ()


def verdict_of(claims: Sequence[Claim]) -> str:
    """ "" where the text deserves to be shown with its marks. "nonsense": it is no text. "disobedient": it names no
    excerpt, or less than half of what it claims holds."""
    text = "".join(claim.text for claim in claims)[:READ]
    if _is_nonsense(marked(text).words):
        return "nonsense"
    claiming = [claim for claim in claims if claim.cited or claim.fault]
    holding = [claim for claim in claiming if not claim.fault]
    named = any(claim.cited for claim in claiming)
    return "" if named and 2 * len(holding) >= len(claiming) else "disobedient"


def _is_nonsense(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    if not letters:
        return True
    known = _HAN_OR_LATIN.findall(text)
    broken = sum(character == "\ufffd" or unicodedata.category(character) in ("Cn", "Co", "Cs") for character in text)
    controls = sum(unicodedata.category(character) == "Cc" and not character.isspace() for character in text)
    return (
        broken + controls > BROKEN * len(text)
        or len(letters) - len(known) > FOREIGN * len(letters)
        or len(_ACCENTED.findall(text)) > MOJIBAKE * len(letters)
        or bool(_MARKUP.search(text))
        or _repeats(text)
    )


def _repeats(text: str) -> bool:
    """One word over and over, or a few, or one letter."""
    words, letters = terms_of(text) or re.findall(r"\w+", text), re.findall(r"\w", text)
    few = len(letters) >= ENOUGH and len(set(letters)) <= FEW
    return few or (len(words) >= ENOUGH and len(set(words)) < VARIED * len(words))
