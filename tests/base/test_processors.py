"""Which processors a process keeps to."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from latentjockey.base.platform import cores, one_processor

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lets a process choose")


def test_all_threads_are_kept_to_one_processor_and_get_all_of_them_back() -> None:
    allowed = os.sched_getaffinity(0)
    seen: list[set[int]] = []
    go, end = threading.Event(), threading.Event()

    def look() -> None:
        seen.append(os.sched_getaffinity(0))
        go.set()
        end.wait(30)
        seen.append(os.sched_getaffinity(0))

    with one_processor():
        assert os.sched_getaffinity(0) == {max(allowed)}
        thread = threading.Thread(target=look)
        thread.start()
        assert go.wait(30)
    end.set()
    thread.join()

    assert os.sched_getaffinity(0) == allowed
    assert seen == [{max(allowed)}, allowed]


def test_they_come_back_after_an_error_too() -> None:
    allowed = os.sched_getaffinity(0)
    with pytest.raises(OSError, match="nothing there"), one_processor():
        raise OSError("nothing there")
    assert os.sched_getaffinity(0) == allowed


def test_there_are_no_more_cores_than_processors() -> None:
    assert 1 <= cores() <= len(os.sched_getaffinity(0))
