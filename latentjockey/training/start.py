"""Puts a run together from the command line: folders, data, device, processes, who is told; then runs it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import torch

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import data_dir, safe_name
from latentjockey.base.platform import cores
from latentjockey.base.threads import Threads, candidates
from latentjockey.data.dataset import open_dataset, without
from latentjockey.jobs import leash
from latentjockey.jobs.events import Event, Failed, Notice
from latentjockey.models.card import Source
from latentjockey.recipes.made import MADE, place
from latentjockey.recipes.registry import RECIPES, recipe
from latentjockey.training import checkpoint, compiling, consent, transfer
from latentjockey.training.arguments import plan_of
from latentjockey.training.config import DIFFUSION, Plan, plan_from_json
from latentjockey.training.course import Rim
from latentjockey.training.dataset_feed import DatasetFeed
from latentjockey.training.distributed import Group, join
from latentjockey.training.feeder import Feed, RecipeFeed
from latentjockey.training.learner import Precision, precision
from latentjockey.training.loop import Run, about_to_plan
from latentjockey.training.terminal import Teller, teller

_BATCH_ON_GPU = 128


class Stop:
    """Whether somebody wants the run to end: Ctrl-C, SIGTERM, or standard input, by a line or by its end."""

    def __init__(self) -> None:
        self._said = threading.Event()

    def __call__(self) -> bool:
        return self._said.is_set()

    def listen(self, to_input: bool) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)
        if to_input:
            leash.hold(sys.stdin.fileno(), self._said.set)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self._said.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: at once
        self._said.set()


def start(given: argparse.Namespace) -> int:
    """Train; returns the exit code. Whatever a person can meet is one sentence."""
    rank = int(os.environ.get("RANK", "0"))
    told = teller(given.events, rank == 0)
    try:
        with told:
            _run(given, told)
        return 0
    except StageError as error:
        text = str(error)
    except (OSError, ValueError, KeyError) as error:
        text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    except KeyboardInterrupt:
        return 130
    if rank == 0:
        told.tell(Failed(text))
    return 2


def _run(given: argparse.Namespace, told: Teller) -> None:
    device = _device(given.device)
    if given.batch is None and device.type == "cuda" and given.resume is None:
        given.batch = _BATCH_ON_GPU * int(os.environ.get("WORLD_SIZE", "1"))
    name = given.out or given.resume
    if not name:
        raise StageError("Say what the model is to be called: --out NAME.")
    home = given.folder or data_dir()
    folder = home / "training" / safe_name(name)
    plan, state = _plan(given, folder)
    origin = transfer.read(Path(plan.start)) if plan.start and state is None else None
    if origin is not None:
        plan = transfer.fitted(plan, origin, given.size is not None)
        _refuse_withdrawn(plan, origin)
    stop = Stop()
    stop.listen(given.events and os.environ.get("RANK", "0") == "0")  # the others have no input
    group = join(device)
    feed = _feed(plan, folder, device, group, told.tell)
    try:
        if group.writes:
            plan = consent.asked(plan, feed.sources, None if given.events else consent.at_terminal())
        counts = (given.threads,) if given.threads else candidates(_processors(), _processors() // 4)
        threads = Threads(counts if device.type == "cpu" and group.count == 1 else counts[:1], torch.set_num_threads)
        model = home / "models" / f"{safe_name(name)}.safetensors"
        precise = replace(precision(device), compiled=compiling.decided(given.compile, plan))
        rim = Rim(told.tell, stop, SystemClock(), folder, model, threads)
        if plan.kind == DIFFUSION:
            _diffusion(plan, feed, precise, group, rim, state)
            return
        run = Run(plan, feed, precise, group, rim)
        if state is not None:
            run.resume(state)
            if state.path != checkpoint.states(folder)[0]:
                told.tell(Notice(f"The newest state cannot be read: going on from {state.path.name}."))
        elif origin is not None:
            run.before = origin.sources
            transfer.begin(run.learner, origin, feed.classes)
        run.train()
    finally:
        feed.close()
        group.close()


def _diffusion(
    plan: Plan, feed: Feed, precise: Precision, group: Group, rim: Rim, state: checkpoint.State | None
) -> None:
    """Train a latent diffusion. Raises StageError."""
    from latentjockey.training.latent.run import LatentRun  # diffusers comes with it, which takes seconds

    run = LatentRun(plan, feed, precise, group, rim)
    if state is not None:
        run.resume(state)
    run.train()


def _refuse_withdrawn(plan: Plan, origin: transfer.Origin) -> None:
    """Who is to be left out must not be in what is begun with either."""
    learned = {source.name.casefold() for source in origin.sources}
    for name in plan.without:
        if name.casefold() in learned:
            raise StageError(
                f"{Path(plan.start).stem} has learned from {name}, and cannot unlearn it: begin with another model, or "
                "from nothing."
            )


def _processors() -> int:
    """As many as there are, or as ``OMP_NUM_THREADS`` allows."""
    try:
        return max(1, int(os.environ["OMP_NUM_THREADS"]))
    except (KeyError, ValueError):
        return cores()


def _plan(given: argparse.Namespace, folder: Path) -> tuple[Plan, checkpoint.State | None]:
    """What is to be done, and from where."""
    state = checkpoint.newest(folder)
    if given.resume is not None:
        if state is None:
            raise StageError(f"There is no run to resume in {folder}.")
        return plan_of(given, plan_from_json(about_to_plan(state.about))), state
    if not given.data:
        named = ", ".join((*RECIPES, *MADE))
        raise StageError(f"Say what to learn from: a folder, a packed file, or a recipe ({named}).")
    if state is not None:
        raise StageError(f"There is a run called {given.out} already: go on with --resume, or give another --out.")
    plan = plan_of(given)
    if plan.data not in RECIPES and plan.data not in MADE:
        plan = replace(plan, data=str(Path(plan.data).expanduser().absolute()))  # resumed from wherever
    if plan.start and plan.kind == DIFFUSION:
        raise StageError("A latent diffusion begins from nothing: leave --from out.")
    return (replace(plan, start=str(transfer.find(plan.start))) if plan.start else plan), None


def _feed(plan: Plan, folder: Path, device: torch.device, group: Group, tell: Callable[[Event], None]) -> Feed:
    if plan.data in RECIPES:
        made = recipe(plan.data)
        return RecipeFeed(
            plan.data,
            make=recipe,
            folder=folder,
            pool=plan.pool,
            turnover=plan.turnover,
            seed=plan.seed,
            kinds=_kinds(plan, made.classes, made.sources),
            rank=group.rank,
            ranks=group.count,
            device=device,
        )
    source = Source(Path(plan.data).stem)  # whose pictures they are that no manifest names is asked for
    dataset = without(open_dataset(place(plan.data), plan.size, source=source), plan.without)
    return DatasetFeed(dataset, seed=plan.seed, notice=lambda text: tell(Notice(text)), rank=group.rank)


def _kinds(plan: Plan, classes: tuple[str, ...], sources: tuple[Source, ...]) -> tuple[int, ...]:
    """The kinds of a recipe that are left. A recipe whose kinds are its sources can do without some."""
    if not plan.without:
        return ()
    names = [source.name.casefold() for source in sources]
    gone = {name.casefold() for name in plan.without}
    for name in gone:
        if name not in names:
            raise StageError(f"No source of {plan.data} is called {name!r}; its sources are {', '.join(names)}.")
    left = tuple(k for k, name in enumerate(names) if name not in gone)
    if len(names) != len(classes) or not left:
        raise StageError(f"Nothing is left of {plan.data} without {', '.join(sorted(gone))}.")
    return left


def _device(word: str | None) -> torch.device:
    if word:
        try:
            device = torch.device(word)
            torch.zeros(1, device=device)
        except (RuntimeError, AssertionError) as error:
            raise StageError(f"There is no device {word!r} here: leave --device out, or use cpu.") from error
        return device
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
