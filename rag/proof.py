"""An answer as one file, to be checked for years: what it is made of, and the seal by which an edit is noticed.

The seal is the SHA-256 of the object without it, written as RFC 8785 has it: keys in the order of their UTF-16, no
white space, characters as they are but for `"`, `\\` and what is below U+0020, numbers as ECMAScript writes them, in
UTF-8. It is a checksum and no signature: whoever edits the file can compute it anew."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from index.types import Document, YuanhuaError
from rag.scope import Scope
from rag.types import Answer, Excerpt

FORMAT, VERSION = "yuanhua-answer", 1
OF_ANSWER = ("answered", "confidence", "text", "citations", "nearest", "corrections")

Record = dict[str, Any]


class BadProof(YuanhuaError):
    """The file is no saved answer."""


def proof_record(
    answer: Mapping[str, Any],
    documents: Sequence[Document],
    *,
    saved: str,
    program: str,
    index: str,
    encoder: str,
    scope: Scope,
    known: Sequence[Excerpt] = (),
    model: Mapping[str, Any] | None = None,
) -> Record:
    """`answer`: its own fields, as `ask --json` has them; `documents`: all that it cites or names; `saved`: the time;
    `known`: what a conversation had cited before, and the answer left out; `model`: of a language model that took part,
    its name, its endpoint without credentials, the prompt as it was sent, its text and the claims."""
    before = [{"document": name, "start": span.start, "end": span.end} for name, span in known]
    return sealed(
        {
            "format": FORMAT,
            "version": VERSION,
            "saved": saved,
            "yuanhua": program,
            "question": answer["question"],
            **({"scope": scope.record()} if scope else {}),
            **({"known": before} if before else {}),
            **{
                name: answer[name] for name in ("answered", "confidence", "text", "citations", "nearest", "corrections")
            },
            "sources": {document.name: _source(document) for document in documents},
            "index": index,
            "encoder": encoder,
            "model": dict(model) if model is not None else None,
        }
    )


def _source(document: Document) -> Record:
    return {
        "sha256": document.sha256,
        "text_sha256": text_hash(document),
        "title": document.title,
        "author": document.author,
        "date": document.date,
        "url": document.url,
    }


def imprint(answer: Answer) -> str:
    """The same for two answers that say the same of the same files."""
    cited = [(c.document.name, c.document.sha256, c.start, c.end, c.quote) for c in answer.citations]
    nearest = [(p.document.name, p.document.sha256, p.start, p.end) for p in (hit.passage for hit in answer.nearest)]
    return hashlib.sha256(repr((answer.question, answer.answered, cited, nearest)).encode("utf-8")).hexdigest()[:32]


def text_hash(document: Document) -> str:
    """Of the text in which citations are counted, which is not the file's own where that is no plain text."""
    return hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()


def sealed(record: Mapping[str, Any]) -> Record:
    return {**record, "seal": seal_of(record)}


def seal_of(record: Mapping[str, Any]) -> str:
    """Whether or not a seal is among it."""
    body = _canonical({name: value for name, value in record.items() if name != "seal"})
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    """Python writes the rest as the RFC has it; of numbers, those from .0001 up to 1e16, as all in an answer are."""
    if isinstance(value, dict):
        by_utf16 = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
        return {name: _canonical(one) for name, one in by_utf16}
    if isinstance(value, list | tuple):
        return [_canonical(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def read_record(text: str) -> Record | None:
    """A JSON object; None for what is none. Raises BadProof for one that programs would read differently."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> Record:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise BadProof(f"it has the field {twice[:60]!r} twice, so that programs read it differently; save one anew.")
    return found


def _no_number(constant: str) -> float:
    raise BadProof(f"{constant} is no number in JSON; save one anew.")
