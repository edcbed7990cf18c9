"""Is a quotation what an essay says? Exact, the same but for its marks, altered, or absent."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from index.terms import written_otherwise
from index.types import Document, Span
from rag.alignment import Change, changed_marks, changes, tokens_of
from rag.particulars import DENIES, ENGLISH, is_negation, negations, numbers, same_hyphens, same_units
from rag.places import fold_text, letters_of, starts
from rag.stretches import Essays, Stretch

FEWEST = 5  # weight; of a shorter quotation nobody can tell whether it is altered or another text
EVIDENT = 25  # weight of one stretch; whatever else there is, that much was taken from an essay
SHORT = 10  # weight; of a quotation up to that length more must be the same
ALIKE, ALIKE_SHORT = 0.5, 0.6  # shares of its weight that an altered quotation still has in common with its sources
PLACES = 100  # that are looked at for one without a number or a negation that the quotation cuts
NEAR = 400  # characters between two stretches that are still one place
SHOWN = 60  # characters of what was left out, at its beginning and at its end
EDGE = 6  # tokens at the beginning or end that may be replaced

_ENDS = re.compile(r"[。！？!?\n]|\.(?=\s|$)|……")
_STOP = re.compile(r"[。！？!?\n；;]")
_CLOSING = "，。；：！？、）」』”’…,.;:!?)]\"' \n\t"
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_NUMERALS = "0-9０-９零〇一二三四五六七八九十百千万亿两"
_NUMERAL = re.compile(rf"[{_NUMERALS}]|(?<![a-z])(?:{ENGLISH})(?![a-z])", re.IGNORECASE)
_SCALE = re.compile("[万亿]|hundred|thousand|[mb]illion|trillion", re.IGNORECASE)
_CUT_BEFORE = re.compile(
    rf"(?:[{_NUMERALS}]+分之|(?<![\w)\]–‐‑−‒—―-])[-−–‒—―]|[0-9０-９]+[.．,，:/^]?|[{_NUMERALS}]+"
    rf"|(?<![a-z])(?:(?:{ENGLISH})(?:[\s-]|\s+and\s+))+)$",
    re.IGNORECASE,
)
_SCALED_BEFORE = re.compile(r"[0-9０-９][0-9０-９.,]*\s$")
_CUT_AFTER = re.compile(
    rf"(?:[{_NUMERALS}]+|[.．,，:/^][0-9０-９]+|[⁰¹²³⁴-⁹]+|\^[0-9]+|(?<=[0-9０-９])[{_LATIN}]+)*"
    r"(?:\s?[%％‰]|\s?(?:[万亿]+|倍)|\s?成(?![为功立本分员长果熟就绩都语交品型像])|\s?per\s?cent(?![a-z]))?"
    rf"(?:(?:[\s-]|(?:(?<=hundred)|(?<=thousand)|(?<=million))\s+and\s+)(?:{ENGLISH})(?![a-z]))*",
    re.IGNORECASE,
)
_ENDS_IN_NUMERAL = re.compile(rf"(?:[{_NUMERALS}]|(?<![a-z])(?:{ENGLISH}))$", re.IGNORECASE)
_REST_OF_WORD = re.compile(
    rf"(?<=[{_LATIN}])(?:[{_LATIN}]{{1,30}}(?:['’＇][{_LATIN}]{{1,9}})?|['’＇]t)(?![{_LATIN}])", re.IGNORECASE
)
_INFLECTION = re.compile(rf"(?:e?s|['’＇](?:s|re|ve|ll|d|m))(?![{_LATIN}])", re.IGNORECASE)
_BEGINNING_OF_WORD = re.compile(rf"(?<![{_LATIN}])[{_LATIN}]{{1,19}}$")
_MAY_BE_DENIED = re.compile(
    r"(?<![a-z])(?:am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)$",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"不(?:了(?![解结])|得(?![不已而])|起(?![眼诉来]))"
    r"|\s(?:not(?!\s(?:only|just|merely|simply))|never|hardly|scarcely|barely)(?![a-z])",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(
    rf"(?:[沒無別]|沒有|難以|並非|(?:{DENIES})(?:(?<=[a-z])\s+)?)$|(?<![A-Za-z])(?:un|non|in|im|ir|il|dis)-?$",
    re.IGNORECASE,
)
_UNIT = re.compile("[\"'″′”’＂＇]")
_IS_LATIN = re.compile(f"[{_LATIN}]")
_MEASURE = re.compile(f"倍|[{_LATIN}]")


@dataclass(frozen=True, slots=True)
class Checked:
    """`verdict`: exact; normalised (only width, case, spacing, punctuation, Traditional or Simplified differ);
    altered; absent."""

    quote: str
    verdict: str
    document: Document | None = None
    span: Span | None = None
    changes: tuple[Change, ...] = ()  # of an altered one, from its beginning to its end
    alarms: tuple[str, ...] = ()  # of an altered one: "negation", "number"

    @property
    def difference(self) -> str:
        """The quotation with what it drops as [-…-] and what it adds as {+…+}."""
        return "".join(map(_said, self.changes)).strip()


def check(quote: str, documents: Sequence[Document] | Essays) -> Checked:
    """Compare one quotation with every essay. Of several places it is the first one of the first essay by name."""
    essays = documents if isinstance(documents, Essays) else Essays(documents)
    quote = quote.encode("utf-8", "replace").decode("utf-8")
    wanted = quote.strip()
    letters = letters_of(wanted)
    if not letters:
        return Checked(quote, "absent")
    cut: tuple[Document, Span] | None = None
    for verdict, found in (("exact", _exactly(wanted, essays)), ("normalised", _nearly(letters, essays))):
        for document, span in islice(found, PLACES):
            if _says_the_same(document, span, wanted):
                return Checked(quote, verdict, document, span)
            cut = cut or (document, span)
    if cut is not None:
        document, span = cut
        whole = _whole(document.text, span)
        if (behind := _UNIT.match(document.text, whole.end)) and _UNIT.match(wanted[-1]):
            whole = Span(whole.start, behind.end())
        checked = _altered(quote, [Stretch(document, whole, Span(0, len(wanted)), 0)])
        return _without_measure(checked, document.text[max(0, span.end - 20) : span.end], whole.end > span.end)
    return _put_together(quote, essays)


def _without_measure(checked: Checked, last: str, cut: bool) -> Checked:
    """3 for 3倍 is another number, though the numeral is the same."""
    if not cut or "number" in checked.alarms or not _ENDS_IN_NUMERAL.search(last):
        return checked
    return replace(checked, alarms=(*checked.alarms, "number"))


def _exactly(wanted: str, essays: Essays) -> Iterator[tuple[Document, Span]]:
    for document in essays.documents:
        for at in starts(wanted, document.text):
            yield document, Span(at, at + len(wanted))


def _nearly(letters: str, essays: Essays) -> Iterator[tuple[Document, Span]]:
    for at in starts(letters, essays.letters):
        yield essays.span(at, at + len(letters))


def _says_the_same(document: Document, span: Span, quote: str) -> bool:
    """Whether numbers and negations are the quotation's, those too that begin before it or end after it, and no word is
    cut."""
    whole = _whole(document.text, span)
    text = document.text[whole.start : whole.end]
    if whole == span and text == quote:
        return True
    behind = _UNIT.match(document.text, whole.end)  # the place of a quotation that is not exact ends with a letter
    units = same_units(text + (behind[0] if behind and _UNIT.match(quote[-1]) else ""), quote)
    if _cuts_word(document.text, span, whole) or not (units and same_hyphens(text, quote)):
        return False
    return numbers(text) == numbers(quote) and negations(text) == negations(quote) and not _denied(text, quote)


def _cuts_word(text: str, span: Span, whole: Span) -> bool:
    before = whole.start < span.start and _IS_LATIN.match(text, span.start - 1) and _IS_LATIN.match(text, span.start)
    return bool(before or _MEASURE.search(text, span.end, whole.end))


def _denied(source: str, quote: str) -> bool:
    return any(is_negation(change.before, change.after) for change in changes(source, quote) if not change.same)


def _whole(text: str, span: Span) -> Span:
    """With what belongs to its first word or number, or its last, and is left out: 不 before 可能, % after 5."""
    return Span(_beginning(text, span.start), _end(text, span.end))


def _beginning(text: str, at: int) -> int:
    start = at
    if _NUMERAL.match(text, at):
        start = _from(_CUT_BEFORE, text, at)
        start = _from(_SCALED_BEFORE, text, at) if start == at and _SCALE.match(text, at) else start
    start = _denied_before(text, at) if start == at else start
    return _from(_BEGINNING_OF_WORD, text, at) if start == at and _IS_LATIN.match(text, at) else start


def _denied_before(text: str, at: int) -> int:
    """But 特别 before 重要 denies nothing."""
    start = _from(_DENIED_BEFORE, text, at)
    first = max(0, at - 20)
    prefix = _IS_LATIN.match(text, at) and text[at - 1 : at].strip()
    return start if prefix or negations(text[first:start]) != negations(text[first:at]) else at


def _end(text: str, at: int) -> int:
    last = text[max(0, at - 20) : at]
    patterns = (
        (_CUT_AFTER, bool(_ENDS_IN_NUMERAL.search(last))),
        (_REST_OF_WORD, not _INFLECTION.match(text, at)),
        (_DENIED_AFTER, text[at : at + 1] == "不" or bool(_MAY_BE_DENIED.search(last))),
    )
    matches = (pattern.match(text, at) for pattern, applies in patterns if applies)
    return max((match.end() for match in matches if match), default=at)


def _from(pattern: "re.Pattern[str]", text: str, start: int) -> int:
    """Where what ends at `start` begins."""
    before = text[max(0, start - 20) : start]
    match = pattern.search(before)
    return start - len(before) + match.start() if match else start


def _put_together(quote: str, essays: Essays) -> Checked:
    stretches = essays.cover(quote)
    weight = sum(token.weight for token in tokens_of(quote))
    needed = ALIKE if weight > SHORT else ALIKE_SHORT
    shared = [one.weight for one in stretches]
    if weight < FEWEST or (sum(shared) < needed * weight and max(shared, default=0) < EVIDENT):
        return Checked(quote, "absent")
    completed = _completed(stretches, quote)
    checked = _altered(quote, completed)
    return _written_otherwise(checked, completed) or checked


def _written_otherwise(checked: Checked, stretches: Sequence[Stretch]) -> Checked | None:
    """Where it is the same in Traditional characters, though its characters one by one are not."""
    if len(stretches) > 1 or checked.alarms:
        return None
    document, span = stretches[0].document, stretches[0].span
    letters = letters_of(checked.quote)
    if any(letters_of(text) == letters for text in written_otherwise(document.text[span.start : span.end])):
        return Checked(checked.quote, "normalised", document, span)
    return None


def _completed(stretches: Sequence[Stretch], quote: str) -> list[Stretch]:
    """With what the first word and the last one took the place of."""
    first, last = stretches[0], stretches[-1]
    before = tokens_of(quote[: first.quote.start])
    text = first.document.text
    start = _whole(text, first.span).start
    if before:
        start = _before(text, start, letters_of(quote[: first.quote.start]), len(before))
    done = [Stretch(first.document, Span(start, first.span.end), Span(0, first.quote.end), first.weight)]
    done += stretches[1:]
    after, last, text = tokens_of(quote[last.quote.end :]), done[-1], stretches[-1].document.text
    end = _whole(text, last.span).end
    if after:
        end = _after(text, last.span.end, letters_of(quote[last.quote.end :]), len(after))
    done[-1] = Stretch(last.document, Span(last.span.start, end), Span(last.quote.start, len(quote)), last.weight)
    return done


def _before(text: str, start: int, letters: str, count: int) -> int:
    """Where a quotation's first `count` tokens stand a little before, if they do: a clause was left out. Otherwise as
    many tokens before, if they are few, and no further than the sentence."""
    sentence = _ENDS.split(text[max(0, start - NEAR) : start])[-1]
    near = fold_text(sentence)
    at = near.letters.rfind(letters)
    if at >= 0 and len(letters) > 1:
        return start - len(sentence) + int(near.places[at])
    if count > EDGE:
        return start
    window = text[max(0, start - 20 * count) : start]
    stops = [match.end() for match in _STOP.finditer(window)]
    tokens = [token for token in tokens_of(window) if token.start >= (stops[-1] if stops else 0)]
    return start - len(window) + tokens[-count:][0].start if tokens else start


def _after(text: str, end: int, letters: str, count: int) -> int:
    near = fold_text(_ENDS.split(text[end : end + NEAR])[0])
    at = near.letters.find(letters)
    if at >= 0 and len(letters) > 1:
        return end + near.span(at, at + len(letters)).end
    if count > EDGE:
        return end
    window = text[end : end + 20 * count]
    stop = _STOP.search(window)
    tokens = [token for token in tokens_of(window) if token.end <= (stop.start() if stop else len(window))]
    return end + tokens[:count][-1].end if tokens else end


def _altered(quote: str, stretches: Sequence[Stretch]) -> Checked:
    stretches = _joined(stretches)
    best = max(stretches, key=lambda one: one.weight)
    parts = [
        changes(
            one.document.text[one.span.start : one.span.end],
            quote[one.quote.start : after.quote.start if after else len(quote)],
        )
        for one, after in zip(stretches, [*stretches[1:], None], strict=True)
    ]
    shown = list(parts[0])
    for (one, other), part in zip(pairwise(stretches), parts[1:], strict=True):
        shown += [Change(_left_out(one, other), "", same=False, left_out=True), *part]
    if all(change.same for change in shown):
        shown = changed_marks(best.document.text[best.span.start : best.span.end], quote)
    return Checked(quote, "altered", best.document, best.span, tuple(shown), _alarms(quote, stretches, parts))


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Those between which not even a sentence was left out are one."""
    joined = [stretches[0]]
    for one in stretches[1:]:
        last = joined[-1]
        gap = one.span.start - last.span.end
        near = one.document.name == last.document.name and 0 <= gap <= NEAR
        if near and not _ENDS.search(one.document.text[last.span.end : one.span.start].strip()[:-1]):
            whole, part = Span(last.span.start, one.span.end), Span(last.quote.start, one.quote.end)
            joined[-1] = Stretch(last.document, whole, part, last.weight + one.weight)
        else:
            joined.append(one)
    return joined


def _left_out(one: Stretch, other: Stretch) -> str:
    """What stands between them in the essay; of much, the ends; nothing where it is another essay, or before."""
    if one.document.name != other.document.name or other.span.start < one.span.end:
        return "…"
    text = " ".join(one.document.text[one.span.end : other.span.start].lstrip(_CLOSING).split())
    return text if len(text) <= 2 * SHOWN else f"{text[:SHOWN]}…{text[-SHOWN:]}"


def _said(change: Change) -> str:
    if change.same:
        return change.after
    return (f"[-{change.before}-]" if change.before else "") + (f"{{+{change.after}+}}" if change.after else "")


def _alarms(quote: str, stretches: Sequence[Stretch], parts: Sequence[Sequence[Change]]) -> tuple[str, ...]:
    """Clauses that are left out as a whole say nothing about the rest."""
    source = "\n".join(_said_at_all(one, part) for one, part in zip(stretches, parts, strict=True))
    different = [change for part in parts for change in part if not change.same and not change.left_out]
    flipped = negations(source) != negations(quote) or any(is_negation(one.before, one.after) for one in different)
    other = numbers(source) != numbers(quote) or not same_units(source, quote)
    return (*(("negation",) if flipped else ()), *(("number",) if other else ()))


def _said_at_all(stretch: Stretch, part: Sequence[Change]) -> str:
    text = stretch.document.text[stretch.span.start : stretch.span.end]
    for change in reversed(part):
        if change.left_out:
            text = text[: change.at] + text[change.at + len(change.before) :]
    return text
