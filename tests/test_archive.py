"""Zip archives: what is in one, under its right name, and never more of it than an essay may have."""

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from index import archive
from index.archive import members, read
from index.problems import Unreadable
from tests.made import WATER, zipped


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "essays.zip"


def raw_zip(*files: tuple[bytes, bytes], flags: int = 0, method: int = 0, size: int | None = None) -> bytes:
    """With the names' own bytes, and with what the headers say chosen freely."""
    data, directory = b"", b""
    for name, content in files:
        crc = zlib.crc32(content)
        stated = len(content) if size is None else size
        fields = struct.pack("<HHHHHLLLHH", 20, flags, method, 0, 33, crc, len(content), stated, len(name), 0)
        directory += b"PK\1\2\x14\0" + fields + struct.pack("<HHHLL", 0, 0, 0, 0, len(data)) + name
        data += b"PK\3\4" + fields + name + content
    return (
        data
        + directory
        + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, len(files), len(files), len(directory), len(data), 0)
    )


def reason(path: Path, data: bytes) -> str:
    """The one problem in an archive whose other member is read."""
    path.write_bytes(data)
    found, (problem,) = members(path)
    assert found == ["tea.txt"]
    assert str(problem) != problem.chinese
    assert len(str(problem).splitlines()) == 1
    return str(problem)


def refusal(path: Path, member: str = "") -> str:
    with pytest.raises(Unreadable) as caught:
        read(path, member) if member else members(path)
    assert str(caught.value) != caught.value.chinese
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_the_essays_come_in_the_order_of_the_archive_to_the_byte(path: Path) -> None:
    names = ["z/tea.txt", "a.MD", "茶/论茶.html", "b.pdf", "c.docx", "d.epub"]
    path.write_bytes(zipped({name: f"{name} {WATER}" for name in names}))
    assert members(path) == (names, [])
    assert [read(path, name).decode() for name in names] == [f"{name} {WATER}" for name in names]


def test_folders_and_hidden_files_are_not_there(path: Path) -> None:
    hidden = ["more/", ".x.txt", ".git/a.txt", "__MACOSX/._tea.txt", "a/__MACOSX/tea.txt", "~$tea.docx", "a/.b/c.txt"]
    path.write_bytes(zipped(dict.fromkeys([*hidden, "tea.txt"], "x")))
    assert members(path) == (["tea.txt"], [])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../tea.txt", "points out of the archive"),
        ("a/../../tea.txt", "points out of the archive"),
        ("/etc/tea.txt", "points out of the archive"),
        ("C:/tea.txt", "points out of the archive"),
        ("C:tea.txt", "points out of the archive"),
        ("..\\tea.txt", "points out of the archive"),
        ("a//tea.txt", "points out of the archive"),
        ("a\ntea.txt", "points out of the archive"),
        ("a\x00.txt", "points out of the archive"),
        ("more.zip", "archives inside an archive are not opened"),
        ("more.tar.gz", "archives inside an archive are not opened"),
        ("a.jpg", "files of this kind are not read"),
        ("a.doc", "save it as .docx"),
        ("README", "files of this kind are not read"),
    ],
)
def test_what_is_no_essay_is_one_line(path: Path, name: str, why: str) -> None:
    assert why in reason(path, raw_zip((b"tea.txt", b"x"), (name.encode(), b"x"), flags=0x800))
    assert "no longer in the archive" in refusal(path, name)


def test_windows_separators_are_separators(path: Path) -> None:
    path.write_bytes(raw_zip((b"a\\tea.txt", b"hot")))
    assert members(path) == (["a/tea.txt"], [])
    assert read(path, "a/tea.txt") == b"hot"


@pytest.mark.parametrize("name", ["论茶与水.txt", "散文/春　天.md", "随笔（一）.txt"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_chinese_names_without_their_mark_come_out_right(path: Path, name: str, encoding: str) -> None:
    path.write_bytes(raw_zip((name.encode(encoding), b"hot")))
    assert members(path) == ([name], [])
    assert read(path, name) == b"hot"


def test_western_names_without_their_mark_come_out_right(path: Path) -> None:
    path.write_bytes(raw_zip(("café.txt".encode("cp437"), b"hot")))
    assert members(path) == (["café.txt"], [])


def test_a_name_that_is_not_the_utf8_it_says_is_one_line(path: Path) -> None:
    path.write_bytes(raw_zip((b"\xed\xa0\x80.txt", b"x"), flags=0x800))
    assert "damaged" in refusal(path)


def test_of_two_files_of_one_name_the_first_is_read(path: Path) -> None:
    assert "has this name already" in reason(path, raw_zip((b"tea.txt", b"hot"), (b"tea.txt", b"cold")))
    assert read(path, "tea.txt") == b"hot"


def test_a_locked_file_says_so(path: Path) -> None:
    path.write_bytes(raw_zip((b"tea.txt", b"secret"), flags=1))
    found, (problem,) = members(path)
    assert (found, str(problem)) == ([], "tea.txt: it is locked with a password; pack it without one.")


def test_a_link_is_not_followed(path: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("tea.txt", "hot")
        made.writestr(link, "/etc/passwd")
    assert "it is a link" in reason(path, path.read_bytes())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 93])
def test_other_methods_are_one_line(path: Path, method: int) -> None:
    path.write_bytes(raw_zip((b"tea.txt", b"x"), method=method))
    found, (problem,) = members(path)
    assert found == []
    assert "packed by a method that is not read" in str(problem)


def test_what_inflates_to_far_too_much_is_one_line(path: Path) -> None:
    path.write_bytes(zipped({"tea.txt": bytes(50_000_000)}))
    assert members(path) == (["tea.txt"], [])
    assert "unpacks to far more" in refusal(path, "tea.txt")


def test_a_small_file_may_inflate_as_much_as_it_likes(path: Path) -> None:
    path.write_bytes(zipped({"tea.txt": "茶" * 300_000}))
    assert read(path, "tea.txt").decode() == "茶" * 300_000


@pytest.mark.parametrize("stated", [0, 10, 900_000, 2_000_000_000])
def test_a_size_that_is_a_lie_is_one_line(path: Path, stated: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_MEMBER", 3_000_000_000)
    monkeypatch.setattr(archive, "LARGEST_TOTAL", 3_000_000_000)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("tea.txt", bytes(50_000_000))
    data = bytearray(made.getvalue())
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<L", data, data.index(signature) + offset, stated)
    path.write_bytes(data)
    assert members(path)[0] == ["tea.txt"]
    assert "unpacks to far more" in refusal(path, "tea.txt")


def test_overlapping_files_cost_no_more_than_others(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_TOTAL", 3_000_000)
    kernel = raw_zip((b"a.txt", b"x" * 1_000_000))
    start = kernel.index(b"PK\1\2")
    entry = kernel[start : kernel.index(b"PK\5\6")]
    directory = b"".join(entry.replace(b"a.txt", b"%c.txt" % (97 + n)) for n in range(20))
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 20, 20, len(directory), start, 0)
    path.write_bytes(kernel[:start] + directory + end)
    found, problems = members(path)
    assert found == ["a.txt", "b.txt", "c.txt"]
    assert {problem.reason for problem in problems} == {"the archive holds too much altogether; split it into several"}


def test_a_file_larger_than_an_essay_is_one_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_MEMBER", 5)
    assert "larger than an essay" in reason(path, zipped({"tea.txt": "12345", "ink.txt": "123456"}))


def test_too_many_files_are_one_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(zipped({f"{n}.txt": "x" for n in range(10_001)}))
    started = time.process_time()
    assert "more than 10,000 files" in refusal(path)
    monkeypatch.setattr(archive, "_LARGEST_DIRECTORY", 1000)
    assert "more than 10,000 files" in refusal(path)
    assert time.process_time() - started < 10


def test_ten_thousand_files_are_read_one_by_one_in_good_time(path: Path) -> None:
    path.write_bytes(zipped({f"{n}.txt": str(n) for n in range(10_000)}))
    started = time.process_time()
    assert [read(path, name) for name in members(path)[0]] == [b"%d" % n for n in range(10_000)]
    assert time.process_time() - started < 20


def test_an_archive_that_changes_is_looked_into_anew(path: Path) -> None:
    path.write_bytes(zipped({"tea.txt": "hot"}))
    assert read(path, "tea.txt") == b"hot"
    path.write_bytes(zipped({"ink.txt": "black"}))
    assert members(path) == (["ink.txt"], [])
    assert "no longer in the archive" in refusal(path, "tea.txt")


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all" * 100, b"PK\5\6" + bytes(18)[:10]])
def test_what_is_no_archive_is_one_line(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert "damaged or no zip file" in refusal(path)


def test_an_archive_that_is_not_there_is_one_line(path: Path) -> None:
    assert "No such file" in refusal(path)


def test_an_empty_archive_has_nothing_in_it(path: Path) -> None:
    path.write_bytes(zipped({}))
    assert members(path) == ([], [])


def test_a_damaged_archive_is_one_line_or_what_is_left_of_it(path: Path) -> None:
    whole = zipped({"tea.txt": WATER * 50, "ink.txt": WATER})
    for n in range(0, len(whole), 3):
        data = bytearray(whole)
        data[n] ^= 0x55
        for damaged in (bytes(data), whole[:n]):
            path.write_bytes(damaged)
            try:
                for name in members(path)[0]:
                    assert read(path, name).decode() in (WATER * 50, WATER)
            except Unreadable as error:
                assert len(str(error).splitlines()) == 1
