"""The doctor: what is good, what is missing but not needed, what must be mended, and what it advises."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from latentjockey import cli, doctor
from latentjockey.doctor import Finding


def test_every_part_of_the_machine_is_tested() -> None:
    found = [test() for test in doctor.TESTS if test is not doctor._torch]
    assert {f.what for f in found} >= {"display", "OpenGL", "MIDI", "OSC", "audio", "fonts", "disk", "shared memory"}
    assert all(f.advice for f in found if f.good is not True), "what fails says what to do"


@pytest.mark.parametrize(("good", "code"), [(True, 0), (None, 0), (False, 1)])
def test_only_what_must_be_mended_counts(
    good: bool | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "TESTS", (lambda: Finding("lamp", good, "burns", "Change the bulb."),))
    assert cli.main(["doctor"]) == code
    out = capsys.readouterr().out
    assert ("Change the bulb." in out) is (good is not True)
    assert ("To be mended: lamp." in out) is (good is False)


@pytest.mark.parametrize(("code", "good"), [("print('2.13 on CPU')", True), ("import no_such_torch", False)])
def test_torch_is_asked_in_a_process_of_its_own(code: str, good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_TORCH", code)
    finding = doctor._torch()
    assert finding.good is good
    assert ("2.13 on CPU" if good else "no_such_torch") in finding.found


def test_a_taken_port_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        monkeypatch.setattr(doctor, "_DEFAULT_PORT", holder.getsockname()[1])
        assert doctor._osc().good is None
    assert doctor._osc().good is True


def _devices(*names: str) -> Any:
    return SimpleNamespace(query_devices=lambda: [{"name": name, "max_input_channels": 2} for name in names])


def test_audio_inputs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", _devices("line in", "desk"))
    assert doctor._audio() == Finding("audio", True, "line in, desk", "Plug one in, if you want one.")
    monkeypatch.setitem(sys.modules, "sounddevice", _devices())
    assert doctor._audio().good is None


def test_broken_audio_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("PortAudio library not found")

    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(query_devices=fail))
    finding = doctor._audio()
    assert finding.good is None
    assert "PortAudio" in finding.found


def test_the_command_itself_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "latentjockey", "doctor"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ready to play." in done.stdout
