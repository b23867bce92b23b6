"""The command line: what it understands, what it refuses in a sentence, and what it does without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from latentjockey import cli, headless
from latentjockey.app import Show
from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import state_dir
from latentjockey.base.platform import FolderLock
from latentjockey.control.catalogue import builtin
from latentjockey.generators.testcard import level, read_layers
from latentjockey.models.builtin import BUILTIN
from latentjockey.navigation.seeds import seed_from, z_from_seed
from latentjockey.options import Options
from latentjockey.presets.still import read_still


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Options, dict[str, Any]]]:
    """What ``headless`` was asked to play, instead of playing it."""
    calls: list[tuple[Options, dict[str, Any]]] = []
    monkeypatch.setattr(headless, "play", lambda options, **rest: calls.append((options, rest)) or 0)
    return calls


def test_options_before_and_after_the_command_count(asked: list[tuple[Options, dict[str, Any]]]) -> None:
    arguments = [
        "--seed",
        "tide",
        "headless",
        "--size",
        "64x32",
        "--set",
        "/deck/a/psi=3",
        "--set",
        "/mix/crossfade=-1",
    ]
    more = ["--osc-in", "0.0.0.0:9001", "--osc-out", "127.0.0.1:9002", "--no-standby", "--seconds", "2", "--fps", "30"]
    assert cli.main([*arguments, *more]) == 0
    options, rest = asked[0]
    assert options == Options(
        seed="tide", size=(64, 32), sets=(("/deck/a/psi", "3"), ("/mix/crossfade", "-1")),
        osc_in=("0.0.0.0", 9001), osc_out=("127.0.0.1", 9002), standby=False, fps=30.0,
    )  # fmt: skip
    assert rest["seconds"] == 2.0


def test_osc_may_be_off(asked: list[tuple[Options, dict[str, Any]]]) -> None:
    cli.main(["headless", "--osc-in", "off"])
    assert asked[0][0].osc_in is None


def test_ways_out_are_named_with_or_without_a_name(asked: list[tuple[Options, dict[str, Any]]]) -> None:
    cli.main(["headless", "--send", "ndi", "--send", "v4l2=/dev/video10"])
    assert asked[0][0].sends == (("ndi", ""), ("v4l2", "/dev/video10"))
    assert asked[0][0].fresh


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_it_plays_headless_and_records(
    asked: list[tuple[Options, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main([]) == 0
    assert asked[0][1]["record_anyway"] is True
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--size", "0x9", "headless"], "a size is WxH"),
        (["--osc-in", "nowhere", "headless"], "an address is HOST:PORT"),
        (["--set", "deck=3", "headless"], "write ADDRESS=VALUE"),
        (["headless", "--seconds", "-1"], "a number of seconds above 0"),
        (["headless", "--record", "film.avi"], "a recording ends in .mp4"),
        (["headless", "--send", "hdmi=x"], "one of ndi, spout, syphon, v4l2"),
    ],
)
def test_what_cannot_be_meant_is_explained(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["still", "--set", "/nope=1", "-o", "x.png"], "latentjockey: there is no control /nope."),
        (["still", "--set", "/deck/a/psi=nan", "-o", "x.png"], "which is no position"),
        (["still", "--preset", "no such preset", "-o", "x.png"], "There is no preset 'no such preset'"),
        (["still", "--preset", "gone.png", "-o", "x.png"], "gone.png cannot be read"),
        (["controls", "--model", "nobody"], "There is no model 'nobody'"),
    ],
)
def test_errors_are_one_sentence(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_controls_lists_every_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["controls", "--model", "cppn", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    model = BUILTIN["cppn"]
    assert {entry["address"] for entry in listed} == {
        spec.address for spec in builtin(model.z_dim, model.size, model.controls, model.directions)
    }
    assert all({"kind", "default", "lo", "hi", "help"} <= set(entry) for entry in listed)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "latentjockey", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_still_shows_what_was_asked_and_restores_it(tmp_path: Path) -> None:
    first, again = tmp_path / "a.png", tmp_path / "b.png"
    wanted = ["--model", "testcard", "--seed", "winter garden", "--set", "/deck/a/psi=-2.5", "--set", "/deck/a/z/3=9"]
    made = run("still", *wanted, "--size", "320x200", "-o", str(first))
    assert made.returncode == 0, made.stderr
    picture = np.asarray(Image.open(first))
    z = z_from_seed(seed_from("winter garden"), 512)
    z[3] = 9.0
    shown = read_layers(picture, 3).astype(int)
    assert np.abs(shown - level(-2.5 * z[:32]).astype(int)).max() <= 1
    kept = read_still(first)
    assert kept.values["/deck/a/psi"] == -2.5
    assert kept.card == BUILTIN["testcard"].card
    restored = run("still", "--preset", str(first), "-o", str(again))
    assert restored.returncode == 0, restored.stderr
    assert np.array_equal(np.asarray(Image.open(again)), picture)


def test_a_second_instance_keeps_no_session_and_says_so() -> None:
    holder = FolderLock(state_dir())
    assert holder.acquire()
    try:
        show = Show(Options(model="testcard", osc_in=None, surfaces=False))
        show.close()
    finally:
        holder.release()
    assert any("keeps no session" in message.text for message in show.messages.recent())


def test_a_session_folder_that_cannot_be_written_does_not_stop_the_show(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    if state_dir_is_movable():
        show = Show(Options(model="testcard", osc_in=None, surfaces=False))
        show.close()
        assert "The session is not kept" in show.messages.recent()[0].text


def state_dir_is_movable() -> bool:
    return os.name == "posix" and sys.platform != "darwin"


def test_an_impossible_start_is_refused_before_anything_runs() -> None:
    with pytest.raises(StageError, match="there is no control /deck/c/psi"):
        Show(Options(model="testcard", osc_in=None, session=False, sets=(("/deck/c/psi", "1"),)))
