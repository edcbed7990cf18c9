"""`.pinned.json` beside the essays, where the pinned questions are; and all of them asked again."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from stat import S_ISREG

from index.drafts import write_whole
from index.index import Index
from index.library import Freshness, Library
from index.locking import locked
from index.types import YuanhuaError
from rag.answer import ask
from rag.pins import Change, Pin, compare, pin_of, pin_record, read_pin
from rag.scope import Scope
from rag.types import Answer, Excerpt

NAME, LOCK = ".pinned.json", ".pinned.lock"  # hidden, so that neither is taken for an essay
FORMAT, VERSION = "yuanhua-pins", 1
MOST = 100
LARGEST = 20_000_000  # bytes of the file
PATIENCE = 10.0  # seconds until another one has written

Key = tuple[str, Scope]
Readable = Callable[[str], bool]


class BadPins(YuanhuaError):
    """The file of the pinned questions cannot be read or written; it is as it was."""


class CannotPin(YuanhuaError):
    """It is pinned already, or there are too many."""


class NotPinned(YuanhuaError):
    """There is no such pinned question."""


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def read_pins(folder: Path) -> tuple[Pin, ...]:
    """In the order in which they were pinned. Raises BadPins."""
    path = folder / NAME
    try:
        if not S_ISREG(path.stat().st_mode):  # nothing is ever read from a pipe to which nobody writes
            raise ValueError("file")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        content = json.loads(data.decode("utf-8-sig")) if len(data) <= LARGEST else None
        if not isinstance(content, dict) or (content.get("format"), content.get("version")) != (FORMAT, VERSION):
            raise ValueError("format")
        if len(content["pins"]) > MOST:
            raise ValueError("pins")
        return tuple(map(read_pin, content["pins"]))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise BadPins(
            f"{path}: the pinned questions cannot be read ({error.strerror}); check the file.",
            f"{path}：读不了钉住的问题（{error.strerror}），请检查这个文件。",
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadPins(
            f"{path}: this is no file of pinned questions as this version writes it; correct it, or move it away.",
            f"{path}：这个文件不是本版本写下的钉住的问题，请改好，或移到别处。",
        ) from error


@contextmanager
def _changing(folder: Path) -> Iterator[list[Pin]]:
    """The pins, to be changed by one writer at a time; kept when the block ends well. Raises BadPins."""
    path = folder / NAME
    try:
        with locked(folder / LOCK, PATIENCE):
            pins = list(read_pins(folder))
            yield pins
            content = {"format": FORMAT, "version": VERSION, "pins": list(map(pin_record, pins))}
            write_whole(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    except TimeoutError as error:
        raise BadPins(
            f"{path}: another program is writing it; try again.", f"{path}：别的程序正在写它，请再试一次。"
        ) from error
    except OSError as error:
        raise BadPins(
            f"{path}: the pinned questions cannot be written ({error.strerror}); they are unchanged.",
            f"{path}：钉住的问题写不进去（{error.strerror}），没有改动。",
        ) from error


def pin(folder: Path, answer: Answer, scope: Scope) -> Pin:
    """Remember what the question is answered with. Raises CannotPin and BadPins."""
    new = pin_of(answer, scope, now())
    with _changing(folder) as pins:
        if any(other.key == new.key for other in pins):
            raise CannotPin("This question is pinned already.", "这个问题已经钉住了。")
        if len(pins) >= MOST:
            raise CannotPin(
                f"{MOST} questions are pinned, and no more can be; unpin one first.",
                f"已经钉住 {MOST} 个问题，不能再多了，请先取消一个。",
            )
        pins.append(new)
    return new


def unpin(folder: Path, key: Key) -> None:
    """Raises NotPinned and BadPins."""
    with _changing(folder) as pins:
        pins.remove(_pinned(pins, key))


def accept(folder: Path, changes: Sequence[Change]) -> None:
    """What the questions are answered with by now is what is remembered. Raises NotPinned and BadPins."""
    when = now()
    with _changing(folder) as pins:
        for change in changes:
            pins[pins.index(_pinned(pins, change.pin.key))] = change.seen(when)


def _pinned(pins: Sequence[Pin], key: Key) -> Pin:
    for one in pins:
        if one.key == key:
            return one
    raise NotPinned("This question is not pinned any more.", "这个问题已经不在钉住的问题里了。")


def answered(
    library: Library,
    index: Index,
    question: str,
    scope: Scope,
    known: Sequence[Excerpt] = (),
    *,
    closely: bool = False,
) -> tuple[Answer, Readable]:
    """As `yuanhua ask` answers it, and which essays could be read for it. `closely`: the files that are cited are read
    for it. Raises BadQuestion and StaleIndex."""
    encoder = library.encoder_of(index)
    for strictly in (False, True):
        readable = Freshness(library, index, strictly=strictly)
        answer = ask(index, encoder, question, readable=readable, scope=scope, known=known, reranker=library.reranker)
        cited = {citation.document.name for citation in answer.citations}
        if not closely or all(library.is_as_indexed(index, name) for name in cited):
            break
    return answer, readable


def changes_of(library: Library, index: Index, pins: Sequence[Pin]) -> Iterator[Change]:
    """Each of them, as it is asked again."""
    for one in pins:
        answer, readable = answered(library, index, *one.key)
        yield compare(one, answer, index, readable)
