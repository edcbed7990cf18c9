"""A file is read as its writer meant it, or refused; it never becomes nonsense."""

import codecs
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.decoding import Undecodable, decode

CHINESE = "泡茶要慢。水太烫，叶子就苦了——祖母总这样说。\n第二天，雨停了。\n"
TRADITIONAL = "泡茶要慢。水太燙，葉子就苦了，這是祖母說的。\n第二天雨停了，我們走到河邊聽蟲鳴。\n"
ENGLISH = "Bread needs time. A slow rise gives flavour; patience is free.\nWait.\n"
MIXED = "我用 GPT-4 读《茶经》，它说“水温 80 度”。\nIt was right, 这次。\n"
ESSAYS = [CHINESE, TRADITIONAL, ENGLISH, MIXED]


@pytest.mark.parametrize("text", ESSAYS)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_another_encoding_reads_like_its_utf8_twin(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == decode(text.encode()) == text


@pytest.mark.parametrize(("mark", "encoding"), [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")])
def test_the_mark_of_utf16_tells_the_byte_order_and_is_no_part_of_the_text(mark: bytes, encoding: str) -> None:
    assert decode(mark + CHINESE.encode(encoding)) == CHINESE


def test_the_mark_of_utf8_stays_the_first_character_so_that_offsets_fit_other_tools() -> None:
    data = CHINESE.encode("utf-8-sig")
    assert decode(data) == data.decode("utf-8") == "\ufeff" + CHINESE


def test_a_gb18030_file_may_hold_rare_characters_and_emoji() -> None:
    text = CHINESE * 3 + "这个字念吉：𠮷。笑一个😀。\n"
    assert decode(text.encode("gb18030")) == text


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_lines_end_the_same_whatever_machine_wrote_them(newline: str, encoding: str) -> None:
    assert decode(CHINESE.replace("\n", newline).encode(encoding)) == CHINESE


@pytest.mark.parametrize("text", ["It’s raining, and she didn’t mind.", "Ein Stück für Zoë", "El Niño came.", "Façade"])
def test_a_windows_1252_file_is_refused_or_right(text: str) -> None:
    _refused_or_right(text, "cp1252")


@pytest.mark.parametrize("text", [TRADITIONAL, "祖母說，水太燙葉子就苦了。", "雨停了，我們走到河邊。", "慢慢喝。"])
def test_a_big5_file_is_refused_or_right(text: str) -> None:
    _refused_or_right(text, "big5")


def _refused_or_right(text: str, encoding: str) -> None:
    try:
        found = decode(text.encode(encoding))
    except Undecodable:
        return
    assert found == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06",
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" * 4,
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + bytes(range(256)),
        bytes(500),
        b"text\x00with\x01controls\x02everywhere\x03",
        codecs.BOM_UTF16_LE + "\x00\x01\x02 text".encode("utf-16-le"),
    ],
)
def test_binary_data_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(Undecodable, match="save it as UTF-8"):
        decode(data)


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_refused(seed: int) -> None:
    with pytest.raises(Undecodable):
        decode(random.Random(seed).randbytes(500))


def test_a_file_that_breaks_off_in_the_middle_of_a_character_says_where() -> None:
    with pytest.raises(Undecodable, match="breaks off at byte 4"):
        decode("茶".encode("utf-16") + b"\x36")


def test_utf8_that_breaks_off_is_not_read_as_something_else() -> None:
    with pytest.raises(Undecodable):
        decode(CHINESE.encode()[:-6])


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=100))
def test_whatever_is_written_in_utf8_comes_back_to_the_character(text: str) -> None:
    assert decode(text.encode()) == text
