"""Jobs as real processes, played by a double: they are told about, stopped, urged, and buried."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.jobs.account import Report
from latentjockey.jobs.desk import JobDesk
from latentjockey.jobs.job import Patience
from latentjockey.jobs.wish import Wish

DOUBLE = Path(__file__).with_name("double.py")
LONG_S = 120.0
Until = Callable[[Callable[[Report], bool]], Report]
HASTY = Patience(0.3, 0.3, 30.0)
ASKING = Patience(0.3, 60.0, 120.0)


class Show:
    """A desk whose trainer is the double, as told by the name of what is trained."""

    def __init__(self, home: Path, patience: Patience) -> None:
        self.home = home
        self.messages = Messages()
        self.desk = JobDesk(
            self.messages, SystemClock(), lambda: home, self._command, lambda run, minutes: [], patience=patience
        )

    def _command(self, wish: Wish) -> list[str]:
        return [sys.executable, str(DOUBLE), wish.name, str(self.home)]

    def start(self, way: str) -> None:
        self.desk.look("night-garden")
        self._wait(lambda: self.desk.material("night-garden") is not None)
        assert self.desk.start(Wish("night-garden", way)) == ""

    def until(self, true: Callable[[Report], bool]) -> Report:
        """The first report for which it is true."""
        self._wait(lambda: (found := self.desk.report()) is not None and true(found))
        found = self.desk.report()
        assert found is not None
        return found

    def over(self) -> Report:
        """The last report, once it was said how it ended."""
        report = self.until(lambda report: report.over)
        self._wait(lambda: report.sentence in self.texts())
        return report

    def texts(self) -> list[str]:
        return [message.text for message in self.messages.recent()]

    def _wait(self, true: Callable[[], bool]) -> None:
        clock, tick = SystemClock(), threading.Event()
        end = clock.now() + LONG_S
        while not true():
            assert clock.now() < end, self.desk.report()
            tick.wait(0.01)


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    made = Show(tmp_path, Patience())
    yield made
    made.desk.end_now()
    made.desk.close()


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Show]:
    """Gives up soon on who does not listen."""
    made = Show(tmp_path, HASTY)
    yield made
    made.desk.end_now()
    made.desk.close()


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Show]:
    """Asks soon, and then waits."""
    made = Show(tmp_path, ASKING)
    yield made
    made.desk.end_now()
    made.desk.close()


def test_what_a_job_tells_is_known(show: Show) -> None:
    show.start("obeys")
    report = show.until(lambda r: r.progress is not None)
    assert report.state == "running"
    assert report.started is not None
    assert report.started.classes == ("moths", "masks")
    assert report.left == "about 9 minutes left; good enough to play in about 4"
    x, y = show.desk.curves()["kl"]
    assert (x.tolist(), y.tolist()) == ([240.0], [3.0])


def test_a_job_that_is_told_to_stop_saves_first(show: Show, tmp_path: Path) -> None:
    show.start("obeys")
    show.until(lambda r: r.state == "running")
    show.desk.stop()
    report = show.over()
    assert (report.state, report.sentence) == ("finished", "Stopped.")
    assert report.saved is not None
    assert Path(report.saved.path).read_bytes() == b"whole"
    assert report.model == "night-moths"  # as the library calls that file
    assert show.texts()[-1] == "Stopped."


def test_a_stop_before_anything_was_heard_counts(show: Show) -> None:
    show.start("obeys")
    show.desk.stop()
    assert show.over().sentence == "Stopped."


def test_a_job_may_end_by_itself(show: Show) -> None:
    show.start("done")
    report = show.over()
    assert (report.state, report.model, report.sentence) == ("finished", "night-moths", "The budget is spent.")


def test_a_refusal_is_told_in_its_own_words(show: Show) -> None:
    show.start("refuses")
    report = show.over()
    assert (report.state, report.sentence) == ("failed", "There is no picture in the folder.")
    assert show.messages.recent()[-1].serious


def test_a_crash_has_an_obituary(show: Show) -> None:
    show.start("crashes")
    report = show.over()
    assert report.state == "failed"
    assert "RuntimeError: out of cheese" in report.sentence
    assert "after 240 pictures is kept" in report.sentence


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what is left of a group is looked for in /proc")
def test_what_a_job_started_itself_ends_with_it(show: Show, tmp_path: Path) -> None:
    show.start("dies")
    report = show.over()
    assert report.state == "failed"
    assert "signal 9" in report.sentence
    child = int((tmp_path / "child").read_text())
    show._wait(lambda: not _runs(child))


def test_who_does_not_listen_is_asked_by_signal(asking: Show) -> None:
    asking.start("deaf")
    asking.until(lambda r: r.state == "running")
    asking.desk.stop()
    assert asking.over().sentence == "Asked by signal."


def test_who_hears_nothing_is_ended(hasty: Show) -> None:
    hasty.start("hangs")
    hasty.until(lambda r: r.state == "running")
    hasty.desk.stop()
    report = hasty.until(lambda r: r.state != "running")
    assert report.state in ("stopping", "failed")
    report = hasty.over()
    assert report.state == "failed"
    assert "was ended" in report.sentence


def test_a_job_can_be_ended_on_the_spot(show: Show) -> None:
    show.start("hangs")
    show.until(lambda r: r.state == "running")
    show.desk.end_now()
    report = show.over()
    assert (report.state, report.model) == ("finished", "")
    assert report.sentence == "hangs was ended. Nothing was saved since it began."


def test_a_flood_is_borne(show: Show) -> None:
    show.start("floods")
    report = show.over()
    assert report.state == "finished"
    assert report.garbage == 3001
    assert len(report.notices) == 50
    assert report.notices[-1] == "picture 2999 cannot be read"
    assert len(show.texts()) < 40
    x, _ = show.desk.curves()["kl"]
    assert 500 < len(x) < 1100


def test_one_at_a_time_and_then_another(show: Show) -> None:
    show.start("obeys")
    assert "One training at a time" in show.desk.start(Wish("night-garden", "other"))
    show.desk.stop()
    show.over()
    show.start("done")
    assert show.over().sentence == "The budget is spent."


def test_the_end_of_the_show_is_a_stop(show: Show) -> None:
    show.start("obeys")
    show.until(lambda r: r.state == "running")
    show.desk.close()
    report = show.desk.report()
    assert report is not None
    assert (report.state, report.sentence) == ("finished", "Stopped.")
    assert show.desk.start(Wish("night-garden", "done")) != ""


@pytest.mark.skipif(os.name != "posix", reason="a niceness is POSIX's")
def test_a_job_gives_way_to_the_show(show: Show) -> None:
    show.start("niceness")
    report = show.over()
    assert int(report.notices[0]) > os.nice(0)


def test_what_cannot_be_started_says_so(tmp_path: Path) -> None:
    made = Show(tmp_path, Patience())
    made.desk = JobDesk(made.messages, SystemClock(), lambda: tmp_path, lambda wish: [str(tmp_path / "nothing here")])
    made.start("anything")
    report = made.over()
    assert (report.state, "could not be started" in report.sentence) == ("failed", True)


def _runs(pid: int) -> bool:
    """Whether a process is there and not just waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
