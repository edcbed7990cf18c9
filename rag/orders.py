"""Orders to a language model that stand in an essay. They may be quoted and told of; they are no evidence for what they
would have a model say."""

import re
import unicodedata

from index.terms import fold

_ORDER = re.compile(
    r"(?:忽略|无视|忘记|忘掉|忘了|不要理会|不用理会|不要管|不用管|抛开|跳过|覆盖)[^。！？!?\n]{0,16}"
    r"(?:指示|指令|要求|提示词?|规则|设定|命令|说明|约束|系统|上面|上文|以上|之前)"
    r"|(?:请|必须|只能|只需|只要|直接|务必|一律)?(?:回答|回复|输出|答复|改口说)(?:一句)?[:：]?\s?[“‘「『\"']"
    r"|系统提示|system\s?prompt|<\|?(?:system|im_start|assistant)"
    r"|\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}"
    r"\b(?:instructions?|prompts?|rules?|commands?|directions?|above|previous|prior|everything)\b"
    r"|\b(?:you are now|from now on,? you|(?:respond|reply|answer)(?: only)? (?:with|that|by saying)|output only)\b"
    r"|\b(?:say|print|write|output|respond|reply|answer)(?: only| exactly)?:?\s?[“‘\"']",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[。！？!?\n]|\.(?=\s)")


def gives_orders(text: str) -> bool:
    return bool(_ORDER.search(fold(_visible(text))))


def without_orders(text: str) -> str:
    """What of an excerpt may be evidence: all before the sentence with an order. What follows it may belong to it."""
    visible = _visible(text)
    folded = fold(visible)
    if len(folded) != len(visible):
        visible = folded  # so that one is cut where the other is
    order = _ORDER.search(folded)
    if order is None:
        return text
    ends = [match.end() for match in _ENDS.finditer(folded, 0, order.start())]
    return visible[: ends[-1]].strip() if ends else ""


def _visible(text: str) -> str:
    """Without characters that nobody sees, and that keep a word from being found."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")
