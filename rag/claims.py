"""What a language model wrote, checked sentence by sentence against the excerpts that it names. Nothing of it is
believed: what cannot be shown to stand there is marked, and so is now and then what does stand there in other words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.terms import fold, terms_of
from index.tokens import centre_of
from index.types import Document, Encoder, Vectors
from rag.attribution import without_attribution
from rag.contrary import reversed_of
from rag.figures import foreign_number
from rag.headings import answers, is_bare, is_heading
from rag.markers import marked
from rag.markers import sentences_of as sentences_of
from rag.names import foreign_name
from rag.orders import gives_orders, without_orders
from rag.quoted import quotations_of
from rag.quotes import Checked, check
from rag.stated import stated, unstated
from rag.stretches import Essays
from rag.support import AROUND, Model, Source, fitted, idle, lacking, said, source_of
from rag.types import Citation
from rag.verdict import FAULTS as FAULTS
from rag.verdict import Claim as Claim
from rag.verdict import verdict_of as verdict_of

LONGEST = 1_000  # characters; a longer sentence is not checked, and so not believed
QUOTATIONS = 12  # of a sentence; one that has more is not checked
KEPT = 512  # sentences whose verdict is remembered, since a text is checked again and again while it is written

_LISTED = re.compile(r"^(?:[\s>]|#{1,6}\s|[-*+•·–—]\s|\d{1,3}[.)、．]\s?(?!\d)|[（(]\d{1,2}[）)])+")
_EMPHASIS = re.compile(r"\*{1,3}|(?<!\w)_{1,2}|_{1,2}(?!\w)|`")


class Checker:
    """Of one text over its numbered excerpts. An excerpt is read when it is first cited."""

    def __init__(
        self,
        citations: Sequence[Citation],
        documents: Sequence[Document],
        encoder: Encoder,
        *,
        models: Mapping[str, Model] | None = None,
    ) -> None:
        """`documents`: where quotations are looked for. `models`: those of rag.support, if not the fitted ones."""
        self._citations = {citation.n: citation for citation in citations}
        self._documents, self._encoder = documents, encoder
        self._models = models or fitted()
        self._sources: dict[tuple[int, bool], Source | None] = {}
        self._essays: dict[tuple[str, ...], Essays] = {}
        self._known: dict[tuple[str, tuple[int, ...]], Claim] = {}

    def check(self, sentence: str) -> Claim:
        """By the markers that it has itself."""
        return self._remembered(sentence, ())

    def check_all(self, sentences: Sequence[str]) -> list[Claim]:
        """As `sentences_of` gives them, line breaks included: a sentence without markers may lean on the next ones of
        its paragraph, if these excerpts say it. What was checked before costs nothing."""
        claims = [self.check(sentence) for sentence in sentences]
        borrowed: tuple[int, ...] = ()
        for i in reversed(range(len(claims))):
            if sentences[i].endswith("\n") or i == len(claims) - 1 or claims[i].cited:
                borrowed = claims[i].cited
            elif claims[i].fault == "uncited" and borrowed:
                lent = self._remembered(sentences[i], borrowed)
                claims[i] = claims[i] if lent.fault else lent
        return claims

    def _remembered(self, sentence: str, borrowed: tuple[int, ...]) -> Claim:
        key = sentence, borrowed
        if key not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = self._checked(sentence, borrowed)
        return self._known[key]

    def _checked(self, sentence: str, borrowed: tuple[int, ...]) -> Claim:
        if len(sentence) > LONGEST:
            return Claim(sentence, (), "unsupported")
        real = sentence.encode("utf-8", "replace").decode("utf-8")
        of = marked(real)
        cited = tuple(n for n in of.numbers if n in self._citations)
        unknown = [n for n in of.numbers if n not in self._citations]
        words = _plain(of.words)
        claim = Claim(sentence, cited or borrowed)
        if unknown:
            return replace(claim, fault="unknown", detail=f"[{unknown[0]}]")
        bare = is_bare(words)
        if (bare and not answers(words)) or (not cited and is_heading(of.words, words, self._citations.values())):
            return Claim(sentence, ())
        if not claim.cited:
            return replace(claim, fault="uncited")
        if bare:
            return replace(claim, fault="unsupported")  # nothing in it can be looked for
        return self._against(claim, words, [self._citations[n] for n in claim.cited])

    def _against(self, claim: Claim, words: str, citations: Sequence[Citation]) -> Claim:
        """The cheap looks first; what fails one of them needs no other."""
        claim = self._with_quotations(claim, words, citations)
        if claim.fault:
            return claim
        number = foreign_number(words, citations)
        if number:
            return replace(claim, fault="number", detail=number)
        name = foreign_name(words, [_place(citation) for citation in citations])
        if name:
            return replace(claim, fault="name", detail=name)
        rest = without_attribution(words, citations)
        reverse = reversed_of(words, stated(rest, citations))
        if reverse:
            return replace(claim, fault="negation", detail=reverse)
        aside = unstated(rest, citations)
        return replace(claim, fault="unsupported", detail=aside) if aside else self._supported(claim, rest)

    def _with_quotations(self, claim: Claim, words: str, citations: Sequence[Citation]) -> Claim:
        quotes = [quotation.text for quotation in quotations_of(words)]
        if len(quotes) > QUOTATIONS:
            return replace(claim, fault="quotation")
        cited = list({citation.document.name: citation.document for citation in citations}.values())
        essays = self._essays_of(cited) if quotes else None
        checked = tuple(self._looked_up(quote, essays) for quote in quotes if essays)
        claim = replace(claim, quotations=checked)
        for one in checked:
            if one.verdict not in ("exact", "normalised"):
                return replace(claim, fault="quotation", detail=one.difference or one.quote)
            if one.document not in cited:
                return replace(claim, fault="quotation", detail=one.quote)
        return claim

    def _essays_of(self, documents: Sequence[Document]) -> Essays:
        names = tuple(document.name for document in documents)
        if names not in self._essays:
            self._essays[names] = Essays(documents)
        return self._essays[names]

    def _looked_up(self, quote: str, cited: Essays) -> Checked:
        """In the essays that are cited, then in all: it may be altered here and exact there."""
        here = check(quote, cited)
        if here.verdict in ("exact", "normalised"):
            return here
        there = check(quote, self._essays_of(self._documents))
        return there if there.verdict in ("exact", "normalised") or here.verdict == "absent" else here

    def _supported(self, claim: Claim, words: str) -> Claim:
        telling = gives_orders(words)  # of an order that stands in an essay, which is no obeying it
        sources = [source for n in claim.cited if (source := self._source(n, telling)) is not None]
        if not sources:
            return replace(claim, fault="unsupported")
        if len(claim.cited) == 1 and _letters(words) in _letters(sources[0].folded):
            return claim
        of = said(words, self._encoder, _centre(self._encoder))
        clause = lacking(of, sources, self._models)
        if clause is not None:
            return replace(claim, fault="unsupported", detail=of.texts[clause].strip() if len(of.texts) > 1 else "")
        beside = idle(of, sources, self._models) if len(sources) > 1 else None
        return replace(claim, fault="unsupported", detail=f"[{beside.citation.n}]") if beside else claim

    def _source(self, n: int, telling: bool) -> Source | None:
        """None where the excerpt is nothing but orders."""
        if (n, telling) not in self._sources:
            citation = self._citations[n]
            evidence = citation.quote if telling else without_orders(citation.quote)
            read = source_of(citation, evidence, self._encoder, _centre(self._encoder))
            self._sources[n, telling] = read if terms_of(evidence) else None
        return self._sources[n, telling]


_centres: dict[str, Vectors] = {}


def _centre(encoder: Encoder) -> Vectors:
    """It takes some hundred milliseconds, and is the same for every text."""
    if encoder.fingerprint not in _centres:
        _centres[encoder.fingerprint] = centre_of(encoder)
    return _centres[encoder.fingerprint]


def _place(citation: Citation) -> str:
    """What an excerpt says and is about, with what stands around it."""
    document = citation.document
    text = document.text[max(0, citation.start - AROUND) : citation.end + AROUND]
    return "\n".join(part for part in (text, document.title, document.author, document.date) if part)


def _plain(words: str) -> str:
    """Without the marks of lists, headings and emphasis, in one line of characters that can be seen."""
    visible = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(_EMPHASIS.sub("", _LISTED.sub("", visible)).split())


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())
