"""Whose words an excerpt is: the author's own, or what somebody else says, is quoted with, or is contradicted for.

Read off cues, quotation marks and a little of how sentences hang together, without a language model. A wrong mark is
worse than none: where it is not sure, a sentence is taken for the author's own. Everything is read in a window of
bounded length, and so in bounded time.
"""

import re
from dataclasses import dataclass, replace

from index.sentences import sentences_of
from index.types import Document, Span
from rag.cues import Told, cues_in, is_finding, is_hearsay, is_numbered, is_supposed
from rag.cues_english import cues_in_english, is_hearsay_english, is_supposed_english
from rag.layout import block_quote, introduced_by, is_note, paragraph_start, quoted_by, turn_of
from rag.speakers import own_names, speaker_in, subject_of
from rag.types import Kind, Reported

BEFORE, AFTER = 1_000, 300  # characters of a paragraph that are read around an excerpt
LONGEST = 600  # of an excerpt
LEAST = 0.3  # of a sentence that has to be told, or the sentence is about something else
WHOLE = 20  # characters of a sentence that is a quotation, and not a name or a slogan
MARKER = 8  # characters of a list's marker
HELD = 3  # sentences that one 有人认为 reaches over

_AGAINST = (
    r"但是?|然而|可是|不过|其实|殊不知|实际上|事实上|恰恰相反|相反|并非如此|非也|错[了！。]|不对|只是因为|"
    r"[Bb]ut\b|[Hh]owever\b|[Yy]et\b|[Ii]n fact\b|[Aa]ctually\b|[Ii]n reality\b|[Tt]he truth is\b|[Nn]ot so\b"
)
_DISSENT = (
    r"(?:但|不过|可|可是|然而)?(?:我们?|笔者|本人)(?:并|却|完全|很|都|倒)?(?:不|不能|难以|无法|不敢)(?:同意|认同|"
    r"赞成|赞同|这么|这样|苟同|以为然|认为|觉得)|"
    r"这(?:种|个|些|一|句)?(?:观点|看法|说法|想法|论调|话|判断|解释)?(?:其实|显然|当然|完全|恐怕|是|"
    r"并){0,2}(?:错|不对|不成立|站不住脚|有失偏颇|是?误解|是?误区|荒谬|不正确|没有道理)|"
    r"(?:恰恰相反|并非如此|其实不然|事实并非如此|非也)|"
    r"\b(?:I|[Ww]e) (?:disagree|do not agree|don[’']t agree|do not think so|beg to differ|don[’']t buy)|"
    r"\b[Tt]h(?:is|at|ey) (?:view |argument |claim |idea |belief )?(?:is|are|was|were) (?:simply |plainly |"
    r"quite |just |dead )?(?:wrong|false|mistaken|misguided|untrue|nonsense|a myth)"
)
_TURN = re.compile(rf"(?:[，,。；;：:？?！!—…]|(?<=[.,;?!])\s)\s*(?:{_AGAINST})")
_TURNS = re.compile(rf"\s*(?:{_AGAINST})")
_DISSENTS = re.compile(_DISSENT)
_GOES_ON = re.compile(r"因为|由于|也就是说|换句话说|换言之|即|按他|照他|Because\b|That is,|In other words")
_FOLLOWS = re.compile(
    r"所以|因此|因为|于是|只要|那么|而且|并且|也就是说|换句话说|换言之|So\b|Therefore\b|Because\b|Hence\b"
)
_POINTS = re.compile(r"[说讲提给列谈][了出到过]{0,2}(?:以下|如下|这)?[两二三四五六七八九几\d]{1,2}[大个条点种项]")
_CLOSES = re.compile("[”」]")
_GIVES = re.compile(r"(?:列|给|总结|归纳|概括|列举|提|讲|说|谈|介绍)(?:出|了|到)")
_ORDINAL = re.compile(
    r"(?:第[一二三四五六七八九十]|其[一二三四五六七八九]|[一二三四]是|首先|其次|再次|最后|First|Second|Third)"
)
_ANAPHORA = re.compile(r"的?第[一二三四五六七八九十\d]{1,2}[个条点](?:观点|看法|意见|主张|论点|理由)")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A sentence with what stands around it in its paragraph, which is cut into sentences only where it is needed."""

    document: Document
    sentence: Span
    start: int  # of the paragraph, as far as it is read
    end: int

    @property
    def text(self) -> str:
        return self.document.text

    @property
    def before(self) -> list[Span]:
        return sentences_of(self.text, Span(self.start, self.sentence.start))

    @property
    def after(self) -> list[Span]:
        return sentences_of(self.text, Span(self.sentence.end, self.end))


def attribution(document: Document, span: Span) -> Reported | None:
    """Whose words a cited sentence or two are; None for the author's own. Of two sentences, the longer one counts."""
    span = Span(span.start, min(span.end, span.start + LONGEST))
    start = paragraph_start(document, span.start, BEFORE)
    set_apart = _set_off(document, span) or turn_of(document, start)
    if set_apart:
        return set_apart
    end = document.text.find("\n", span.end, span.end + AFTER)
    end = end if end >= 0 else min(len(document.text), span.end + AFTER)
    cited = sentences_of(document.text, span) or [span]
    found = {sentence: _reported(_Reading(document, sentence, start, end)) for sentence in cited}
    known = {sentence: reported for sentence, reported in found.items() if reported}
    told = sum(sentence.end - sentence.start for sentence in known)
    most = 2 * told >= sum(sentence.end - sentence.start for sentence in cited)
    return _together(list(known.values())) if known and most else None


def _together(found: list[Reported]) -> Reported:
    """Of two sentences that are told of two people, nobody is named."""
    first = found[0]
    if any(other.kind != first.kind for other in found):
        first = replace(first, kind="reported")
    return first if all(other.speaker == first.speaker for other in found) else replace(first, speaker="", named=None)


def _reported(reading: _Reading) -> Reported | None:
    return _directly(reading) or _inside(reading) or _carried_on(reading) or _listed(reading)


def _told(document: Document, sentence: Span) -> Told | None:
    """The first cue of a sentence that is somebody else's."""
    cues = cues_in if document.language == "zh" else cues_in_english
    for told in cues(document.text, sentence):
        if told.speaker and told.speaker.sort == "own":
            return None
        if not (_is_author(document, told) or _is_beside(document, sentence, told)):
            return told
    return None


def _any_told(document: Document, sentence: Span) -> Told | None:
    """As `_told`, however little of the sentence is told: what is, follows it."""
    cues = cues_in if document.language == "zh" else cues_in_english
    told = next(cues(document.text, sentence), None)
    own = told is None or (told.speaker is not None and told.speaker.sort == "own") or _is_author(document, told)
    return None if own else told


def _is_author(document: Document, told: Told) -> bool:
    """Of a digest 他 is the author whose essay it sums up."""
    if told.speaker is None:
        return False
    name = document.text[slice(*told.speaker.span)]
    if document.digest and told.speaker.sort == "pronoun":
        return True
    return any(own in name for own in own_names(document.author))


def _is_beside(document: Document, sentence: Span, told: Told) -> bool:
    """Whether most of the sentence is about something else."""
    return not _ends_quotation(document.text, told.cue.start, sentence.start) and sentence.end - told.after < LEAST * (
        sentence.end - sentence.start
    )


def _directly(reading: _Reading) -> Reported | None:
    told = _told(reading.document, reading.sentence)
    if told is None:
        return None
    text = reading.text
    against = _is_contradicted(reading, told)
    if is_supposed(text, told) or is_supposed_english(text, told):
        return Reported("rebutted", "", told.cue) if against else None
    if text[slice(*reading.sentence)].rstrip('”」" ').endswith(("？", "?")) and _asks(reading, told):
        return None
    named = _named(reading, told)
    speaker = text[slice(*named)] if named else ""
    kind: Kind = "quoted" if _is_quotation(reading, told) else "reported"
    return Reported("rebutted" if told.wrong or against else kind, speaker, told.cue, named)


def _asks(reading: _Reading, told: Told) -> bool:
    """X 真的认为 …吗？ But 有人会问：…？ does tell what is asked."""
    return (
        told.speaker is not None
        and told.speaker.sort != "vague"
        and reading.text[told.after : told.after + 1] not in "：:，,“"
    )


def _is_quotation(reading: _Reading, told: Told) -> bool:
    if told.word_for_word:
        return True
    return _ends_quotation(reading.text, told.cue.start, reading.sentence.start)


def _ends_quotation(text: str, at: int, start: int) -> bool:
    """Whether the cue at `at` stands behind a quotation: “…”，他说。"""
    before = text[max(start, at - 2) : at]
    opened = max(text.rfind(mark, start, max(start, at - 8)) for mark in '“「"')  # or it is a name or a term
    return opened >= 0 and bool(re.search(r"[”」\"][，, ]?$", before))


def _named(reading: _Reading, told: Told) -> Span | None:
    """Who it is told of; for 他, whoever was named last in the paragraph."""
    if told.speaker and told.speaker.sort != "pronoun":
        return told.speaker.span
    if told.speaker is None:
        return _numbered(reading, told)
    document = reading.document
    for sentence in (reading.sentence, *reversed(reading.before)):
        limit = told.cue.start if sentence == reading.sentence else sentence.end
        named = _last_named(document, Span(sentence.start, limit))
        if named:
            return named
    return None


def _last_named(document: Document, part: Span) -> Span | None:
    cues = cues_in if document.language == "zh" else cues_in_english
    named = [told.speaker.span for told in cues(document.text, part) if told.speaker and told.speaker.sort == "named"]
    if named:
        return named[-1]
    return subject_of(document.text, part) if document.language == "zh" else None


def _numbered(reading: _Reading, told: Told) -> Span | None:
    """第二个观点是: of whoever the first one was of, a paragraph or so before."""
    text, at = reading.text, reading.sentence.start
    if not is_numbered(text, told):
        return None
    for match in reversed(list(_ANAPHORA.finditer(text, max(0, at - BEFORE), at))):
        speaker = speaker_in(text, max(match.start() - 24, text.rfind("\n", 0, match.start()) + 1), match.start())
        if speaker and speaker.sort == "named":
            return speaker.span
    return None


def _is_contradicted(reading: _Reading, told: Told) -> bool:
    """Whether the author then says that it is not so."""
    text, rest = reading.text, Span(told.after, reading.sentence.end)
    following = reading.after[:2]
    if _DISSENTS.search(text, *rest) or (following and _DISSENTS.match(text, *following[0])):
        return True
    if told.speaker and told.speaker.sort != "vague":
        return False
    if (
        is_finding(text, told)
        or is_hearsay(text, told)
        or is_hearsay_english(text, told)
        or (told.speaker is None and is_numbered(text, told))
    ):
        return False
    turn = _TURN.search(text, *rest)
    if turn:
        concedes = re.search(
            r"虽|尽管|(?<!是)不[是仅但]|[Aa]lthough|[Nn]ot only|[Ww]hile", text[rest.start : turn.start()]
        )
        return not concedes and not _has_other_voice(reading.document, Span(turn.end(), rest.end))
    for sentence in following:
        if _TURNS.match(text, *sentence):
            return not _has_other_voice(reading.document, sentence)
        if not _FOLLOWS.match(text, *sentence):
            return False
    return False


def _has_other_voice(document: Document, part: Span) -> bool:
    """但也有人认为: then it is others who contradict."""
    told = _told(document, part)
    return told is not None and not (told.speaker and told.speaker.sort == "own")


def _inside(reading: _Reading) -> Reported | None:
    """A sentence of a quotation that began before it, or that is one."""
    text, sentence, start = reading.text, reading.sentence, reading.start
    whole = text[sentence.start] in "“「" and text[sentence.end - 1] in "”」" and sentence.end - sentence.start >= WHOLE
    if whole and text.count("“", *sentence) + text.count("「", *sentence) == 1:
        return _by_opener(reading, sentence.start)
    opened = max(text.rfind("“", start, sentence.start), text.rfind("「", start, sentence.start))
    closed = max(text.rfind("”", start, sentence.start), text.rfind("」", start, sentence.start))
    closes = _CLOSES.search(text, sentence.start, sentence.end + AFTER) if opened > closed else None
    return _by_opener(reading, opened) if closes and closes.end() >= (sentence.start + sentence.end) // 2 else None


def _by_opener(reading: _Reading, opened: int) -> Reported | None:
    """Of a quotation, by the sentence in front of it. Without one it has to stand at the head of its paragraph."""
    document, text = reading.document, reading.text
    opener = next((one for one in reversed(reading.before) if one.start <= opened), None)
    if opener is None or opener.start == opened:
        head = text[max(0, opened - 1) : opened] in ("", "\n")
        return Reported("quoted", "", Span(opened, opened + 1)) if head else None
    told = _any_told(document, opener)
    if told is None or told.cue.start > opened:
        return None
    named = _named(replace(reading, sentence=opener), told)
    return Reported("quoted", text[slice(*named)] if named else "", told.cue, named)


def _carried_on(reading: _Reading) -> Reported | None:
    """因为…: what goes on from the sentence before, which is told of somebody."""
    text, sentence = reading.text, reading.sentence
    explains, follows = _GOES_ON.match(text, *sentence), _FOLLOWS.match(text, *sentence)
    if not explains and not follows:
        return None
    for back, earlier in enumerate(reversed(reading.before[-HELD:])):
        found = _directly(replace(reading, sentence=earlier))
        if found and found.kind == "rebutted":
            alone = _directly(replace(reading, sentence=earlier, end=earlier.end))
            return found if follows and alone and alone.kind != "rebutted" else None
        if found or not _FOLLOWS.match(text, *earlier):
            return found if explains and back == 0 else None
    return None


def _listed(reading: _Reading) -> Reported | None:
    """第二，…: a point of several that somebody is said to have made; or what stands under a line with a colon."""
    document, text, sentence = reading.document, reading.text, reading.sentence
    if _ORDINAL.match(text, *sentence):
        for earlier in reversed(reading.before):
            if _POINTS.search(text, *earlier):
                return _introduced(document, earlier)
    if sentence.start - reading.start > MARKER:
        return None
    line = introduced_by(document, sentence.start)
    last = sentences_of(text, line) if line else []
    return _introduced(document, last[-1]) if last else None


def _introduced(document: Document, opener: Span) -> Reported | None:
    """By a sentence that says of somebody that they said what follows."""
    text = document.text
    told = _any_told(document, opener)
    if told:
        named = _named(_Reading(document, opener, *opener), told)
        return Reported("reported", text[slice(*named)] if named else "", told.cue, named)
    gives = _GIVES.search(text, *opener)
    speaker = speaker_in(text, opener.start, gives.start()) if gives else None
    if gives is None or speaker is None or speaker.sort not in ("named", "vague"):
        return None
    cue = Span(speaker.span.start, gives.end())
    return (
        None
        if _is_author(document, Told(cue, speaker, gives.end()))
        else Reported("reported", text[slice(*speaker.span)], cue, speaker.span)
    )


def _set_off(document: Document, span: Span) -> Reported | None:
    """A block quote, by whoever it is signed with or the line above it names."""
    block = block_quote(document, span)
    if block is None:
        return None
    cue = Span(block.start, block.start + 1)
    signed = quoted_by(document, block)
    if signed:
        return Reported("quoted", document.text[slice(*signed)], cue, signed)
    line = introduced_by(document, block.start)
    last = sentences_of(document.text, line) if line else []
    by = _introduced(document, last[-1]) if last else None
    if by:
        return replace(by, kind="quoted")
    return None if is_note(document, block) else Reported("quoted", "", cue)
