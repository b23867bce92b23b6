"""Messages between show and engine survive the pipe, and a broken pipe reads as its end."""

from __future__ import annotations

import io

import pytest

from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.link import messages as m
from latentjockey.models.builtin import BUILTIN


@pytest.mark.parametrize(
    "message",
    [
        m.Load("cppn", 3, 4),
        m.Play(2, 1, Layout(1, builtin(8, (9, 9))).engine_specs(), "/x", 5),
        m.Ring(1, "/y", 6, 4096),
        m.Free(1, 2),
        m.Spare(-1, "/r", 4, 40960, "/b", 100),
        m.WantSolo(True),
        m.Words(3, {"/gen/word": "a moth"}),
        m.Peek(7),
        m.Peek(7, {"/gen/word": "日本"}),
        m.Wake(),
        m.Quit(),
    ],
)
def test_round_trip_to_the_engine(message: m.ToEngine) -> None:
    stream = io.BytesIO(m.pack(message) * 2)
    assert m.read_to_engine(stream) == message
    assert m.read_to_engine(stream) == message
    assert m.read_to_engine(stream) is None


@pytest.mark.parametrize("name", sorted(BUILTIN))
def test_a_model_spec_survives(name: str) -> None:
    message = m.Loaded(BUILTIN[name], "cpu")
    assert m.read_to_show(io.BytesIO(m.pack(message))) == message


def test_a_torn_message_is_the_end() -> None:
    data = m.pack(m.Problem("something", True))
    for cut in range(len(data)):
        assert m.read_to_show(io.BytesIO(data[:cut])) is None


def test_an_absurd_length_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes between"):
        m.read_to_show(io.BytesIO(b"\xff\xff\xff\xff" + b"x" * 10))
