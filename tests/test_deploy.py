"""What the page is deployed with: as far as it can be tried without an engine for containers."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT, free_port, wait_for
from ui.access import PASSWORD, PASSWORD_FILE, NoPassword, login_from_environment
from ui.cli import parser
from ui.commands import serve_command

UNIT = ROOT / "ui" / "deploy" / "yuanhua.service"
NOBODY = 10001  # the user of the image
# A view of this machine in which nothing can be written but one folder, for somebody who is not root. Root's home is
# empty but for a Python that may lie there.
SEALED = """
set -eu
mount --bind "$1" /srv
mount --bind "$2" /mnt
mount -t tmpfs -o mode=755 tmpfs /root
case "$2" in /root/*) mkdir -p "$2"; mount --bind /mnt "$2";; esac
awk '{print $5}' /proc/self/mountinfo | grep -v -E '^/(proc|sys|dev|srv)(/|$)' | while read -r place; do
    mount -o remount,bind,ro "$place" 2>/dev/null || true
done
cd /srv
shift 2
exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Containerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def said(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def last_stage() -> list[tuple[str, str]]:
    known = instructions()
    return known[max(n for n, (name, _) in enumerate(known) if name == "FROM") :]


def environment_of_the_image() -> dict[str, str]:
    pairs = [pair for name, rest in last_stage() if name == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def test_everything_that_is_copied_into_the_image_is_there_and_not_ignored() -> None:
    sources = [word for rest in said("COPY") if "--from" not in rest for word in rest.split()[:-1]]
    sources = [source for source in sources if not source.startswith("--")]
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert {"index", "rag", "ui", "seeds", "constraints.txt"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored
    assert ignored[0] == "*", "what is not named is left out, so no secret of whoever builds it gets in"
    assert (ROOT / ".dockerignore").read_text(encoding="utf-8") == "\n".join(ignored) + "\n"


def test_the_image_runs_as_nobody_in_particular_and_says_what_it_runs() -> None:
    names = [name for name, _ in last_stage()]
    user = next(rest for name, rest in last_stage() if name == "USER")
    assert user == f"{NOBODY}:{NOBODY}"
    assert names.index("USER") > max(n for n, name in enumerate(names) if name in ("RUN", "COPY"))
    command = json.loads(said("ENTRYPOINT")[0]) + json.loads(said("CMD")[0])
    assert command[0] == "yuanhua"
    options = parser().parse_args(command[1:])
    assert options.command is serve_command
    assert options.login, "whoever publishes the port is asked for a password first"
    volume = said("VOLUME")[0]
    known = environment_of_the_image()
    for place in (str(options.seeds), str(options.index), known["HOME"], known["XDG_CACHE_HOME"], known["TMPDIR"]):
        assert Path(place).is_relative_to(volume)
    assert str(options.port) in said("EXPOSE")
    (check,) = said("HEALTHCHECK")
    program = json.loads(check[check.index("[") :])
    assert program[:2] == ["python", "-c"]
    compile(program[2], "HEALTHCHECK", "exec")
    assert f"127.0.0.1:{options.port}/health" in program[2]


def test_the_image_has_a_python_that_the_project_takes_and_the_pinned_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    least = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    bases = {rest.split()[0] for rest in said("FROM")}
    assert len(bases) == 1, "what was made in one stage runs in the other"
    tag = re.search(r"python:(\d+)\.(\d+)-slim$", bases.pop())
    assert tag
    assert tuple(map(int, tag.groups())) >= least
    installs = [rest for rest in said("RUN") if "pip install" in rest and "/wheel/" not in rest]
    assert installs
    assert all("--constraint constraints.txt" in install for install in installs)
    assert "--no-deps" in installs[0]
    assert " torch; fi" in " ".join(installs[0].split()), "before the dependencies, which bring PyPI's"
    assert "TORCH_INDEX" in said("ARG")[0]


def test_nothing_secret_is_in_the_image() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert not re.search(r"PASSWORD|KEY|TOKEN|SECRET", text)


def unit_of(folder: Path) -> Path:
    """As it is, but for a program that is here."""
    unit = folder / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/yuanhua/bin/yuanhua", "/bin/true"), encoding="utf-8")
    return unit


def test_the_service_starts_the_page_behind_a_login_and_writes_in_one_folder() -> None:
    text = UNIT.read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    options = parser().parse_args(shlex.split(line.replace("%S", "/var/lib"))[1:])
    assert options.command is serve_command
    assert (options.login, options.host) == ("reader", "127.0.0.1")
    for place in re.findall(r"(?:HOME|--seeds|--index|WorkingDirectory)[= ](\S+)", text):
        assert place.startswith("%S/yuanhua")
    assert f"{PASSWORD_FILE}=%d/password" in text
    assert "LoadCredential=password:" in text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_service_and_little_that_it_may(tmp_path: Path) -> None:
    unit = unit_of(tmp_path)
    checked = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
    assert (checked.returncode, checked.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert rated.returncode == 0, rated.stdout[-300:]


def test_a_password_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    file = tmp_path / "password"
    file.write_text("correct horse\n", encoding="utf-8")
    monkeypatch.setenv(PASSWORD_FILE, str(file))
    assert login_from_environment("mei").is_right("mei", "correct horse")
    monkeypatch.setenv(PASSWORD, "another one")
    assert login_from_environment("mei").is_right("mei", "another one"), "what is said outright comes first"
    for bad in (b"short\n", b"\xff\xfe\xff\xff\xff\xff\xff\xff\xff", None):
        file.write_bytes(bad) if bad is not None else file.unlink()
        with pytest.raises(NoPassword) as refused:
            login_from_environment("mei")
        assert PASSWORD_FILE in str(refused.value)
        assert PASSWORD_FILE in refused.value.said("zh")
        assert "short" not in str(refused.value)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A machine on which only `volume` can be written; to those on it that is /srv."""

    volume: Path

    def command(self, *arguments: str) -> list[str]:
        run = [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            SEALED,
            "sh",
            str(self.volume),
            sys.base_prefix,
        ]
        return [*run, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """As the image has it, with this folder for its volume."""
        known = environment_of_the_image() | {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        return {name: value.replace("/data", "/srv") for name, value in known.items()}

    def yuanhua(self, *arguments: str) -> str:
        ran = subprocess.run(
            self.command(sys.executable, "-m", "ui", *arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    if os.geteuid() or not all(map(shutil.which, ("unshare", "setpriv"))):
        pytest.skip("a machine that cannot be written is made by root, with unshare and setpriv")
    volume = tmp_path_factory.mktemp("volume")
    shutil.copytree(ROOT / "seeds", volume / "seeds", ignore=shutil.ignore_patterns(".*"))
    for path in (volume, *volume.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    machine = Sealed(volume)
    tried = f"test ! -w / && test ! -w {ROOT} && test -w /srv && {sys.executable} -c 'import numpy'"
    if subprocess.run(machine.command("sh", "-c", tried), capture_output=True, timeout=60).returncode:
        pytest.skip("nothing may be mounted here, or others may not read this checkout")
    return machine


@contextmanager
def started(machine: Sealed) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    port = free_port()
    command = json.loads(said("CMD")[0])
    command[command.index("0.0.0.0")] = "127.0.0.1"
    arguments = [word.replace("/data", "/srv") for word in command] + ["--port", str(port)]
    log = machine.volume.parent / f"{machine.volume.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            machine.command(sys.executable, "-m", "ui", *arguments),
            env=machine.environment | {PASSWORD: "correct horse"},
            stdout=output,
            stderr=output,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/health", process, log)
            yield address, process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait(30)


def test_all_of_it_works_where_only_the_volume_can_be_written(sealed: Sealed) -> None:
    with started(sealed) as (address, process):
        with urllib.request.urlopen(f"{address}/health", timeout=20) as response:
            assert json.load(response)["status"] == "ok"
        essay = sealed.volume / "seeds" / "salt.md"
        essay.write_text("# 论盐\n\n腌萝卜的盐要放三成。\n", encoding="utf-8")
        os.chown(essay, NOBODY, NOBODY)
        sealed.yuanhua("index", "build", "--seeds", "/srv/seeds", "--index", "/srv/index")
        answer = json.loads(sealed.yuanhua("ask", "腌萝卜的盐要放多少？", "--json", "--index", "/srv/index"))
        assert answer["citations"][0]["quote"] == "腌萝卜的盐要放三成。"
        assert list(sealed.volume.glob("yuanhua-*")), "uploads wait here"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, "as a service is stopped"
    left = {path.name for path in sealed.volume.iterdir()}
    assert left == {"seeds", "index", "cache"}
    assert {path.stat().st_uid for path in sealed.volume.rglob("*")} == {NOBODY}


def test_what_is_to_be_typed_and_what_was_measured_is_the_same_in_both_languages() -> None:
    english, chinese = (
        (ROOT / "ui" / "deploy" / name).read_text(encoding="utf-8") for name in ("DEPLOY.md", "DEPLOY.zh.md")
    )
    for pattern in (r"```.*?```", r"`(?:yuanhua|podman|docker|python) [^`\n]+`", r"[\d.][\d,.]* (?:MB|GB|ms|kB)"):
        typed = re.findall(pattern, english, re.DOTALL)
        assert typed == re.findall(pattern, chinese, re.DOTALL)
        assert typed
