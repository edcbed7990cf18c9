"""Saved web pages: which part of one is the essay, and what the page says of it.

Our own few rules and no extraction library: the ones that were tried put an essay's paragraphs together anew and leave
out lists, tables and whatever is said twice, while an excerpt has to be what the author wrote, in its order."""

import codecs
import email
import email.policy
import json
import re
from collections.abc import Iterator

from index.decoding import Undecodable, decode, is_writing
from index.headers import iso_date
from index.lines import tidy
from index.markup import Element, is_never_shown, parse_html, tag_of, text_of, words_of
from index.problems import Unreadable

# Where well-known sites and programs put the essay itself, and where any page should: the ids and classes of elements.
_CONTENT = re.compile(
    r"(?:^|\s)(?:js_content|img-content|rich_media_content|Post-RichTextContainer|Post-RichText|RichText|note-content"
    r"|article_content|content_views|cnblogs_post_body|artibody|article-?(?:body|content|text)|articleBody"
    r"|(?:entry|post|blog|page)-?_?(?:content|body|text)|post|markdown-body|available-content|e-content)(?:\s|$)",
    re.IGNORECASE,
)
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:comments?(?:list|area)?|respond|disqus|share|sharing|social|related|recommend(?:ed|ation)?s?|sidebar"
    r"|breadcrumbs?|pagination|pager|navbar|nav|menu|footer|toolbar|ads?|advert\w*|toc|popup|modal|cookie\w*|newsletter"
    r"|subscribe\w*|authorinfo|byline|meta|contentitem-time|qr_?code\w*|reward\w*|copyright|skip-link|screen-reader-text)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_NEVER_ESSAY = frozenset(["nav", "aside", "footer", "form"])
_RUNS = frozenset(
    ["div", "section", "ul", "ol", "p", "span", "table", "td", "header", "dl", "details"]
)  # what _AROUND is asked of
_ENOUGH = 0.5  # share of the page's prose that the essay's element holds at least
_NEARLY = 0.9  # share of the outer element's prose for which an inner one is the better choice
_MOST = 0.8  # share that an element holds whose siblings do not matter
_MOST_AROUND = 0.4  # share beyond which an element is no mere surrounding, whatever its name
_DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,30})", re.IGNORECASE
)
_KNOWN_CODECS = ("utf", "gb", "hz", "big5", "cp9", "cp125", "iso8859", "shift", "euc", "koi8", "latin", "ascii", "mac")
_WESTERN = ("iso8859", "cp125", "latin", "ascii")
_MOST_BROKEN = 1000  # one character in so many may be broken in a page that says what it is written in
_SAVED_FROM = re.compile(r"saved from url=\(\d+\)(https?://\S+)")
_SITE = re.compile(r"\s*[-|_–—·«»]\s*[^-|_–—·«»]{1,30}$")
_LETTERS = re.compile(r"^\s*[(（]\d+\s*(?:封私信|条消息|new|unread)[^)）]{0,20}[)）]\s*")  # 知乎
_WECHAT_TIME = re.compile(r"""\bct\s*=\s*["'](\d{10})["']""")
_BYLINE = re.compile(r"^(?:by\s+|(?:by|作者|文)\s*[:：/|]\s*)", re.IGNORECASE)
_DAY = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_LONGEST_HEADER = 10_000  # characters of one line of a message's head
_HOLDERS = frozenset(["article", "center", "div", "font", "main", "section", "span", "table", "tbody", "td", "tr"])
_PROSE = _HOLDERS | frozenset(["p", "li", "pre", "blockquote", "dd", "body", *(f"h{level}" for level in range(1, 7))])

Fields = dict[str, str]


class _Terse(email.policy.Compat32):
    """Headers as they are written, as far as browsers write them: to take one apart costs the square of its length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name[:_LONGEST_HEADER], value[:_LONGEST_HEADER]


def read_page(data: bytes) -> Fields:
    """Raises Unreadable."""
    root = parse_html(_page(data))
    essay = _essay(root)
    text = text_of(essay, _Surroundings(essay))
    if 2 * len(text) < len(_own_words(essay)):  # a page whose names mislead
        text = text_of(essay)
    return {"text": text, **_fields(root)}


def read_saved(data: bytes) -> Fields:
    """A page with all that belongs to it in one file, as a message of e-mail. Raises Unreadable."""
    message = email.message_from_bytes(data, policy=_Terse())
    for part in message.walk():
        page = (
            part.get_payload(decode=True) if part.get_content_type() in ("text/html", "application/xhtml+xml") else b""
        )
        if isinstance(page, bytes) and page.strip():
            address = "".join(str(message.get("Snapshot-Content-Location", "")).split())  # it may be folded
            fields = read_page(page)
            return fields | {"url": fields["url"] or (address if _is_address(address) else "")}
    raise Unreadable("it holds no page; save it anew as .html", "里面没有网页，请重新保存为 .html")


def _page(data: bytes) -> str:
    try:
        return decode_page(data)
    except Undecodable as error:
        raise Unreadable(str(error), error.chinese) from error


def decode_page(data: bytes) -> str:
    """In the encoding that the page names, if it makes sense in it: many name one and are saved in another.
    Raises Undecodable."""
    named = _named(data)
    if named and not named.startswith(("utf", *_WESTERN)) and not _is_utf8(data):
        for text in _attempts(data, named):
            if is_writing(text, trusted=False):
                return text
    try:
        return decode(data)
    except Undecodable:
        for text in _attempts(data, named or "utf-8"):
            if is_writing(text, trusted=bool(named)):
                return text
        raise


def _named(data: bytes) -> str:
    match = _DECLARED.search(data[:8192])
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else ""
    except LookupError:
        return ""
    name = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}.get(name, name)
    return name if name.replace("-", "").startswith(_KNOWN_CODECS) else ""


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _attempts(data: bytes, encoding: str) -> Iterator[str]:
    """Read strictly, and with a few broken characters."""
    try:
        yield data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        if text.count("\ufffd") * _MOST_BROKEN <= len(text):
            yield text


def _essay(root: Element) -> Element:
    """The element that holds the essay and as little else as can be told."""
    body = next((element for element in root.iter() if tag_of(element) == "body"), root)
    prose = _prose(body)
    named = [element for element in prose if _is_content(element)]
    most = max((prose[element] for element in named), default=0)
    if not most or most < _ENOUGH * prose[body]:
        return _narrowed(body, prose)
    inner = [element for element in reversed(named) if prose[element] >= _NEARLY * most]
    return min(inner, key=lambda element: prose[element])  # of equals the innermost, which comes last


def _narrowed(element: Element, prose: dict[Element, int]) -> Element:
    """Down to where the prose divides."""
    total = prose[element]
    while total:
        inner = max(element, key=lambda child: prose.get(child, 0), default=None)
        if inner is None or prose.get(inner, 0) < _MOST * total or tag_of(inner) not in _HOLDERS:
            break
        element = inner
    return element


def _prose(body: Element) -> dict[Element, int]:
    """Characters of running text below each element that is shown; links are no running text."""
    counts: dict[Element, int] = {}
    order: list[Element] = []
    waiting = [body]
    while waiting:
        element = waiting.pop()
        order.append(element)
        tag = tag_of(element)
        counts[element] = len((element.text or "").strip()) if tag in _PROSE else 0
        for child in element:
            if tag in _PROSE:
                counts[element] += len((child.tail or "").strip())
            if tag_of(child) not in ("a", *_NEVER_ESSAY) and not is_never_shown(child):
                waiting.append(child)
    for element in reversed(order):
        if element is not body:
            counts[element.getparent()] += counts[element]
    return counts


def _is_content(element: Element) -> bool:
    if tag_of(element) in ("article", "main") or element.get("itemprop") == "articleBody":
        return True
    return any(_CONTENT.search(element.get(name) or "") for name in ("id", "class"))


def _own_words(essay: Element) -> str:
    return text_of(essay, lambda element: is_never_shown(element) or tag_of(element) in _NEVER_ESSAY)


class _Surroundings:
    """What stands inside the essay's element without being the essay: comment boxes, buttons, what to read next."""

    def __init__(self, essay: Element) -> None:
        self._prose = _prose(essay)
        self._most = _MOST_AROUND * self._prose[essay]

    def __call__(self, element: Element) -> bool:
        if is_never_shown(element):
            return True
        tag = tag_of(element)
        if tag in _NEVER_ESSAY:
            return self._prose.get(element, 0) <= self._most
        named = tag in _RUNS and any(_AROUND.search(element.get(name) or "") for name in ("id", "class"))
        return named and self._prose.get(element, 0) <= self._most


def _fields(root: Element) -> Fields:
    meta = _meta(root)
    linked = _linked_data(root)
    shown = _Shown(root)
    comments = " ".join(comment.text or "" for comment in root.getroottree().xpath("//comment()")[:20])
    address = next(iter(_SAVED_FROM.findall(comments)), "")
    urls = (shown.canonical, meta.get("og:url", ""), address)
    dates = (
        *(
            meta.get(key, "")
            for key in ("article:published_time", "pubdate", "publishdate", "datepublished", "dc.date", "date")
        ),
        linked.get("datePublished", ""),
        *shown.dates(),
    )
    authors = (meta.get("author", ""), linked.get("author", ""), meta.get("article:author", ""), *shown.authors())
    return {
        "title": _title(meta.get("og:title", "") or linked.get("headline", ""), shown),
        "author": next((name for name in map(_name, authors) if name), ""),
        "date": next((date for date in map(iso_date, map(str.strip, dates)) if date), ""),
        "url": next((url for url in urls if _is_address(url)), ""),
    }


def _meta(root: Element) -> Fields:
    found: Fields = {}
    for element in root.iter("meta"):
        key = element.get("property") or element.get("name") or element.get("itemprop") or ""
        value = tidy(element.get("content") or "")
        if key and value:
            found.setdefault(key.lower(), value)
    return found


def _linked_data(root: Element) -> Fields:
    """What a page says of itself for search engines."""
    found: Fields = {}
    for script in root.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            said = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        graph = said.get("@graph", said) if isinstance(said, dict) else said
        for thing in graph if isinstance(graph, list) else [graph]:
            if isinstance(thing, dict) and re.search("Article|Posting|CreativeWork", str(thing.get("@type", ""))):
                for key in ("headline", "datePublished"):
                    found.setdefault(key, str(thing.get(key) or ""))
                found.setdefault("author", _person(thing.get("author")))
    return found


def _person(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_person, value[:10])))
    return str(value.get("name") or "") if isinstance(value, dict) else str(value or "")


class _Shown:
    """What the page itself shows above its essay."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._titles = [words_of(element) for element in root.iter("title")][:1]
        self.headings = [words_of(element) for element in root.iter("h1") if words_of(element)]
        links = (link for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical")
        self.canonical = next((link.get("href") or "" for link in links), "")

    @property
    def title(self) -> str:
        return self._titles[0] if self._titles else ""

    def authors(self) -> Iterator[str]:
        for element in self._root.iter():
            named = " ".join(filter(None, (element.get("id"), element.get("class"), element.get("rel"))))
            if element.get("itemprop") == "author" and tag_of(element) != "meta":
                inner = [e for e in element.iter("meta", "span", "a") if e.get("itemprop") == "name"]
                yield next((e.get("content") or words_of(e) for e in inner), words_of(element))
            elif re.search(r"(?:^|\s)(?:js_author_name|js_name|author|byline|p-author|author-name)(?:\s|$)", named):
                yield words_of(element)

    def dates(self) -> Iterator[str]:
        for script in self._root.iter("script"):
            yield from _WECHAT_TIME.findall(script.text or "")
        for element in self._root.iter():
            named = " ".join(filter(None, (element.get("id"), element.get("class"))))
            if element.get("itemprop") == "datePublished" or tag_of(element) == "time":
                yield element.get("content") or element.get("datetime") or words_of(element)
            elif re.search(
                r"(?:^|\s)(?:publish_time|ContentItem-time|post-date|entry-date|pubdate|date)(?:\s|$)", named
            ):
                yield from _DAY.findall(words_of(element))


def _title(stated: str, shown: _Shown) -> str:
    if len(shown.headings) == 1 and (not stated or shown.headings[0] in stated):
        return shown.headings[0]
    title = _LETTERS.sub("", stated or shown.title)
    if title in shown.headings:
        return title
    within = [heading for heading in shown.headings if title.startswith(heading)]
    shorter = _SITE.sub("", title)
    return within[0] if within else title if stated or len(shorter) < 2 else shorter


def _name(text: str) -> str:
    """A person's; "" for an address or a whole sentence."""
    name = _BYLINE.sub("", " ".join(text.split()))
    return name if len(name) <= 60 and "://" not in name else ""


def _is_address(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) < 2000 and url.isprintable() and " " not in url
