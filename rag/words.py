"""The few words of our own around the authors' words."""

from index.types import Document

SPOKEN = {"zh": "摘自 {n} 篇文章：", "en": "Excerpts from {n} essays:"}
SPOKEN_ONCE = {"zh": "摘自 1 篇文章：", "en": "Excerpts from one essay:"}
SILENT = {"zh": "这些文章没有谈到这个问题。", "en": "These essays do not say."}
EMPTY = {"zh": "索引里还没有文章。", "en": "There are no essays in the index yet."}
DIGEST = {"zh": "摘要，非作者原文", "en": "digest, not the author’s own words"}
READ_AS = {
    "zh": "按“{read_as}”查找（文中没有“{typed}”）",
    "en": "Searched for “{read_as}”; the essays do not have “{typed}”.",
}
QUOTED = {"zh": "“{quote}”", "en": "“{quote}”"}


def heading(document: Document, language: str) -> str:
    """Title, author and date on one line, as far as they are known."""
    about = [part for part in (document.author, document.date, DIGEST[language] if document.digest else "") if part]
    if language == "zh":
        label = document.label if "《" in document.label else f"《{document.label}》"
        return label + (f"（{'，'.join(about)}）" if about else "")
    return document.label + (f" ({', '.join(about)})" if about else "")
