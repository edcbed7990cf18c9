"""What stands in an essay's file without being the essay: images, comments, share buttons, adverts, comment boxes."""

import re
from collections.abc import Iterator

from index.types import Span

LONGEST_FOOTER = 400  # characters of a line that are looked at
TAIL_LINES = 30  # footers are looked for among the last lines only …
TAIL_SHARE = 0.4  # … and never in more than this share of the file

# Every repetition stops where the next match could begin, so that hostile text costs linear time.
_INLINE = re.compile(
    r"\[!\[[^\]\[\n]*\]\([^()\n]*\)\]\([^()\n]*\)"  # [![alt](url)](url)
    r"|!\[[^\]\[\n]*\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)?\)|\[[^\]\[\n]*\])"  # ![alt](url), ![alt][reference]
    r"|<!--(?:(?!<!--).)*?-->"
    r"|<(?:img|br|hr|iframe|video|audio|source)\b[^<>\n]*>"
    r"|</?(?:div|p|center|figure|figcaption|section|picture|iframe|video|audio|source)\b[^<>\n]*>",
    re.DOTALL | re.IGNORECASE,
)
_RULE_OR_LINK = re.compile(
    r"^[ \t]{0,20}(?:[-=*_~—]{3,}|```.*|\[[^\]\n]{1,80}\]:[ \t]*\S+.*|[^\s:：]{0,12}[:：]?[ \t]{0,4}<?https?://[^\s>]+>?)"
    r"[ \t]*$",
    re.MULTILINE,
)
# Said in a whole sentence these are still a footer's; what _FOOTER knows is one only where no sentence ends.
_NOTICE = re.compile(
    r"(?:"
    r".{0,40}涉及?.{0,4}版权.{0,30}(?:联系.{0,8}删除|联系我们|请联系).{0,20}"
    r"|.{0,200}(?:添加|加).{0,12}(?:小助手|微信号|微信\s*[:：]).{0,100}"
    r"|欢迎(?:关注|订阅).{0,12}(?:公众号|频道|专栏|微信).{0,60}"
    r"|.{0,20}(?:扫码|扫描|长按).{0,12}(?:二维码|识别).{0,4}(?:关注|添加|加|进).{0,40}"
    r"|(?:点赞|在看|分享|收藏|转发|打赏|赞赏)(?:[\s、，,|/+]*(?:点赞|在看|分享|收藏|转发|打赏|赞赏|三连))*[\s!！。]*"
    r"|.{0,20}转载请.{0,40}|版权(?:声明|所有).{0,80}"
    r"|未经.{0,12}(?:许可|授权|同意).{0,12}(?:不得|禁止|严禁|请勿).{0,6}转载.{0,20}"
    r"|©.{0,120}|copyright\s*(?:©|\(c\)|\d{4}).{0,100}|.{0,80}all rights reserved.{0,40}"
    r"|(?:thanks for reading.{0,20})?subscribe (?:for free|to (?:our|my|the)).{0,80}|loading\.{3}"
    r")$",
    re.IGNORECASE,
)
_SENTENCE_ENDS = ("。", "！", "？", ".", "!", "?", "…")
_FOOTER = re.compile(
    r"(?:"
    r"评论(?:区|\s*\(?\d*\)?)?|沙发等你来抢|暂无评论|发表评论|写留言|留言板|我来说两句"
    r"|.{0,40}(?:若|如)?涉及?.{0,4}版权.{0,30}(?:联系|删除).{0,20}"
    r"|.{0,20}(?:加入?|进).{0,12}(?:交流群|讨论群|微信群|QQ群|读者群).{0,60}"
    r"|.{0,200}(?:添加|加).{0,20}(?:小助手|微信).{0,100}"
    r"|请备注.{0,60}|.{0,30}(?:扫码|扫描|长按).{0,12}(?:二维码|关注|识别).{0,60}"
    r"|.{0,40}(?:关注|订阅).{0,12}(?:公众号|微信公众|频道|专栏).{0,60}|欢迎关注.{0,60}"
    r"|(?:点赞|在看|分享|收藏|转发|打赏|赞赏)(?:[\s、，,|/+]*(?:点赞|在看|分享|收藏|转发|打赏|赞赏|三连))*[\s!！。]*"
    r"|.{0,12}(?:点个|点一个)(?:赞|在看).{0,30}|分享(?:到|至).{0,40}"
    r"|(?:本文)?(?:转载|版权|著作权)(?:请|须|声明|归|自|信息).{0,80}|未经.{0,12}许可.{0,30}转载.{0,20}"
    r"|(?:责任)?编辑\s*[:：|｜/].{0,30}|排版\s*[:：|｜/].{0,30}"
    r"|(?:上一篇|下一篇|相关(?:阅读|文章|推荐)|推荐阅读|猜你喜欢|阅读原文|往期(?:回顾|推荐|精彩)).{0,80}"
    r"|更多.{0,20}(?:参考|关注|请|见).{0,60}|微信扫一扫.{0,20}|关注该公众号"
    r"|关于\s?[A-Za-z][\w .-]{1,20}|END|-\s*END\s*-|THE END|完"
    r"|(?:share (?:this|on)|like this:|related$|tweet|follow (?:us|me)|subscribe\b|sign up\b|leave a (?:comment|reply)"
    r"|comments?\s*\(?\d*\)?\s*$|related (?:posts|articles)|previous post|next post|copyright\b|©|all rights reserved"
    r"|read more\b|posted (?:in|by)\b|filed under\b|tags?\s*:).{0,120}"
    r")$",
    re.IGNORECASE,
)


def find_furniture(text: str, body: int) -> tuple[Span, ...]:
    """Spans of `text` from `body` (the end of the header) on that are never embedded and never cited."""
    footer = _footer_start(text, body)
    spans = [Span(0, body)] if body else []
    spans += [Span(*match.span()) for match in _INLINE.finditer(text, body, footer)]
    spans += [Span(*match.span()) for match in _RULE_OR_LINK.finditer(text, body, footer)]
    if footer < len(text):
        spans.append(Span(footer, len(text)))
    return tuple(sorted(spans))


def _footer_start(text: str, body: int) -> int:
    """The first line near the end from which on at least two thirds of the lines are a footer's."""
    start, footers, lines = len(text), 0, 0
    for offset, line in _last_lines(text, body):
        if not line.strip():
            continue
        lines += 1
        is_footer = _is_footer(line.strip()[:LONGEST_FOOTER])
        footers += is_footer or _is_image(line)
        if is_footer and 3 * footers >= 2 * lines:
            start = offset
    return start


def _is_footer(line: str) -> bool:
    return bool(_NOTICE.match(line)) or (not line.endswith(_SENTENCE_ENDS) and bool(_FOOTER.match(line)))


def _is_image(line: str) -> bool:
    return not _INLINE.sub("", line).strip()


def _last_lines(text: str, body: int) -> Iterator[tuple[int, str]]:
    """The last lines with their offsets, from the last one backwards."""
    end, limit = len(text), body + int((len(text) - body) * (1 - TAIL_SHARE))
    for _ in range(TAIL_LINES):
        start = text.rfind("\n", 0, end) + 1
        if start < limit or end <= 0:
            return
        yield start, text[start:end]
        end = start - 1
