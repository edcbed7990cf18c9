"""Misspelt names; the only importer of rapidfuzz and of spellchecker, whose word list says what is no name."""

from collections.abc import Sequence
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA
from spellchecker import SpellChecker

# How many letters the longer of two words must have before their difference is taken for a slip. Swapped letters make
# no other name, a letter more or less may (Huang, Hang), another vowel does so more often (Zheng, Zhang), and with
# another consonant it is another name (Mistral, Mixtral).
SWAPPED, LEFT_OUT, OTHER_VOWEL, TWO_SLIPS = 4, 6, 7, 10

_ENDINGS = frozenset({"s", "es", "d", "ed", "r", "er", "rs", "ers", "ing", "ly"})  # another form is no slip
_WITHOUT_VOWELS = str.maketrans("", "", "aeiou")


def nearest_term(word: str, vocabulary: Sequence[str]) -> str | None:
    """The term that `word` is a slip of; of equally near ones the first. None for an English word, whatever is near."""
    near = process.extract(word, vocabulary, scorer=OSA.distance, score_cutoff=2, limit=None)
    term = next((term for term, distance, _ in near if _is_slip(word, term, distance)), None)
    return None if term is None or is_english(word) else term


def _is_slip(word: str, term: str, distance: int) -> bool:
    shorter, longer = sorted((word, term), key=len)
    another_form = longer.startswith(shorter) and longer[len(shorter) :] in _ENDINGS
    if word[0] != term[0] or another_form or (distance == 2 and len(longer) < TWO_SLIPS):
        return False
    if len(shorter) < len(longer):
        return len(longer) >= LEFT_OUT
    if sorted(word) == sorted(term):
        return len(word) >= SWAPPED
    return word.translate(_WITHOUT_VOWELS) == term.translate(_WITHOUT_VOWELS) and len(word) >= OTHER_VOWEL


def is_english(word: str) -> bool:
    """Whether a word in small letters is in the word list; some names are."""
    return bool(_english().known([word]))


@cache
def _english() -> SpellChecker:
    return SpellChecker(language="en")  # half a second, so not before a word is near to a term
