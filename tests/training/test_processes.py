"""Training as it is started: real processes that are killed, stopped, run out of disk, and share their work."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latentjockey.jobs.events import STOP, Event, Failed, Finished, Progress, Saved, Started, decode
from latentjockey.models import library
from latentjockey.training import arguments, checkpoint, launch
from latentjockey.training.config import Plan

SMALL = ["--size", "16", "--channels", "128", "--z-dim", "8", "--batch", "4", "--threads", "1", "--device", "cpu"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}

TWO = """
import hashlib, sys, torch
from pathlib import Path
from tests.training.conftest import Bench, small_plan
from latentjockey.training import distributed
torch.set_num_threads(1)
data, folder = Path(sys.argv[1]), Path(sys.argv[2])
group = distributed.join(torch.device("cpu"))
bench = Bench(data, folder)
run = bench.run(small_plan(data, images=48), group=group)
run.train()
told = hashlib.sha256(b"".join(t.numpy().tobytes() for t in run.learner.tensors().values())).hexdigest()
(folder / f"{group.rank}.txt").write_text(f"{told} {run.spent.images} {len(bench.events)}")
group.close()
distributed.leave(0)
"""


class Job:
    """One training process. Its events come one by one."""

    def __init__(self, command: list[str], **more: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "latentjockey", "train", *command, "--events"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT, **more,  # type: ignore[call-overload]
        )  # fmt: skip
        self.events: list[Event] = []

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """The next event that is wanted; fails when the process ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = decode(line)
            if event is not None:
                self.events.append(event)
                if wanted(event):
                    return event
        pytest.fail(f"it ended before: {self.events[-3:]}")

    def end(self) -> int:
        """Wait for the end, keeping all events; the exit code."""
        assert self.process.stdout is not None
        self.events += [event for line in self.process.stdout if (event := decode(line)) is not None]
        return self.process.wait(120)


@pytest.fixture
def start() -> Iterator[Callable[..., Job]]:
    jobs: list[Job] = []

    def begin(*command: str, **more: object) -> Job:
        jobs.append(Job(list(command), **more))
        return jobs[-1]

    yield begin
    for job in jobs:
        job.process.kill()
        job.process.wait()
        for stream in (job.process.stdin, job.process.stdout):
            if stream is not None:
                stream.close()


Start = Callable[..., Job]


def _images(event: Event) -> int:
    assert isinstance(event, Progress | Saved)
    return event.images


def test_a_kill_loses_at_most_what_came_after_the_last_save(start: Start, pictures: Path, tmp_path: Path) -> None:
    where = ["--folder", str(tmp_path), "--out", "killed"]
    job = start(str(pictures), *where, *SMALL, "--images", "1000000", "--save-minutes", "0.01")
    job.until(lambda event: isinstance(event, Saved))
    saved = job.until(lambda event: isinstance(event, Saved))
    job.process.send_signal(signal.SIGKILL)
    job.process.wait()
    state = checkpoint.newest(tmp_path / "training" / "killed")
    assert state is not None
    assert int(state.about["images"]) >= _images(saved)
    assert library.read(tmp_path / "models" / "killed.safetensors").trouble == ""
    whole = int(state.about["images"])
    again = start("--resume", "killed", "--folder", str(tmp_path), "--images", str(whole + 200), "--device", "cpu")
    assert again.end() == 0
    assert isinstance(again.events[-1], Finished)
    last = checkpoint.newest(tmp_path / "training" / "killed")
    assert last is not None
    assert int(last.about["images"]) == whole + 200


def test_the_word_stop_saves_and_ends_well(start: Start, pictures: Path, tmp_path: Path) -> None:
    job = start(str(pictures), "--folder", str(tmp_path), "--out", "stopped", *SMALL, "--minutes", "60")
    job.until(lambda event: isinstance(event, Progress))
    assert isinstance(job.events[0], Started)
    assert job.process.stdin is not None
    job.process.stdin.write(STOP)
    job.process.stdin.flush()
    assert job.end() == 0
    ended = job.events[-1]
    assert isinstance(ended, Finished)
    assert "--resume stopped" in ended.words
    assert library.read(Path(ended.model)).spec is not None
    assert any(isinstance(event, Saved) for event in job.events)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files there")
def test_a_disk_without_room_is_told_in_one_sentence(start: Start, pictures: Path, tmp_path: Path) -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    job = start(str(pictures), "--folder", str(tmp_path), "--out", "full", *SMALL, "--images", "8", preexec_fn=limit)
    assert job.end() == 2
    failed = job.events[-1]
    assert isinstance(failed, Failed)
    assert "no room" in failed.text
    assert list((tmp_path / "training" / "full").glob("*")) == []


def test_two_processes_average_what_they_learn_and_one_writes(pictures: Path, tmp_path: Path) -> None:
    shared = {**ENVIRONMENT, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(launch._free_port()), "WORLD_SIZE": "2"}
    command = [sys.executable, "-c", TWO, str(pictures), str(tmp_path)]
    both = [subprocess.Popen(command, env={**shared, "RANK": str(rank), "PYTHONPATH": "."}) for rank in range(2)]
    assert [process.wait(400) for process in both] == [0, 0]
    (one, images, told), (other, _, silent) = ((tmp_path / f"{rank}.txt").read_text().split() for rank in range(2))
    assert one == other
    assert int(images) == 48
    assert int(told) > 0
    assert int(silent) == 0
    assert len(checkpoint.states(tmp_path / "run")) == 1


def test_the_command_line_starts_several_processes_for_one_model(start: Start, pictures: Path, tmp_path: Path) -> None:
    job = start(str(pictures), "--folder", str(tmp_path), "--out", "two", *SMALL, "--images", "24", "--processes", "2")
    assert job.end() == 0, job.events
    assert sum(isinstance(event, Started) for event in job.events) == 1
    state = checkpoint.newest(tmp_path / "training" / "two")
    assert state is not None
    assert (int(state.about["images"]), int(state.about["step"])) == (24, 6)


def test_pictures_of_nobody_are_not_learned_from_in_silence(start: Start, pictures: Path, tmp_path: Path) -> None:
    shutil.copytree(pictures, tmp_path / "nobodys")
    (tmp_path / "nobodys" / "sources.csv").unlink()
    job = start(str(tmp_path / "nobodys"), "--folder", str(tmp_path), "--out", "x", *SMALL, "--images", "8")
    assert job.end() == 2
    (failed,) = job.events
    assert isinstance(failed, Failed)
    assert "--author" in failed.text
    assert "--consent" in failed.text


def test_what_the_command_line_said_arrives_as_it_was() -> None:
    parser = argparse.ArgumentParser()
    arguments.add(parser)
    given = parser.parse_args(
        ["x", "--out", "y", "--shares", "1,2", "--folder", "z", "--without", "a", "--minutes", "3"]
    )
    assert launch.decode(launch.encode(given)) == given
    plan = arguments.plan_of(given)
    assert (plan.name, plan.without, plan.minutes) == ("y", ("a",), 3.0)
    assert [stage.share for stage in plan.stages] == [1.0, 2.0]


def test_fine_tuning_has_budgets_of_its_own_unless_told_otherwise() -> None:
    parser = argparse.ArgumentParser()
    arguments.add(parser)

    def asked(*more: str) -> tuple[int, float]:
        plan = arguments.plan_of(parser.parse_args(["x", "--out", "y", *more]))
        return plan.batch, plan.adversarial_from

    assert asked() == (Plan("y", "x").batch, Plan("y", "x").adversarial_from)
    tuned = asked("--from", "night-garden")
    assert tuned[0] < asked()[0]
    assert tuned[1] > asked()[1]
    assert asked("--from", "night-garden", "--batch", "5", "--adversarial-from", "0.1") == (5, 0.1)
