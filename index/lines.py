"""Lines that a layout broke, put together again as their author wrote them."""

import re

# Between two of these a line break stands for nothing; Korean, which has spaces, is not among them.
_WIDE = r"\u2014\u2018-\u201d\u2026\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_ENDS_WIDE = re.compile(rf"[{_WIDE}]$")
_BEGINS_WIDE = re.compile(rf"[{_WIDE}]")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\U00020000-\U0003ffff]")
_BROKEN = re.compile(r"\s*\r[\s]*")
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff]")
_SPACES = re.compile(r"[\t\v\f \u00a0\u1680\u2000-\u200a\u202f\u205f]+")
SOFT_BREAK = "\r"  # inside a text that is being put together: a line ended here in the file, and says nothing


def join(before: str, after: str) -> str:
    """Two lines of one paragraph as one."""
    if not before or not after:
        return before + after
    wide = _ENDS_WIDE.search(before[-1:]) and _BEGINS_WIDE.match(after)
    if wide and (_HAN.match(before[-1]) or _HAN.match(after)):
        return before + after
    return f"{before} {after}"


def tidy(text: str) -> str:
    """A paragraph with its white space in order; its own line breaks stay."""
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    if SOFT_BREAK in text:
        text = "\n".join(_unbroken(line) for line in text.split("\n"))
    return "\n".join(line.strip() for line in text.split("\n")).strip("\n")


def _unbroken(line: str) -> str:
    pieces = [piece for piece in _BROKEN.split(line) if piece]
    whole: list[str] = []
    for piece in pieces:
        whole.append(join(whole[-1][-1:], piece)[1:] if whole else piece)
    return "".join(whole)
