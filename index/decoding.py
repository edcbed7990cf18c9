"""Bytes to text: the encodings in which Chinese and English essays are found, and no guess beyond them."""

import codecs
import re

from index.problems import YuanhuaError

SUFFIXES = (".txt", ".md", ".markdown", ".text")  # of files that are nothing but text
PLAUSIBLE = 0.9  # share of the non-ASCII characters that has to look like writing
_SIGNATURES = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LAYOUT = "\t\n\r\f\v\x1e"
_STOPS = frozenset("\n 。，、")  # no text of any length is without all of them
# An accented letter or a curly quote of a Western file, read as GB18030, swallows the letter after it: “don抰”.
_SWALLOWED = re.compile(
    r"(?<=[A-Za-z])[\u3400-\u9fff](?![\u3000-\u9fff\uff00-\uffef])|(?<![\u3000-\u9fff\uff00-\uffef])[\u3400-\u9fff](?=[A-Za-z])"
)
_HAN = re.compile(r"[\u3400-\u9fff]")


class Undecodable(YuanhuaError):
    """The bytes are not text in an encoding that we know."""


def decode(data: bytes) -> str:
    """The text with newlines as `\\n`. UTF-8 is read as any tool reads it that is told "utf-8": a byte order mark
    stays the text's first character, and offsets count it. Raises Undecodable."""
    return _decode(data).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes) -> str:
    for signature, encoding in _SIGNATURES:
        if data.startswith(signature):
            return _strict(data, encoding)
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gb18030" and swallows(text):
            continue
        if encoding.startswith("utf-16") and _STOPS.isdisjoint(text):
            continue
        if is_writing(text, trusted=encoding == "utf-8"):
            return text
    raise Undecodable(
        "it is not text in UTF-8, GB18030 or UTF-16; save it as UTF-8",
        "不是 UTF-8、GB18030 或 UTF-16 的文本，请另存为 UTF-8",
    )


def _strict(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Undecodable(
            f"it starts as {encoding} but breaks off at byte {error.start}; save it as UTF-8",
            f"开头是 {encoding}，到第 {error.start} 个字节就不成文了，请另存为 UTF-8",
        ) from error
    if not is_writing(text, trusted=True):
        raise Undecodable(
            "it holds control characters, so it is not a text; save it as UTF-8",
            "里面有控制字符，不是文本，请另存为 UTF-8",
        )
    return text


def swallows(text: str) -> bool:
    """Whether what was read as GB18030 is rather a Western text, whose accented letters each took the next along."""
    return 2 * len(_SWALLOWED.findall(text)) > len(_HAN.findall(text))


def is_writing(text: str, *, trusted: bool) -> bool:
    """False for binary data; unless the encoding proves itself, also for text read in the wrong one."""
    controls = sum(1 for character in text if character < " " and character not in _LAYOUT)
    if controls > len(text) / 200:
        return False
    foreign = [character for character in text if character > "\x7f"]
    return trusted or sum(map(_is_common, foreign)) >= PLAUSIBLE * len(foreign)


def _is_common(character: str) -> bool:
    """In the older national character sets, which hold what people write and little else."""
    for encoding in ("gb2312", "big5"):
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            continue
        return True
    return False
