"""Events of jobs: both ways through a line, and what comes between the lines."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from latentjockey.jobs.events import (
    LONGEST_LINE,
    Event,
    Failed,
    Finished,
    Lines,
    Notice,
    Progress,
    Saved,
    Sheet,
    Started,
    decode,
    encode,
)

_TEXT = st.text(max_size=40)
_COUNT = st.integers(0, 2**40)
_REAL = st.floats(allow_nan=False, allow_infinity=False)
_EVENTS = st.one_of(
    st.builds(Started, _TEXT, _TEXT, _COUNT, st.tuples(_TEXT, _TEXT), _TEXT, _COUNT),
    st.builds(Progress, _COUNT, _COUNT, _REAL, _TEXT, st.dictionaries(_TEXT, _REAL, max_size=4), _REAL, _REAL, _TEXT),
    st.builds(Sheet, _TEXT, _COUNT),
    st.builds(Saved, _TEXT, _COUNT),
    st.builds(Notice, _TEXT),
    st.builds(Finished, _TEXT, _TEXT),
    st.builds(Failed, _TEXT),
)


@given(_EVENTS)
def test_an_event_goes_through_one_line(event: Event) -> None:
    line = encode(event)
    assert line.count(b"\n") == 1
    assert decode(line) == event


@given(st.lists(_EVENTS, max_size=6), st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_pieces_of_any_length_make_the_same_events(events: list[Event], cuts: list[int]) -> None:
    data, lines, found, at = b"".join(encode(event) for event in events), Lines(), [], 0
    while at < len(data):
        size = cuts[at % len(cuts)]
        found += lines.feed(data[at : at + size])
        at += size
    assert found == events
    assert lines.garbage == 0


@given(st.binary(max_size=200).filter(lambda b: b"\n" not in b))
def test_whatever_stands_in_a_line_the_next_one_is_heard(junk: bytes) -> None:
    lines = Lines()
    heard = lines.feed(junk + b"\n" + encode(Notice("still here")))
    assert heard[-1] == Notice("still here")


def test_fields_of_a_newer_job_are_passed_over() -> None:
    assert decode(b'{"event":"sheet","path":"a.png","images":3,"prompt":"new"}') == Sheet("a.png", 3)


def test_what_is_no_event_is_counted() -> None:
    lines = Lines()
    assert lines.feed(b'Warning: something\n\n{"event":"unheard of"}\n[1]\n{"event":"progress","step":"x"}\n') == []
    assert lines.garbage == 4


def test_a_line_without_end_is_dropped_and_counted_once() -> None:
    lines = Lines()
    for _ in range(10):
        assert lines.feed(b"x" * LONGEST_LINE) == []
    assert lines.garbage == 1
    assert lines.feed(b"the last of it\n" + encode(Notice("after"))) == [Notice("after")]
    assert lines.garbage == 1


def test_a_loss_that_is_no_number_is_left_out() -> None:
    line = encode(Progress(1, 2, 3.0, losses={"bad": math.nan, "worse": math.inf, "good": 0.5}, left_s=math.inf))
    assert decode(line) == Progress(1, 2, 3.0, losses={"good": 0.5}, left_s=None)
