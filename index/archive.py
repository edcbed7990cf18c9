"""Zip archives: the essays in one, and the bounds that hold however the archive was made.

Members are inflated here and not by zipfile, whose bound is the size that the archive itself states."""

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from index import decoding, extract
from index.problems import Problem, Unreadable

MOST_MEMBERS = 10_000
LARGEST_MEMBER = 100_000_000  # bytes when inflated, as for the next
LARGEST_TOTAL = 1_000_000_000
LARGEST_RATIO = 200  # inflated to packed; prose comes to 2 to 5
SMALL = 1_000_000  # bytes; what is no larger than this may have any ratio
READ = (*decoding.SUFFIXES, *extract.SUFFIXES)
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")
_LARGEST_DIRECTORY = 500 * MOST_MEMBERS  # bytes
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others take as much memory to unpack as they ask for

_NESTED = ("archives inside an archive are not opened; unpack it first", "不打开压缩包里的压缩包，请先解压")
_UNSAFE = (
    "its name points out of the archive or is not valid text; rename it",
    "文件名指向压缩包之外或不是有效的文字，请改名",
)
_LOCKED = ("it is locked with a password; pack it without one", "文件有密码保护，请去掉密码后重新打包")
_LINK = ("it is a link; pack the file itself", "这是一个链接，请把文件本身打包")
_PACKED = (
    "it is packed by a method that is not read; pack it anew as an ordinary zip",
    "不支持这种压缩方法，请重新打包为普通 zip",
)
_DOUBLED = ("another file in the archive has this name already; rename one", "压缩包里已有同名文件，请改名")
_LARGE = ("it is larger than an essay may be; split it", "文件超过一篇文章的上限，请拆开")
_TOTAL = ("the archive holds too much altogether; split it into several", "压缩包里的内容总量太大，请分成几个")
_DAMAGED = ("the archive is damaged or no zip file; pack it anew", "压缩包已损坏或不是 zip 文件，请重新打包")
_MANY = (
    f"the archive holds more than {MOST_MEMBERS:,} files; split it into several",
    f"压缩包里的文件超过 {MOST_MEMBERS:,} 个，请分成几个",
)
_BOMB = ("it unpacks to far more than any essay; it is left out", "解压后的大小远超任何文章，没有读入")


class _Listing(NamedTuple):
    members: dict[str, zipfile.ZipInfo]
    problems: tuple[Problem, ...]


def members(path: Path) -> tuple[list[str], list[Problem]]:
    """The names of the essays in the archive, in its order, and what else it holds. Raises Unreadable."""
    listing = _listing(path)
    return list(listing.members), list(listing.problems)


def read(path: Path, member: str) -> bytes:
    """One of the `members`. Raises Unreadable."""
    info = _listing(path).members.get(member)
    if info is None:
        raise Unreadable("it is no longer in the archive", "它已不在压缩包里")
    try:
        with path.open("rb") as file:
            return inflate(file, info, LARGEST_MEMBER)
    except OSError as error:
        raise _not_opened(error) from error


def directory(file: BinaryIO) -> list[zipfile.ZipInfo]:
    """Raises Unreadable."""
    if _directory_size(file) > _LARGEST_DIRECTORY:
        raise Unreadable(*_MANY)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    # struct.error, UnicodeDecodeError and IndexError come out of zipfile for directories that are made up
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError, IndexError) as error:
        raise Unreadable(*_DAMAGED) from error
    if len(infos) > MOST_MEMBERS:
        raise Unreadable(*_MANY)
    return infos


def inflate(file: BinaryIO, info: zipfile.ZipInfo, most: int) -> bytes:
    """A member's bytes: never more than `most`, nor out of proportion to what they are packed in. Raises Unreadable."""
    if info.flag_bits & 0x1:
        raise Unreadable(*_LOCKED)
    if info.compress_type not in _METHODS:
        raise Unreadable(*_PACKED)
    most = min(most, max(SMALL, LARGEST_RATIO * info.compress_size))
    if info.file_size > most:
        raise Unreadable(*_BOMB)
    packed = _packed(file, info)
    try:
        data = (
            packed if info.compress_type == zipfile.ZIP_STORED else zlib.decompressobj(-15).decompress(packed, most + 1)
        )
    except zlib.error as error:
        raise Unreadable(*_DAMAGED) from error
    if len(data) > most:
        raise Unreadable(*_BOMB)
    if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
        raise Unreadable(*_DAMAGED)
    return data


def _packed(file: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    """What stands between the member's own header and the next: header_offset counts what precedes the archive."""
    if info.compress_size > LARGEST_MEMBER or info.header_offset < 0:
        raise Unreadable(*_DAMAGED)
    file.seek(info.header_offset)
    head = file.read(30)
    if len(head) < 30 or not head.startswith(b"PK\3\4"):
        raise Unreadable(*_DAMAGED)
    file.seek(sum(struct.unpack("<HH", head[26:])), 1)  # the name and the extra field
    return file.read(info.compress_size)


def _directory_size(file: BinaryIO) -> int:
    """As the archive's end states it: zipfile reads the whole directory before it counts."""
    length = file.seek(0, 2)
    start = max(0, length - (1 << 16) - 100)
    file.seek(start)
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) < end + 22:
        raise Unreadable(*_DAMAGED)
    size = int(struct.unpack_from("<L", tail, end + 12)[0])
    if size == 0xFFFFFFFF and end >= 76 and tail.startswith(b"PK\6\6", end - 76):  # the record of a zip64 archive
        size = int(struct.unpack_from("<Q", tail, end - 76 + 40)[0])
    return size


def _listing(path: Path) -> _Listing:
    try:
        state = path.stat()
        return _listed(path, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise _not_opened(error) from error


@lru_cache(maxsize=2)
def _listed(path: Path, _size: int, _modified: int) -> _Listing:
    """Kept while the file is the same, for its members are asked for one by one."""
    with path.open("rb") as file:
        infos = directory(file)
    found: dict[str, zipfile.ZipInfo] = {}
    problems = []
    total = 0
    for name, info in _visible(infos):
        total += info.file_size
        fault = _fault(name, info) or (_DOUBLED if name in found else _TOTAL if total > LARGEST_TOTAL else None)
        if fault:
            problems.append(Problem(name, *fault))
        else:
            found[name] = info
    return _Listing(found, tuple(problems))


def _visible(infos: list[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    for info in infos:
        name = _name(info)
        parts = name.split("/")
        hidden = any(part.startswith((".", "~$")) and part not in (".", "..") for part in parts)
        if not (hidden or name.endswith("/") or "__MACOSX" in parts):
            yield name, info


def _name(info: zipfile.ZipInfo) -> str:
    """With "/" between its parts. Without its mark for UTF-8, zipfile takes a name for cp437, which Windows and old
    Macs seldom mean."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        name = _decoded(name.encode("cp437", "replace"), name)
    return name.replace("\\", "/")


def _decoded(raw: bytes, otherwise: str) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or (decoding.is_writing(name, trusted=False) and not decoding.swallows(name)):
            return name
    return otherwise


def _fault(name: str, info: zipfile.ZipInfo) -> tuple[str, str] | None:
    suffix = Path(name).suffix.lower()
    if _is_unsafe(name):
        return _UNSAFE
    if suffix in _ARCHIVES:
        return _NESTED
    if suffix not in READ:
        return extract.not_read(suffix)
    if info.flag_bits & 0x1:
        return _LOCKED
    if stat.S_ISLNK(info.external_attr >> 16):
        return _LINK
    if info.compress_type not in _METHODS:
        return _PACKED
    return _LARGE if info.file_size > LARGEST_MEMBER else None


def _is_unsafe(name: str) -> bool:
    parts = name.split("/")
    return (
        any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name)
        or any(part in ("", ".", "..") for part in parts)
        or ":" in parts[0]
    )


def _not_opened(error: OSError) -> Unreadable:
    return Unreadable(
        f"it cannot be read ({error.strerror}); check that it is there and may be read",
        f"读不了（{error.strerror}），请检查文件是否还在、有没有读取权限",
    )
