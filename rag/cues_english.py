"""The words that say that a view is somebody else's, in English. See `rag.cues`."""

import re
from collections.abc import Iterator

from index.types import Span
from rag.cues import Told
from rag.speakers import Sort, Speaker

_SOME = (
    r"(?:(?:some|many|most|several|a few|certain|a number of|plenty of|numerous|other|some of the|"
    r"many of the)\s+(?:[a-z-]+\s+){0,2}?)"
)
_FOLK = (
    r"(?:people|critics|s[ck]eptics|experts|proponents|opponents|advocates|supporters|detractors|scholars|"
    r"historians|commentators|pundits|"
    r"economists|researchers|scientists|observers|authors|writers|analysts|philosophers|engineers|developers|"
    r"investors|linguists|"
    r"teachers|parents|readers|users|enthusiasts|optimists|pessimists|purists|colleagues|friends|politicians|"
    r"journalists|reviewers)"
)
_VAGUE = (
    rf"(?:{_SOME}?{_FOLK}|(?:some|many|most|several|others|everyone|everybody|people)|"
    rf"(?:the\s+)?(?:conventional wisdom|popular opinion|received view))"
)
_NOBODY = (
    r"(?:This|That|These|Those|It|Its|His|Her|Their|They|We|I|My|Our|You|Your|He|She|Which|What|Who|Evidence|"
    r"Results?|Data|Experience|History|Research|"
    r"Stud(?:y|ies)|Experiments?|Everything|Nothing|Nobody|No|None|One|But|And|Or|However|Yet|If|When|While|"
    r"Because|As|In|On|At|For|The|A|An|"
    r"Some|Many|Most|Several|Others|Everyone|Everybody|People|There|Here|Then|Also|So|Thus|Not|Let|Section|"
    r"Figure|Table|Chapter|Although|Since)\b"
)
_NAME = rf"(?!{_NOBODY})[A-Z](?:[\w’'-]+|\.)(?:\s+(?:(?:of|de|van|von|der|and|&)\s+)?(?!{_NOBODY})[A-Z][\w’'-]*){{0,4}}"
_MY = (
    r"(?:[Mm]y|[Oo]ur)\s+(?:old\s+|former\s+)?(?:teacher|boss|friend|colleague|supervisor|advisor|professor|"
    r"mother|father|wife|husband|"
    r"grandmother|grandfather|brother|sister|neighbou?r|editor)s?"
)
_THING = (
    r"(?:[Tt]he|[Aa]n?|[Oo]ne|[Aa]nother|[Tt]heir|[Hh]is|[Hh]er|[Tt]hat)\s+(?:[\w’'-]+\s+){0,3}?(?:report|paper|"
    r"article|editorial|company|team|"
    r"researchers?|professor|journalist|historian|economist|scientist|philosopher|critic|spokes\w+|government|"
    r"authors|magazine|newspaper|"
    r"survey|committee|commission|court|manual|reviewer|colleague|friend|teacher|engineer|founder)(?:\s+(?:of|"
    r"from|by|in)\s+[\w’'-]+){0,1}"
)
_PRONOUN = r"(?:[Hh]e|[Ss]he|[Tt]hey)"
_WHO = (
    rf"(?:(?P<vague>(?i:{_VAGUE}))|(?P<mine>{_MY})|(?P<thing>{_THING})|(?P<name>{_NAME})|(?P<pronoun>{_PRONOUN})|"
    rf"(?P<you>[Yy]ou|[Oo]ne))"
)
_ADVERB = (
    r"(?:(?:has|have|had|once|also|often|still|even|famously|later|further|always|will|would|may|might|could|can|"
    r"do|did|does|now|then|therefore|explicitly|rightly|wrongly|\w{3,12}ly)\s+){0,3}"
)
_THINKS = (
    r"(?:argue[sd]?|arguing|contend(?:s|ed)?|insist(?:s|ed)?|believe[sd]?|assert(?:s|ed)?|allege[sd]?|object(?:s|"
    r"ed)?|think|thinks|thought|"
    r"say|says|said|asserted|opine[sd]?|reckon(?:s|ed)?|fear(?:s|ed)?|claim(?:s|ed)?|maintain(?:s|ed)?|"
    r"suggest(?:s|ed)?|assume[sd]?|predict(?:s|ed)?)"
)
_THAT = (  # these say something of somebody only with what is said
    r"(?:hold|holds|held|note[sd]?|notes|observe[sd]?|report(?:s|ed)?|state[sd]?|write|writes|wrote|warn(?:s|"
    r"ed)?|add(?:s|ed)?|conclude[sd]?|"
    r"find|finds|found|estimate[sd]?|point(?:s|ed)? out|explain(?:s|ed)?|complain(?:s|ed)?|admit(?:s|ted)?|"
    r"propose[sd]?|declare[sd]?|"
    r"remark(?:s|ed)?|announce[sd]?|reply|replies|replied|ask|asks|asked|feel|feels|felt)"
)
_BARE = re.compile(
    r"\s+(?:so|of|about|for|to the|goodbye|no|yes|on|in|with|a|an|his|her|their|more|less|little|much|is|are|was|"
    r"were|have|has|had|against|made|by)\b"
)
_QUOTE = re.compile(r"[,:]?\s*(?:that\s+)?[“\"]")
_SPEAKS = re.compile(rf"(?<![\w’'-]){_WHO}\s+{_ADVERB}(?:(?P<thinks>{_THINKS})\b|(?P<that>{_THAT})(?=\s+that\b|[,:]))")
_AFTER_QUOTE = re.compile(
    rf"(?<=[”\"] )(?:said|says|writes|wrote|argue[sd]|explain(?:s|ed)|insist(?:s|ed)|complain(?:s|ed)|remark(?:s|"
    rf"ed)|observe[sd]|asks|asked|replied) {_WHO}"
)
_ABOUT = (
    re.compile(rf"(?<![\w’'-])[Aa]ccording to (?:{_WHO}|(?P<whose>the [\w’' -]{{1,40}}?))(?=[,.;])"),
    re.compile(
        rf"(?<![\w’'-])[Aa]s {_WHO} (?:once |famously )?(?:puts?|put it|says?|said|wrote|writes|argues?|argued|"
        rf"noted|observed)\b"
    ),
    re.compile(rf"(?<![\w’'-])[Ii]n (?:the (?:words|view|opinion|eyes) of {_WHO})"),
    re.compile(rf"(?<![\w’'-])[Ii]n {_WHO}[’']s? (?:view|opinion|words|telling|account|eyes)\b"),
    re.compile(
        rf"(?<![\w’'-]){_WHO}[’']s? (?:first |second |main |central |own )?(?:argument|view|claim|position|"
        rf"thesis|point|belief|theory) (?:is|was) that\b"
    ),
)
_CLAIMED = re.compile(
    r"\b[Ii]t (?:is|was|has been) (?:(?:often|widely|commonly|sometimes|generally|frequently|usually|popularly|"
    r"also|long) )?(?:been )?"
    r"(?:said|believed|thought|claimed|assumed|argued|alleged|rumou?red|suggested|reported|supposed) that\b"
    r"|\b(?:[Rr]eportedly|[Aa]llegedly|[Rr]umou?r has it)\b"
    r"|\b(?:is|are|was|were) (?:often |widely |commonly |generally |sometimes )?(?:said|believed|alleged|"
    r"rumou?red|reputed|claimed|thought) to\b"
    r"|\b[Aa] (?:common|popular|widespread|frequent) (?:view|belief|opinion|argument|claim|objection|"
    r"complaint) (?:is|holds|goes|says)\b"
)
_WRONG = re.compile(
    r"\b(?:common|popular|widespread|frequent|usual|typical|persistent) (?:misconception|myth|fallacy|"
    r"misunderstanding|mistake)s?\b[^.,;]{0,30}?(?:\bis\b|\bthat\b|[:,])"
)
_STANCE = re.compile(
    r"\b(?:I|[Ww]e)(?: (?:also|still|do|would|have|personally|really|always|never|don[’']t|do not|firmly)){0,2} "
    r"(?:think|believe|argue|claim|hold|suspect|agree|disagree|doubt|say|find|found|suggest|assume|know|feel|"
    r"propose|show|conclude|expect|predict|insist|maintain)\b"
    r"|\b[Ii]n (?:my|our) (?:view|opinion|experience)\b|\b[Mm]y (?:own )?(?:view|claim|point|argument|belief|"
    r"opinion) is\b"
)
_IF = re.compile(r"\b(?:[Ii]f|[Ww]hether|[Uu]nless|[Nn]o one|[Nn]obody|[Ww]hen|let|make|makes|made|because)\s+$")


def cues_in_english(text: str, sentence: Span) -> Iterator[Told]:
    """As `rag.cues.cues_in`."""
    found = [*_speaking(text, sentence), *_unnamed(text, sentence)]
    stance = _STANCE.search(text, *sentence)
    for told in sorted(found, key=lambda told: (told.cue.start, -told.cue.end)):
        if stance and stance.start() < told.cue.start:
            return
        if not _aside(text, sentence, told.cue.start):
            yield told


def _speaking(text: str, sentence: Span) -> Iterator[Told]:
    for match in _SPEAKS.finditer(text, *sentence):
        after = text[match.end() : match.end() + 12]
        if _IF.search(text[max(sentence.start, match.start() - 12) : match.start()]):
            continue
        if (match["thinks"] and _BARE.match(after)) or after.strip() in ("", "."):
            continue
        yield Told(Span(*match.span()), _speaker(match), match.end(), word_for_word=bool(_QUOTE.match(after)))
    for match in _AFTER_QUOTE.finditer(text, *sentence):
        yield Told(Span(*match.span()), _speaker(match), match.end(), word_for_word=True)
    for pattern in _ABOUT:
        for match in pattern.finditer(text, *sentence):
            if (
                match["name"]
                or match["thing"]
                or match["vague"]
                or match["mine"]
                or match["pronoun"]
                or "whose" in match.groupdict()
            ):
                yield Told(Span(*match.span()), _speaker(match), match.end())


def _speaker(match: re.Match[str]) -> Speaker | None:
    sorts: dict[str, Sort] = {
        "vague": "vague",
        "mine": "named",
        "thing": "named",
        "name": "named",
        "pronoun": "pronoun",
        "whose": "named",
    }
    groups = match.groupdict()
    return next((Speaker(sort, Span(*match.span(group))) for group, sort in sorts.items() if groups.get(group)), None)


def _unnamed(text: str, sentence: Span) -> Iterator[Told]:
    for match in _CLAIMED.finditer(text, *sentence):
        if match[0].endswith(" to") and " if " in text[match.end() : sentence.end]:
            continue  # it is being defined
        yield Told(Span(*match.span()), None, match.end())
    for match in _WRONG.finditer(text, *sentence):
        yield Told(Span(*match.span()), None, match.end(), wrong=True)


def is_supposed_english(text: str, told: Told) -> bool:
    """“You may say”, “one could object”: nobody has said so yet."""
    return told.speaker is None and bool(re.match(r"(?:you|one)\b", text[slice(*told.cue)], re.IGNORECASE))


def is_hearsay_english(text: str, told: Told) -> bool:
    return bool(re.match(r"[Rr]eportedly|[Aa]llegedly|[Rr]umou?r|is |are |was |were ", text[slice(*told.cue)]))


def _aside(text: str, sentence: Span, at: int) -> bool:
    """Whether `at` lies in brackets or inside a quotation."""
    before = text[sentence.start : at]
    return before.count("(") > before.count(")") or before.count("“") > before.count("”") or before.count('"') % 2 == 1
