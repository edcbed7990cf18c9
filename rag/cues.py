"""The words that say that a view is somebody else's, in Chinese.

Each pattern is bounded and is read in a sentence or two, so that no text makes it slow. What is read here is only that
something is told, of whom, and where; how far that reaches is `rag.reported`'s matter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.types import Span
from rag.speakers import CONDITION, ESSAYS, LINKS, OWN, WRITING, Speaker, speaker_in


@dataclass(frozen=True, slots=True)
class Told:
    """A cue. `after`: where what is told begins. `speaker`: None where the essay says of nobody."""

    cue: Span
    speaker: Speaker | None
    after: int
    wrong: bool = False  # the cue itself says that it is not so: 误区
    word_for_word: bool = False


_CLAUSE = re.compile(r"[，,。；;：:！？!?、\n（）()“”\"「」『』—…]")
_HEAD = 48  # characters in front of a verb that are read
# These take a clause; behind the others a mark of punctuation or 说 has to stand, since they take a noun as well.
_THINKS = (
    r"认为|觉得|以为|主张|指出|声称|宣称|坚称|断言|坦言|直言|强调|预测|预言|预计|估计|推测|猜测|相信|担心|建议|"
    r"承认|透露|提醒|"
    r"呼吁|发现|号称|自称"
)
_SAYS = (
    r"说|讲|表示|解释|分享|补充|总结|提到|提出|写|问|答|回答|"
    r"反驳|质疑|批评|抱怨|感叹|回忆|调侃|评论|告诉(?:我们?|记者|大家)|称(?![帝王霸臣病赞职呼为之号雄心])|显示|表明|警告"
)
_VERB = re.compile(rf"(?P<thinks>{_THINKS})(?!的|了的|过的|力|性)|(?P<says>{_SAYS})(?:着|了|过)?")
WRITTEN = ("显示", "表明", "称")  # of a report as of a person
_OPENS = re.compile(r"\s*(?:道|说)?\s*[：:，,]?\s*[“「『\"]")
_STOPS = re.compile(r"\s*(?:道|说|到)?(?:[，,：:。！!]|\s*[“「『]|$)")
_SAID = re.compile(  # 他说大模型…: what 说 takes without a mark; and what is no 说 at all
    r"(?!明|法|到|不定|不上|不清|白|服|起|来|实话|教|客|辞|书|唱|一声|完|出|好|得|的|穿|漏|谎|话|给|清)"
)
_NOT_SAY = re.compile(
    r"(?:可以|应该|不得不|只能|来|一般来|总的来|比如|例如|换句话|也就是|具体|简单|听|据|虽|再|话|所|按理|难|如果|"
    r"好|小|学|传|且|或者|或|"
    r"不用|更不用|甚至可以|严格|老实|坦白|一|俗话|常言|想|解|游|胡|瞎|乱|演|诉|论|假|长|短|图|邮|数|点|叙|"
    r"名|简|俗|全|通|别|对|职|自|统|著|宣|声|号|堪|谓)$"
)
_TRIVIAL = re.compile(r"[是：:]?(?:不|很|比较|非常|完全)?(?:对|错|正确|合理|有道理|一致|[^，。]{0,6}的)[。，！]?$")

_VIEW = r"(?:观点|看法|意见|主张|论点|说法|判断|立场|论调|结论|解释|回答)"
_NTH = r"(?:第[一二三四五六七八九十\d]{1,2}[个条点]|另一个|一个|主要|核心|基本|最后一个)?"
_THAT = r"(?:概括起来|总结起来|归纳起来|大致|大意|主要|就|则|也|其实)?(?:是(?![不否错对])|[：:])"
_POSSESSED = re.compile(rf"的?{_NTH}{_VIEW}{_THAT}")
_WHO = r"(?P<who>[^，,。；;：:！？!?、\n（）()“”]{1,16}?)"
_BY = r"(?:按照?|照|依照?|根据|据)"
_PHRASES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_BY}{_WHO}的?(?:说法|看法|观点|解释|介绍|报道|统计|估[计算]|披露|回忆|判断|意见|之见)(?:来?[看说讲])?",
        rf"{_BY}(?P<who>[^，,。；;：:！？!?、\n（）()“”]{{1,14}}?{WRITING})(?:(?:中(?!心)|里)|显示|称|(?=[，,：:]))",
        rf"[在照]{_WHO}(?:看来|眼里|眼中)",
        rf"(?:借用|套用|用|引用?|援引|按){_WHO}(?:自己)?的(?:一句)?(?:话|名言|原话)(?:来?[说讲])?",
        r"(?:引用?|援引)(?P<who>[^，,。；;：:！？!?、\n（）()“”]{1,40}?一[文书])(?=[：:，,])",
        rf"正?如{_WHO}所(?:说|言|写|指出|述)(?:的那样)?(?=[，,：:])",
    )
)
_QUOTES = re.compile(rf"(?:引用|引|套用|借用|转述|[Qq]uote)\s*{_WHO}的?(?:一句|那句|这句)(?:话|名言|老话)[是，,：:]?")
_WRITES = re.compile(rf"在?(?P<who>[^，,。；;：:！？!?、\n（）()“”]{{1,20}}?{ESSAYS})(?:中(?!心)|里)")
_CLAIMED = re.compile(
    r"(?<![数根依论证占凭单票收字])据(?:说|称|悉|传(?![统输递真染奇]))(?!不)|相传|传闻|传说(?!中)|网传|坊间传|听说(?!过)|网上流传|"
    r"(?:有|一种|有一?种|有个|另一?种|常见的|流行的|主流的|传统的|普遍的)(?:常见的?|流行的?|主流的?)?(?:观点|"
    r"看法|说法|论调|声音|意见|消息|传言)(?:是(?![不否错对])|认为|称|说|觉得|[：:])|"
    r"(?:普遍|一般|通常|广泛)(?:都)?(?:认为|觉得|相信)(?!的)|[这那]种(?:观点|看法|说法|论调)(?:认为|声称|主张)"
)
_HEARSAY = re.compile(r"据|号称|相传|传闻|传说|网传|坊间传|听说|网上流传|[^认]{0,20}(?:号称|自称)$")
_HEARD = re.compile(
    r"(?:听到|听见|看到|读到|见到|听)(?:过)?(?:有人|大家|很多人|不少人)?(?:一[个种句]|这样(?:一[个种句])?的?|"
    r"这种)[^，。：]{0,4}"
    r"(?:观点|论调|看法|说法|声音|意见|话)(?:是|说|认为|[，,：:])"
)
_WRONG = re.compile(
    r"(?:误区|误解|谬误|迷思|谣言|误会|错误(?:的?)(?:观念|认识|看法|想法))(?:之一|"
    r"在于)?(?:就)?(?:是(?![不否什怎])|认为|[：:，,])|误以为|误认为|错误地认为|想当然地(?:认为|以为)"
)
_YOU = re.compile(
    r"[你您](?:们)?(?:这里|这时)?(?:可能|也许|或许|大概|一定)?[会要](?:说|问|觉得|认为|想|反驳|质疑)(?!到|着)"
)
_STANCE = re.compile(
    rf"(?:{OWN})们?(?:也|都|并|还|曾|一直|始终|更|其实|不|不太|很|完全){{0,3}}(?:认为|觉得|以为|想说|想|看|相信|"
    rf"主张|同意|认同|赞成|反对|猜|"
    r"怀疑|发现|知道|感觉|担心|预测|建议|说)"
)


def cues_in(text: str, sentence: Span) -> Iterator[Told]:
    """Every cue of a sentence, in order; those that are somebody's own words about themselves are told of "own"."""
    found = [*_verbs(text, sentence), *_phrases(text, sentence), *_bare(text, sentence), *_possessed(text, sentence)]
    stance = _STANCE.search(text, *sentence)
    for told in sorted(found, key=lambda told: (told.cue.start, -told.cue.end)):
        if stance and stance.start() < told.cue.start:
            return
        if not _aside(text, sentence, told.cue.start):
            yield told


def _clause_start(text: str, sentence: Span, at: int) -> int:
    least = max(sentence.start, at - _HEAD)
    ends = [match.end() for match in _CLAUSE.finditer(text, least, at)]
    return ends[-1] if ends else least


def _verbs(text: str, sentence: Span) -> Iterator[Told]:
    for verb in _VERB.finditer(text, *sentence):
        start = _clause_start(text, sentence, verb.start())
        if verb["says"] and not _says(text, sentence, verb, start):
            continue
        speaker = speaker_in(text, start, verb.start())
        nobody = verb[0] == "号称" and not text[start : verb.start()].strip()
        if speaker is None and not nobody:
            continue
        if verb[0] == "发现" and speaker and text[slice(*speaker.span)].endswith(("人", "们", "大家")):
            continue  # which is how things are told that happened
        if verb[0] in ("显示", "表明") and not (speaker and re.search(WRITING + "$", text[slice(*speaker.span)])):
            continue
        cue = Span(speaker.span.start if speaker else start, verb.end())
        yield Told(cue, speaker, verb.end(), word_for_word=bool(_OPENS.match(text, verb.end(), verb.end() + 8)))


def _says(text: str, sentence: Span, verb: re.Match[str], start: int) -> bool:
    if _NOT_SAY.search(text[start : verb.start()].rstrip()):
        return False
    if _STOPS.match(text, verb.end(), sentence.end):
        return True
    if text.startswith(WRITTEN, verb.start()):
        return True
    return verb[0].startswith("说") and bool(_SAID.match(text, verb.end()))


def _phrases(text: str, sentence: Span) -> Iterator[Told]:
    for pattern in _PHRASES:
        for match in pattern.finditer(text, *sentence):
            yield from _phrase(text, sentence, match)
    for match in _QUOTES.finditer(text, *sentence):
        yield from _phrase(text, sentence, match, word_for_word=True)
    for match in _WRITES.finditer(text, *sentence):
        if match.start() == _clause_start(text, sentence, match.start() + 1):
            yield from _phrase(text, sentence, match)


def _phrase(text: str, sentence: Span, match: re.Match[str], *, word_for_word: bool = False) -> Iterator[Told]:
    """One that stands at the beginning of its clause."""
    before = text[_clause_start(text, sentence, match.start()) : match.start()]
    teller = speaker_in(text, match.start() - len(before), match.start())
    told = LINKS.fullmatch(before) or (teller and teller.sort in ("own", "pronoun"))
    speaker = speaker_in(text, *match.span("who"))
    if told and speaker:
        yield Told(Span(*match.span()), speaker, match.end(), word_for_word=word_for_word)


def _bare(text: str, sentence: Span) -> Iterator[Told]:
    """Without a speaker in front."""
    for match in _CLAIMED.finditer(text, *sentence):
        start = _clause_start(text, sentence, match.start())
        before = text[start : match.start()]
        speaker = speaker_in(text, start, match.start())
        if CONDITION.match(before.lstrip()) or (speaker is None and not LINKS.fullmatch(before) and len(before) > 8):
            continue
        yield Told(Span(*match.span()), speaker, match.end())
    for pattern, wrong in ((_HEARD, False), (_WRONG, True), (_YOU, False)):
        for match in pattern.finditer(text, *sentence):
            start = _clause_start(text, sentence, match.start())
            speaker = speaker_in(text, start, match.start()) if wrong else None
            yield Told(Span(*match.span()), speaker, match.end(), wrong=wrong)


def is_supposed(text: str, told: Told) -> bool:
    """你可能会说: nobody has said so yet."""
    return bool(_YOU.match(text, *told.cue))


def _possessed(text: str, sentence: Span) -> Iterator[Told]:
    for match in _POSSESSED.finditer(text, *sentence):
        start = _clause_start(text, sentence, match.start())
        speaker = speaker_in(text, start, match.start())
        if _TRIVIAL.fullmatch(text, match.end(), min(sentence.end, match.end() + 12)):
            continue
        if speaker:
            yield Told(Span(speaker.span.start, match.end()), speaker, match.end())
        elif text[match.start()] == "第" and LINKS.fullmatch(text, sentence.start, match.start()):
            yield Told(Span(*match.span()), None, match.end())


def is_hearsay(text: str, told: Told) -> bool:
    """据说: a 但 behind it does not contradict it."""
    return bool(_HEARSAY.match(text, *told.cue))


def is_finding(text: str, told: Told) -> bool:
    """有公司发现: what was found is not taken back by a 但 either."""
    return text[slice(*told.cue)].endswith(("发现", "显示", "表明"))


def is_numbered(text: str, told: Told) -> bool:
    """第二个观点是: whose, an earlier sentence says."""
    return text[told.cue.start] == "第"


def _aside(text: str, sentence: Span, at: int) -> bool:
    """Whether `at` lies in brackets or inside a quotation, or is one example of many."""
    before = text[sentence.start : at]
    brackets = sum(before.count(mark) for mark in "（(") - sum(before.count(mark) for mark in "）)")
    quotes = before.count("“") - before.count("”") + before.count("「") - before.count("」")
    example = re.search(r"(?:例如|比如|譬如|诸如|类似)\s?[^，。；：]{0,12}$", before[-20:])
    return brackets > 0 or quotes > 0 or (example is not None and len(before) > 24)
