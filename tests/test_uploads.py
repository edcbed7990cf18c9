"""What may be uploaded, at the socket: how many, how much, of which kinds; and what becomes of it."""

import asyncio
import http.client
import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.types import Message, Receive, Scope, Send

from ui import uploads
from ui.faults import Refused
from ui.uploads import AGE, AT_ONCE, FRESH, Files, Uploads, tidy

Server = tuple[str, Path]
BOUNDARY = "----boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
UPLOAD = "/en/gradio_api/upload"


def part(name: str, content: bytes = b"x", field: str = "files") -> bytes:
    disposition = f'form-data; name="{field}"; filename="{name}"'
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def post(
    server: Server, body: bytes | Iterable[bytes], path: str = UPLOAD, content_type: str = FORM, **headers: str
) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(server[0]).netloc, timeout=60)
    try:
        sent = {"Content-Type": content_type} | {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request("POST", path, body, sent)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def lying(server: Server) -> list[Path]:
    """What the server keeps of uploads."""
    return [path for path in (server[1].parent / "tmp").glob("yuanhua-*/**/*") if path.is_file()]


@pytest.fixture
def tidied(server: Server) -> Iterator[Server]:
    before = lying(server)
    yield server
    for path in set(lying(server)) - set(before):
        path.unlink()


def test_files_of_every_kind_that_is_read_are_taken(tidied: Server) -> None:
    names = ["a.txt", "文章.MD", "b.pdf", "c.docx", "d.epub", "e.html", "f.zip"]
    status, answer = post(tidied, b"".join(part(name, name.encode()) for name in names) + END)
    assert status == 200
    assert [Path(path).name for path in json.loads(answer)] == names
    assert [Path(path).read_text(encoding="utf-8") for path in json.loads(answer)] == names


@pytest.mark.parametrize(
    ("path", "said"), [(UPLOAD, "virus.exe: "), ("/zh/gradio_api/upload", "virus.exe：")], ids=["en", "zh"]
)
def test_a_file_of_another_kind_is_refused_and_nothing_of_the_request_is_kept(
    server: Server, path: str, said: str
) -> None:
    before = lying(server)
    status, answer = post(server, part("essay.txt") + part("virus.exe") + END, path)
    assert status == 415
    assert answer.startswith(said)
    assert answer.count("\n") == 1
    assert lying(server) == before


@pytest.mark.parametrize("length", [True, False], ids=["with its length", "without"])
def test_a_file_that_is_too_large_is_refused_while_it_streams_in(server: Server, length: bool) -> None:
    before = lying(server)
    chunks = [part("long.txt", b""), *[b"x" * 1_000_000] * 21, b"\r\n" + END]
    body: bytes | Iterator[bytes] = b"".join(chunks) if length else iter(chunks)
    assert post(server, body) == (
        413,
        "long.txt: it is larger than the 20 MB that a file of its kind may have; split it.\n",
    )
    assert lying(server) == before


def test_a_refusal_is_there_before_the_rest_was_sent(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server[0]).netloc, timeout=20)
    connection.putrequest("POST", UPLOAD)
    connection.putheader("Content-Type", FORM)
    connection.putheader("Content-Length", str(10_000_000))
    connection.endheaders(part("virus.exe"))
    response = connection.getresponse()
    assert response.status == 415
    connection.close()
    response.close()


def test_two_hundred_files_are_taken_and_one_more_is_refused(tidied: Server) -> None:
    before = lying(tidied)
    body = b"".join(part(f"{n}.txt") for n in range(200))
    assert post(tidied, body + part("201.txt") + END) == (413, "More than 200 files at once; upload them in parts.\n")
    assert lying(tidied) == before
    assert post(tidied, body + END)[0] == 200


def test_more_than_a_gigabyte_is_refused_by_its_length_and_without_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(server, part("a.pdf"), Content_Length="1000000001")[0] == 413
    monkeypatch.setattr(uploads, "LARGEST_REQUEST", 3_000_000)
    body = Files(FORM)
    with pytest.raises(Refused) as refused:
        for n in range(4):
            body.write(part(f"{n}.pdf", b"x" * 999_000))
    assert refused.value.status == 413


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"nonsense", FORM),
        (part("a.txt") + END, "multipart/form-data"),
        (part("a.txt", field="other") + END, FORM),
        (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"\r\n\r\nx\r\n'.encode() + END, FORM),
        (part("a.txt") + END, FORM + "; charset=utf-16"),
        (part("a.txt") + END, "multipart/mixed; boundary=" + BOUNDARY),
        (part("a.txt") + END, "multipart/form-data; boundary=" + "b" * 5000),
    ],
)
def test_what_is_no_upload_of_files_is_refused(server: Server, body: bytes, content_type: str) -> None:
    before = lying(server)
    assert post(server, body, content_type=content_type)[0] == 400
    assert lying(server) == before


def begun(server: Server) -> http.client.HTTPConnection:
    """An upload of which the rest is still to come."""
    connection = http.client.HTTPConnection(urlsplit(server[0]).netloc, timeout=20)
    connection.putrequest("POST", UPLOAD)
    connection.putheader("Content-Type", FORM)
    connection.putheader("Content-Length", "1000000")
    connection.endheaders(part("a.txt", b"x" * 10_000))
    return connection


def test_an_upload_that_breaks_off_leaves_nothing(server: Server) -> None:
    before = lying(server)
    connection = begun(server)
    _wait_until(lambda: lying(server) != before)
    connection.close()
    _wait_until(lambda: lying(server) == before)


def test_only_so_many_upload_at_once(tidied: Server) -> None:
    before = lying(tidied)
    others = [begun(tidied) for _ in range(AT_ONCE)]
    _wait_until(lambda: len(lying(tidied)) == len(before) + AT_ONCE)
    assert post(tidied, part("a.txt") + END)[0] == 503
    for connection in others:
        connection.close()
    _wait_until(lambda: lying(tidied) == before)
    assert post(tidied, part("a.txt") + END)[0] == 200


def test_an_upload_of_which_nothing_more_comes_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(uploads, "SILENT", 0.05)
    monkeypatch.setattr(uploads, "PATIENCE", 0.05)
    sent: list[Message] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        while True:
            await receive()

    async def receive() -> Message:
        await asyncio.sleep(1 if sent or received else 0)
        received.append(True)
        return {"type": "http.request", "body": part("a.txt"), "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    received: list[bool] = []
    headers = [(b"content-type", FORM.encode())]
    scope = {"type": "http", "path": UPLOAD, "query_string": b"", "headers": headers}
    asyncio.run(Uploads(app, tmp_path)(scope, receive, send))
    assert sent[0]["status"] == 408
    assert not sent[-1].get("more_body")


@pytest.mark.parametrize(("rate", "taken"), [(5_000, False), (20_000, True)])
def test_an_upload_that_only_trickles_is_given_up(rate: int, taken: bool) -> None:
    body = Files(FORM)
    body.write(part("a.pdf", b"")[:-2])

    def trickle() -> None:
        for _ in range(20):
            body._began -= 10  # seconds go by
            body.write(b"x" * rate * 10)

    if taken:
        trickle()
    else:
        with pytest.raises(Refused) as refused:
            trickle()
        assert refused.value.status == 408


def _wait_until(happened: object) -> None:
    assert callable(happened)
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("place", ["component_server", "process_recording", "upload/x"])
def test_files_are_taken_at_one_place_only(server: Server, place: str) -> None:
    assert post(server, part("a.txt") + END, f"/en/gradio_api/{place}")[0] in (404, 415)


def test_no_other_request_is_larger_than_a_conversation(server: Server) -> None:
    body = json.dumps({"data": ["x" * 400_000], "fn_index": 0, "session_hash": "large"}).encode()
    answer = (413, "More than 400 KB at once; send it in parts.\n")
    for path in ("/en/gradio_api/queue/join", "/en/gradio_api/run/predict", "/en/gradio_api/component_server"):
        assert post(server, body, path, "application/json") == answer
        assert post(server, iter([body]), path, "application/json") == answer


def test_uploads_that_nobody_took_go_by_age_and_the_oldest_first_where_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "ROOM", 25)
    now = time.time()
    ages = {"forgotten": AGE + 5, "older": FRESH + 20, "old": FRESH + 10, "new": 3, "newest": 0}
    for name, age in ages.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "essay.txt").write_bytes(b"x" * 10)
        os.utime(tmp_path / name / "essay.txt", (now - age, now - age))
        os.utime(tmp_path / name, (now - age, now - age))
    assert tidy(tmp_path) == 20
    assert {path.parent.name for path in tmp_path.rglob("*.txt")} == {"new", "newest"}
    monkeypatch.setattr(uploads, "ROOM", 5)
    assert tidy(tmp_path) == 20  # what has just come may be on its way into the corpus


def test_folders_that_became_empty_go_too(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "fresh").mkdir()
    os.utime(tmp_path / "empty", (0, 0))
    tidy(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["fresh"]
