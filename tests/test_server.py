"""The server around the page, as a program on the network meets it."""

import gzip
import json
import re
import socket
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("path", "status"), [("/health", 200), ("/favicon.ico", 200), ("/zh/", 200), ("/nothing", 404)]
)
def test_every_response_carries_the_content_security_policy(server: tuple[str, Path], path: str, status: int) -> None:
    try:
        response = urllib.request.urlopen(server[0] + path, timeout=20)
    except urllib.error.HTTPError as error:
        response = error
    assert response.status == status
    assert "default-src 'self'" in response.headers["content-security-policy"]
    response.close()


def _get(address: str, **headers: str) -> tuple[Message, bytes]:
    request = urllib.request.Request(address, headers={name.replace("_", "-"): v for name, v in headers.items()})
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.headers, response.read()


def test_the_page_is_sent_small_to_whoever_can_unpack_it(server: tuple[str, Path]) -> None:
    headers, plain = _get(f"{server[0]}/zh/")
    assert "content-encoding" not in headers
    headers, small = _get(f"{server[0]}/zh/", accept_encoding="gzip, br")
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert int(headers["content-length"]) == len(small) < 36_000 < len(plain)
    assert gzip.decompress(small)[:40] == plain[:40]


def test_scripts_are_kept_by_the_browser_and_what_is_private_is_not(server: tuple[str, Path]) -> None:
    page = _get(f"{server[0]}/zh/")[1].decode()
    scripts = re.findall(r"[./]*(assets/[\w-]+\.(?:js|css))", page)
    for script in scripts[:3]:
        assert "immutable" in _get(f"{server[0]}/zh/{script}")[0]["cache-control"]
    assert scripts
    for path in ("/zh/", "/zh/config", "/health"):
        assert "immutable" not in (_get(server[0] + path)[0]["cache-control"] or "")


@pytest.mark.parametrize("scheme", ["", "file://", "{address}/zh/gradio_api/file="])
def test_a_file_of_the_machine_cannot_be_posted_as_an_upload(
    server: tuple[str, Path], tmp_path: Path, scheme: str
) -> None:
    address, seeds = server
    private = tmp_path / "private.txt"
    private.write_text("只有我自己知道的一句话，谁也不该在网页上读到它。\n", encoding="utf-8")
    with urllib.request.urlopen(f"{address}/zh/config", timeout=20) as response:
        calls = json.load(response)["dependencies"]
    upload = next(call["id"] for call in calls if call["targets"][0][1] == "upload")
    file = {
        "path": scheme.format(address=address) + str(private),
        "orig_name": "private.txt",
        "meta": {"_type": "gradio.FileData"},
    }
    body = json.dumps({"data": [[file]], "fn_index": upload, "session_hash": "intruder"}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/zh/gradio_api/queue/join", body, headers)
    urllib.request.urlopen(request, timeout=20).close()
    stream = urllib.request.urlopen(f"{address}/zh/gradio_api/queue/data?session_hash=intruder", timeout=20)
    assert any(b"process_completed" in line for line in stream)
    stream.close()
    assert private.exists()
    assert not (seeds / "private.txt").exists()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_the_page_does_not_use_of_gradio_is_not_there(server: tuple[str, Path], language: str) -> None:
    for path in (
        *("openapi.json", "monitoring", "monitoring/summary", "manifest.json", "run-history/records", "login", "docs"),
        *(f"gradio_api/{way}" for way in ("call/ask", "api/predict", "info", "openapi.json", "queue/status", "runs")),
        *(f"gradio_api/{way}" for way in ("file=/etc/passwd", "proxy=https://example.org/", "dev/reload", "vibe-code")),
    ):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{server[0]}/{language}/{path}", timeout=20)
    assert _get(f"{server[0]}/{language}/config")[1]


def test_what_waits_in_the_queue_runs_nowhere_else(server: tuple[str, Path]) -> None:
    calls = json.loads(_get(f"{server[0]}/zh/config")[1])["dependencies"]
    statuses = {}
    for call in calls:
        body = {"data": [None] * len(call["inputs"]), "fn_index": call["id"], "session_hash": "intruder"}
        request = urllib.request.Request(
            f"{server[0]}/zh/gradio_api/run/predict", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        if call["queue"] is False:
            continue
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        statuses[call["id"]] = refused.value.code
        refused.value.close()
    assert statuses
    assert set(statuses.values()) == {404}


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "[::1]:7860"])
def test_the_machine_s_own_names_are_served(server: tuple[str, Path], host: str) -> None:
    request = urllib.request.Request(server[0] + "/health", headers={"Host": host})
    urllib.request.urlopen(request, timeout=20).close()


def test_a_page_of_another_name_is_refused(server: tuple[str, Path]) -> None:
    request = urllib.request.Request(server[0] + "/health", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    assert refused.value.status == 400
    refused.value.close()


@pytest.mark.parametrize(("first", "seconds"), [(1, 12.0), (2, 1.0)])  # the other one looks for more within ten
def test_a_page_that_leaves_with_two_streams_open_leaves_no_traceback(
    server: tuple[str, Path], first: int, seconds: float
) -> None:
    """As a browser does that comes back to a page while what it opened before is still being closed."""
    address, seeds = server
    host, port = address.removeprefix("http://").split(":")
    log = seeds.parent / "log"
    before = log.stat().st_size
    calls = json.loads(_get(f"{address}/zh/config")[1])["dependencies"]
    call = next(call for call in calls if [event for _, event in call["targets"]] == ["load"])
    body = {"data": [None] * len(call["inputs"]), "fn_index": call["id"], "session_hash": f"leaves {first}"}
    join = urllib.request.Request(
        f"{address}/zh/gradio_api/queue/join", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(join, timeout=20).close()
    assert b"process_completed" in _get(f"{address}/zh/gradio_api/queue/data?session_hash=leaves%20{first}")[1]
    streams = [socket.create_connection((host, int(port))) for _ in range(2)]
    for stream in streams:
        stream.sendall(
            b"GET /zh/gradio_api/queue/data?session_hash=leaves%%20%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % first
        )
        assert b"200" in stream.recv(1000)
    for stream in streams[:first]:
        stream.close()
    time.sleep(seconds)
    for stream in streams[first:]:
        stream.close()
    assert log.read_bytes()[before:] == b""
