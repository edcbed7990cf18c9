"""What files say of themselves without anybody having meant it: names of programs, of templates, of other files."""

import re

_NO_TITLE = re.compile(
    r"untitled.*|无标题.*|未命名.*|無標題.*|microsoft (?:word|powerpoint|excel)\b.*"
    r"|powerpoint (?:presentation|演示文稿)|(?:document|doc|文档|新建.{0,12}文档|幻灯片)\s*\d*|word document"
    r"|title|标题|print|index|home|首页|unknown|\(?anonymous\)?|\(unspecified\)|slide \d+|-+|\d+"
    r"|.*\.(?:docx?|pdf|wps|indd|tex|dvi|pptx?|xlsx?|rtf|odt|pages|html?|txt|qxd|p65)",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"python-docx|microsoft.*|office.*|wps.*|(?:windows )?user\d*|users?|admin(?:istrator)?|owner|author|作者"
    r"|unknown|未知|微软用户|微软中国|用户\d*|my ?pc|pc|lenovo|dell|hp|asus|acer|apple|calibre.*|pandoc|latex.*"
    r"|\(?anonymous\)?|\(unspecified\)|none|null|un-?named|openpyxl|apache poi|libreoffice.*|adobe.*|\d+|-+",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:microsoft word - )", re.IGNORECASE)


def title_of(stated: str) -> str:
    """ "" for what no author would call an essay."""
    title = _plain(stated)
    return "" if _NO_TITLE.fullmatch(_PREFIX.sub("", title)) or _PREFIX.match(title) or len(title) > 300 else title


def author_of(stated: str) -> str:
    """ "" for programs and machines."""
    author = _plain(stated)
    return "" if _NO_AUTHOR.fullmatch(author) or len(author) > 200 else author


def _plain(stated: str) -> str:
    """In one line; nothing of a text whose encoding was lost."""
    text = " ".join("".join(c if c.isprintable() else " " for c in stated).split())
    return "" if "\ufffd" in text else text
