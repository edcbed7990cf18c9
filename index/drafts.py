"""A file that is written whole or not at all."""

import os
import tempfile
from pathlib import Path

from index.arrays import sync


def write_whole(path: Path, text: str, *, over: bool = True) -> None:
    """Whoever reads it sees what was there before, or all of the text. `over`: what was there may go. Raises OSError;
    FileExistsError where it may not."""
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        draft.chmod(0o644)
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
