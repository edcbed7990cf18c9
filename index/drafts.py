"""A file that is written whole or not at all."""

from pathlib import Path
from secrets import token_hex

from index.arrays import sync


def write_whole(path: Path, text: str, *, over: bool = True) -> None:
    """Whoever reads it sees what was there before, or all of the text. `over`: what was there may go. Raises OSError;
    FileExistsError where it may not."""
    draft = path.parent / f".draft-{token_hex(8)}"
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:  # whoever may read it, the umask says
            file.write(text)
        sync(draft)
        if over:
            draft.replace(path)
        else:
            _put(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    """Where nothing is yet; a link cannot take another file's place, however late that came."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(path) from None
        draft.replace(path)
