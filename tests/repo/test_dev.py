"""The set-up program and what must hold for the repository as a whole."""

from __future__ import annotations

import configparser
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "latentjockey"

# Which top-level parts of the package may import the libraries that each contract keeps from all the others.
MAY_IMPORT = {
    "qt": {"ui", "window"},
    "torch": {"generators", "engine", "recipes", "training", "finding", "rendering"},
    "wire": {"surfaces"},
    "video": {"outputs", "inputs", "rendering"},
    "gl": {"stage", "ui"},
}


def _load_dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("latentjockey_dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


dev = _load_dev()


# -- command line ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["run"], ("run", [])),
        (["run", "--"], ("run", [])),
        (["run", "--", "--size", "512x512"], ("run", ["--size", "512x512"])),
        (["test", "--", "-k", "foo", "--", "x"], ("test", ["-k", "foo", "--", "x"])),
        (["lint"], ("lint", [])),
    ],
)
def test_what_follows_the_dashes_is_passed_on(argv: list[str], expected: tuple[str, list[str]]) -> None:
    assert dev.split_arguments(argv) == expected


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "python3 dev.py run"),
        (["--help"], "python3 dev.py test"),
        (["play"], "no command 'play'; the commands are run, test, lint"),
        (["run", "--size", "1x1"], "python3 dev.py run -- --size 1x1"),
        (["lint", "--", "x"], "lint takes no options"),
    ],
)
def test_other_command_lines_are_answered_with_what_to_type(argv: list[str], sentence: str) -> None:
    with pytest.raises(dev.Stop, match=re.escape(sentence)):
        dev.split_arguments(argv)


def test_a_wrong_command_ends_in_one_line_and_no_traceback() -> None:
    ended = subprocess.run([sys.executable, str(ROOT / "dev.py"), "play"], capture_output=True, text=True, timeout=240)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1


# -- what is remembered ----------------------------------------------------------------------------------------

WANTED = {"root": "here", "python": "3.11.7 python3.11", "inputs": "abc"}


def test_an_installation_for_testing_serves_playing_but_not_the_reverse() -> None:
    tested, played = {**WANTED, "dev": "yes"}, {**WANTED, "dev": "no"}
    assert dev.packages_current(tested, WANTED, dev=True)
    assert dev.packages_current(tested, WANTED, dev=False)
    assert dev.packages_current(played, WANTED, dev=False)
    assert not dev.packages_current(played, WANTED, dev=True)


@pytest.mark.parametrize("key", sorted(WANTED))
def test_any_difference_calls_for_an_installation(key: str) -> None:
    assert not dev.packages_current({**WANTED, "dev": "yes", key: "other"}, WANTED, dev=False)
    assert not dev.packages_current({}, WANTED, dev=False)


def test_stamp_is_read_back_and_a_broken_one_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "stamp.json"
    assert dev.read_stamp(path) == {}
    dev.write_stamp(path, WANTED)
    assert dev.read_stamp(path) == WANTED
    assert list(tmp_path.iterdir()) == [path]
    for broken in (b"", b"{", b"[]", b"\xff"):
        path.write_bytes(broken)
        assert dev.read_stamp(path) == {}


def test_digest_follows_both_files(tmp_path: Path) -> None:
    def digest(project: str, constraints: str) -> str:
        (tmp_path / "pyproject.toml").write_text(project)
        (tmp_path / "constraints.txt").write_text(constraints)
        return str(dev.inputs_digest(tmp_path))

    assert digest("a", "b") == digest("a", "b")
    assert len({digest("a", "b"), digest("ab", ""), digest("a", "c"), digest("c", "b")}) == 4


def test_interpreter_identity_tells_what_made_the_venv(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = somewhere\nversion = 3.11.7\n")
    before = dev.interpreter_identity(tmp_path)
    assert before.startswith("3.11.7 ")
    (tmp_path / "pyvenv.cfg").write_text("version = 3.12.1\n")
    assert dev.interpreter_identity(tmp_path) != before


# -- system libraries ------------------------------------------------------------------------------------------


def test_missing_packages_are_those_dpkg_does_not_call_installed() -> None:
    wanted = [("xvfb",), ("libgl1",), ("libegl1",), ("libasound2t64", "libasound2"), ("new", "old")]
    answer = "xvfb ii \nlibgl1 rc \nlibasound2 ii \nlibasound2 ii \n"
    assert dev.missing_packages(wanted, answer) == [("libgl1",), ("libegl1",), ("new", "old")]
    assert dev.missing_packages(wanted, "") == wanted


def test_a_person_who_is_not_root_gets_one_line_to_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.sys, "platform", "linux")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(dev.shutil, "which", lambda name, path=None: f"/usr/bin/{name}")
    installed = "\n".join(f"{names[-1]} ii " for names in dev.PLAY_PACKAGES if names[-1] != "libxcb-cursor0")
    monkeypatch.setattr(dev, "_ask_dpkg", lambda wanted: installed)
    monkeypatch.setattr(dev, "_names_for_apt", lambda missing: [names[-1] for names in missing])
    monkeypatch.setattr(dev, "_apt_install", lambda missing: pytest.fail("installed without being root"))

    assert dev.settle_system(testing=False, tried_before=False) == "missing"
    line = capsys.readouterr().out.splitlines()[-1].strip()
    assert line.startswith("sudo apt-get update && sudo apt-get install -y")
    assert line.endswith(" libxcb-cursor0")

    assert dev.settle_system(testing=True, tried_before=False) == "missing"
    assert capsys.readouterr().out.rstrip().endswith(" libxcb-cursor0 xvfb jackd2")


@pytest.mark.parametrize("tried_before", [False, True])
def test_root_installs_once_and_is_told_afterwards(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tried_before: bool
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(dev.sys, "platform", "linux")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(dev.shutil, "which", lambda name, path=None: f"/usr/bin/{name}")
    monkeypatch.setattr(dev, "_ask_dpkg", lambda wanted: "")
    monkeypatch.setattr(dev, "_names_for_apt", lambda missing: [names[-1] for names in missing])

    def refuse(missing: list[tuple[str, ...]]) -> bool:
        asked.extend(missing)
        return False

    monkeypatch.setattr(dev, "_apt_install", refuse)
    assert dev.settle_system(testing=True, tried_before=tried_before) == "missing"
    assert bool(asked) is not tried_before
    assert "sudo apt-get install" in capsys.readouterr().out


def test_systems_without_apt_get_a_line_where_one_is_known() -> None:
    assert "sudo dnf install" in dev.other_advice(["nobara", "fedora"], testing=False)
    assert dev.other_advice(["arch"], testing=True).endswith(" jack2")
    assert "jack2" not in dev.other_advice(["arch"], testing=False)
    assert dev.other_advice(["plan9"], testing=True) is None


def test_nothing_is_needed_on_macos_and_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "_ask_dpkg", lambda wanted: pytest.fail("asked dpkg"))
    for platform in ("darwin", "win32"):
        monkeypatch.setattr(dev.sys, "platform", platform)
        assert dev.settle_system(testing=True, tried_before=False) == "done"


# -- the display for tests -------------------------------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only on Linux do tests get a display of their own")
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_each_test_run_has_a_display_of_its_own_that_ends_with_it() -> None:
    def socket_of(environment: dict[str, str]) -> Path:
        return Path("/tmp/.X11-unix") / environment["DISPLAY"].replace(":", "X")

    with dev._display() as one, dev._display() as other:
        assert one["DISPLAY"] != other["DISPLAY"]
        assert one["QT_QPA_PLATFORM"] == "xcb"
        assert socket_of(one).exists()
        assert socket_of(other).exists()
    assert not socket_of(one).exists()
    assert not socket_of(other).exists()


def test_without_xvfb_the_tests_go_on_without_a_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.sys, "platform", "linux")
    monkeypatch.setattr(dev.shutil, "which", lambda name: None)
    with dev._display() as environment:
        assert environment["QT_QPA_PLATFORM"] == "offscreen"
        assert "DISPLAY" not in environment
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(("checks", "tests", "status"), [([], 0, 0), (["ruff format"], 0, 1), (["mypy"], 3, 3)])
def test_a_run_of_the_tests_ends_with_the_checks_that_failed(
    checks: list[str],
    tests: int,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(dev, "set_up", lambda testing: Path("python"))
    monkeypatch.setattr(dev, "_check", lambda python: checks)
    monkeypatch.setattr(dev, "_finish", lambda command, environment, cwd: (dev.say("the tests"), tests)[1])
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    assert dev.main(["test"]) == status
    after = capsys.readouterr().out.partition("the tests\n")[2]
    assert after == ("dev.py: checks that failed: " + ", ".join(checks) + "\n" if checks else "")


# -- the repository --------------------------------------------------------------------------------------------


def test_constraints_are_names_and_versions_only() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in lines)
    names = [line.partition("==")[0] for line in lines]
    assert len(set(names)) == len(names)
    assert "torch" in names
    assert "://" not in text


def _tracked_text() -> dict[str, str]:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, timeout=60)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    texts = {}
    for name in filter(None, listed.stdout.decode().split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            texts[name] = data.decode("utf-8", "replace")
    return texts


def test_no_tracked_file_names_a_folder_of_some_machine() -> None:
    banned = [r"/(?:home/\w|root/|Users/\w)", r"[A-Z]:\\Users\\"]
    if len(ROOT.parts) > 2:  # a one-word folder such as /app may well stand in a text for another reason
        banned.append(re.escape(f"{ROOT.as_posix()}/"))
    pattern = re.compile("|".join(banned))
    this = Path(__file__).resolve().relative_to(ROOT).as_posix()
    texts = _tracked_text()
    found = [
        f"{name}: {match.group()}" for name, text in texts.items() if name != this for match in pattern.finditer(text)
    ]
    assert found == []
    assert "dev.py" in texts


def test_every_part_of_the_package_stands_in_every_import_contract() -> None:
    parts = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    parts |= {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    for key, allowed in MAY_IMPORT.items():
        section = contracts[f"importlinter:contract:{key}"]
        sources = {line.removeprefix("latentjockey.") for line in section["source_modules"].split()}
        assert parts - allowed <= sources, key
        assert not sources & allowed, key
    assert not any("ignore_imports" in contracts[name] for name in contracts.sections())


# -- what an import loads --------------------------------------------------------------------------------------

REPORT = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps([name for name in json.loads(sys.argv[2]) if name in sys.modules]))
"""


def _loaded_by_importing(modules: list[str], watched: list[str]) -> list[str]:
    """Import modules in a fresh interpreter; return which of the watched ones are then loaded."""
    ended = subprocess.run(
        [sys.executable, "-c", REPORT, json.dumps(modules), json.dumps(watched)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    answer: list[str] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def _show_process_modules() -> list[str]:
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] == "__main__" or parts[1] in MAY_IMPORT["torch"]:
            continue
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def test_the_show_process_loads_no_torch() -> None:
    modules = _show_process_modules()
    assert "latentjockey.control.bay" in modules
    assert _loaded_by_importing(modules, ["torch", "diffusers"]) == []


def test_the_watch_on_imports_sees_what_is_loaded() -> None:
    assert _loaded_by_importing(["json.decoder"], ["json.decoder", "turtle"]) == ["json.decoder"]


def test_the_command_line_answers_without_loading_windows_and_video() -> None:
    heavy = ["PySide6", "av", "moderngl", "pyqtgraph", "torch"]
    assert _loaded_by_importing(["latentjockey.cli"], heavy) == []
