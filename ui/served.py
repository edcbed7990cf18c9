"""What the page's script calls as `server.why`, `server.save` and so on. They are no events, since what comes
of them belongs to one place of it; and plain functions, since gradio takes no methods."""

from collections.abc import Callable
from typing import Any

from ui.address import read_address
from ui.conversation import field_of
from ui.desk import Desk
from ui.room import Room
from ui.words import Words

Function = Callable[[object], Any]


def served(desk: Desk, room: Room, words: Words) -> list[Function]:
    """Each by its own name, and with whatever the browser sends."""
    return [_tracing(desk, words), *_keeping(desk, words), *_serving(room), _checking(desk, words)]


def _tracing(desk: Desk, words: Words) -> Callable[[object], str]:
    """The function that the page's script calls as `server.why`; no event, since its result belongs to one answer."""

    def why(asked: object) -> str:
        return desk.why(read_address(field_of(asked, "at")), field_of(asked, "sentence"), words)

    return why


def _keeping(desk: Desk, words: Words) -> list[Callable[[object], Any]]:
    """What the script calls as `server.save`, `server.pin`, `server.unpin` and `server.accept`."""
    kept = desk.keeping

    def save(sent: object) -> dict[str, str]:
        at, shown, summary = (field_of(sent, field) for field in ("at", "answer", "summary"))
        return kept.saved(read_address(at), shown, words, summary)

    def pin(sent: object) -> str:
        return kept.pin(read_address(field_of(sent, "at")), field_of(sent, "answer"), words)

    def unpin(sent: object) -> str:
        return kept.unpin(read_address(field_of(sent, "at")), words)

    def accept(sent: object) -> str:
        return kept.accept(read_address(field_of(sent, "at")), field_of(sent, "digest"), words)

    return [save, pin, unpin, accept]


def _checking(desk: Desk, words: Words) -> Callable[[object], str]:
    """What the script calls as `server.check_quotations`."""

    def check_quotations(sent: object) -> str:
        return desk.quoting.check(field_of(sent, "text"), words)

    return check_quotations


def _serving(room: Room) -> list[Callable[[object], Any]]:
    """What the script of the room calls as `server.save_fields` and `server.sift`; gradio takes no methods."""

    def save_fields(sent: object) -> dict[str, str]:
        return room.save(sent)

    def sift(sent: object) -> list[int]:
        return room.sift(sent)

    return [save_fields, sift]
