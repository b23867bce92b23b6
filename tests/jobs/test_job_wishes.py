"""What can be trained, what is missing for it, the command that does it, and what is kept of a run. No process."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from latentjockey.jobs import leash
from latentjockey.jobs.account import Account, Ending, playable
from latentjockey.jobs.curve import Curve, smoothed
from latentjockey.jobs.estimate import left_words, span
from latentjockey.jobs.events import Progress, Saved
from latentjockey.jobs.material import RECIPES, Material, look_at
from latentjockey.jobs.runs import DIFFUSION, STYLE, TrainingRun, runs_in
from latentjockey.jobs.wish import CONSENT_MEANS, STEPS, Wish, command, missing, resume_command
from latentjockey.models.card import CONSENTS
from latentjockey.models.container import write
from latentjockey.recipes import registry
from latentjockey.training import arguments
from latentjockey.training.arguments import plan_of
from latentjockey.training.config import KINDS, Plan
from latentjockey.training.latent.phases import rounds_of

DOUBLE = Path(__file__).with_name("double.py")
MINE = Material("/pictures", "20 pictures", 20, asks=True)
GOOD = Wish("/pictures", "moths", consent="own")


# -- curves and words -------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e6, 1e6), max_size=3000), st.integers(4, 64))
def test_a_curve_is_bounded_in_order_and_keeps_the_mean(values: list[float], most: int) -> None:
    curve = Curve(most)
    for n, value in enumerate(values):
        curve.add(float(n), value)
    x, y = curve.points()
    assert len(x) == len(y) < max(most, 1)
    assert len(values) < 2 or len(x) > 0
    assert (np.diff(x) > 0).all()
    if len(values) < most:
        assert y.tolist() == values
    elif values:
        assert min(values) - 1e-6 <= y.min() <= y.max() <= max(values) + 1e-6


def test_a_curve_leaves_out_what_is_no_number() -> None:
    curve = Curve()
    for value in (1.0, math.nan, math.inf, 2.0):
        curve.add(value, value)
    assert curve.points()[1].tolist() == [1.0, 2.0]


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=200))
def test_smoothing_stays_within_and_keeps_what_is_flat(values: list[float]) -> None:
    y = np.array(values)
    smooth = smoothed(y)
    assert smooth.shape == y.shape
    assert y.min() - 1e-6 <= smooth.min() <= smooth.max() <= y.max() + 1e-6
    assert np.allclose(smoothed(np.full(len(y), 3.0)), 3.0)


def test_smoothing_calms() -> None:
    noise = np.random.default_rng(3).normal(size=400)
    assert np.diff(smoothed(noise)).std() < 0.1 * np.diff(noise).std()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "less than a minute"), (60, "about a minute"), (600, "about 10 minutes"), (2500, "about 40 minutes"),
     (5400, "about 1.5 hours"), (7200, "about 2 hours"), (36000, "about 10 hours")],
)  # fmt: skip
def test_time_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_what_is_left_and_when_it_is_good() -> None:
    begun = Progress(1, 1, 600.0, left_s=2400.0)
    assert left_words(begun) == "about 40 minutes left; good enough to play in about 15"
    assert left_words(replace_progress(begun, 2000.0, 1000.0)).endswith("good enough to play already")
    assert left_words(replace_progress(begun, 2000.0, None)) == ""
    later = Progress(1, 1, 600.0, left_s=2400.0, good=0.8)
    assert left_words(later) == "about 40 minutes left; good enough to play in about 30"


def replace_progress(event: Progress, seconds: float, left: float | None) -> Progress:
    return Progress(event.step, event.images, seconds, left_s=left)


def understood(parts: list[str]) -> argparse.Namespace:
    """A command as the trainer reads it."""
    parser = argparse.ArgumentParser()
    arguments.add(parser)
    return parser.parse_args(parts[4:])


# -- wishes -----------------------------------------------------------------------------------------------------------


def test_nothing_is_missing_and_the_command_says_all() -> None:
    wish = replace(
        GOOD, name="Night moths: 2", size=256, minutes=90.0, start="night-garden", author="- me", licence="CC0 1.0"
    )
    assert missing(wish, MINE, ()) == ""
    parts = command(wish)
    assert parts[:4] == [sys.executable, "-P", "-m", "latentjockey.training"]

    told = understood(parts)
    assert (told.data, told.out, told.title) == ("/pictures", "Night moths_ 2", "Night moths: 2")
    assert (told.size, told.minutes, told.start, told.events) == (256, 90.0, "night-garden", True)
    assert (told.author, told.licence, told.consent) == ("- me", "CC0 1.0", "own")


def test_a_diffusion_is_asked_for_with_its_steps_and_begins_from_nothing() -> None:
    wish = replace(GOOD, kind=DIFFUSION, steps=4)
    assert missing(wish, MINE, ()) == ""
    told = understood(command(wish))
    assert (told.kind, told.steps, told.start) == (DIFFUSION, 4, None)
    assert plan_of(told).kind == DIFFUSION
    assert "begins from nothing" in missing(replace(wish, start="night-garden"), MINE, ())
    of_styles = understood(command(replace(GOOD, steps=4)))
    assert (of_styles.kind, of_styles.steps) == (None, None)


def test_kinds_and_steps_are_those_of_the_trainer() -> None:
    assert set(KINDS) == {STYLE, DIFFUSION}
    assert Wish().kind == Plan("", "").kind
    assert Wish().steps == Plan("", "").steps
    for steps in STEPS:  # which is what it draws in at the end
        assert rounds_of(Plan("", "", kind=DIFFUSION, steps=steps))[-1] == steps


def test_going_on_adds_to_what_was_spent() -> None:
    told = understood(resume_command(TrainingRun(Path("/runs/-moths"), minutes_spent=30.5), 60.0))
    assert (told.resume, told.minutes, told.data, told.events) == ("-moths", 90.5, None, True)


@pytest.mark.parametrize(
    ("wish", "material", "word"),
    [
        (Wish(), None, "Choose"),
        (GOOD, None, "Looking"),
        (GOOD, replace(MINE, trouble="There is no picture."), "There is no picture."),
        (replace(GOOD, name="  "), MINE, "name"),
        (replace(GOOD, name="taken"), MINE, "already"),
        (replace(GOOD, minutes=0.0), MINE, "minutes"),
        (replace(GOOD, minutes=math.nan), MINE, "minutes"),
        (replace(GOOD, consent=""), MINE, "whose pictures"),
        (replace(GOOD, consent="withdrawn"), MINE, "cannot be trained on"),
    ],
)
def test_what_is_missing_is_said(wish: Wish, material: Material | None, word: str) -> None:
    assert word in missing(wish, material, (TrainingRun(Path("/runs/taken")),))


def test_nobody_is_asked_whose_a_recipe_is() -> None:
    assert missing(Wish("night-garden", "mine"), look_at("night-garden"), ()) == ""


def test_every_consent_is_explained() -> None:
    assert tuple(CONSENT_MEANS) == CONSENTS


def test_the_page_knows_the_recipes_as_they_are() -> None:
    assert tuple(RECIPES) == registry.RECIPES
    for name, known in RECIPES.items():
        assert known.sources == tuple(registry.recipe(name).sources)
        assert known.sources[0].author in known.whose


# -- what lies there --------------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for kind, count in (("moths", 3), ("masks", 2)):
        (tmp_path / "mine" / kind).mkdir(parents=True)
        for n in range(count):
            Image.new("RGB", (8, 8)).save(tmp_path / "mine" / kind / f"{n}.png")
    return tmp_path / "mine"


def test_a_folder_is_looked_through(pictures: Path) -> None:
    found = look_at(f"{pictures}/")
    assert (found.data, found.images, found.classes, found.asks) == (f"{pictures}/", 5, ("masks", "moths"), True)
    assert found.words.startswith("5 pictures in 2 classes: masks, moths")
    assert found.whose == ""


def test_a_manifest_answers_for_the_pictures(pictures: Path) -> None:
    source = {"name": "Sketches", "author": "Me", "licence": "CC0 1.0", "consent": "own"}
    (pictures / "sources.json").write_text(json.dumps({"sources": [source]}))
    found = look_at(str(pictures))
    assert not found.asks
    assert found.whose == "Sketches: Me, CC0 1.0, own"


def test_withdrawn_pictures_are_not_trained_on(pictures: Path) -> None:
    (pictures / "sources.csv").write_text("name,consent,path\nGone,withdrawn,moths\nMine,own,masks\n")
    found = look_at(str(pictures))
    assert found.images == 2
    assert "3 more were withdrawn" in found.words
    (pictures / "sources.csv").write_text("name,consent\nGone,withdrawn\n")
    assert "withdrawn" in look_at(str(pictures)).trouble


@pytest.mark.parametrize("data", ["no-such-recipe", "/no/such/folder", "relative/folder"])
def test_what_is_not_there_is_said(data: str) -> None:
    assert look_at(data).trouble.endswith(".")


def test_a_file_that_is_no_data_set_is_said(tmp_path: Path) -> None:
    path = tmp_path / "junk.ljdata"
    path.write_bytes(b"\xff" * 100)
    assert look_at(str(path)).trouble != ""


# -- runs -------------------------------------------------------------------------------------------------------------


def _state(folder: Path, images: int, about: object) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / f"state-{images:012d}.safetensors"
    write(path, {"x": np.zeros(1, np.float32)}, {"latentjockey-training": json.dumps(about)})
    return path


def test_runs_say_how_far_they_came(tmp_path: Path) -> None:
    plan = {"title": "Night moths", "data": "/pictures", "size": 128, "minutes": 60.0}
    _state(tmp_path / "moths", 100, {"format": 1, "plan": plan, "images": 100, "seconds": 90.0})
    (tmp_path / "moths" / "state-000000000200.safetensors").write_bytes(b"half")
    _state(tmp_path / "odd", 5, {"format": 1, "plan": [], "images": "many", "seconds": 1})
    (tmp_path / "empty").mkdir()
    (run,) = runs_in(tmp_path)
    assert (run.name, run.images, run.minutes_spent, run.minutes, run.sheet) == ("Night moths", 100, 1.5, 60.0, None)
    assert run.kind == STYLE
    _state(tmp_path / "moths", 300, {"plan": plan | {"kind": DIFFUSION}, "images": 300, "seconds": 1})
    assert runs_in(tmp_path)[0].kind == DIFFUSION
    assert runs_in(tmp_path / "nowhere") == ()


# -- accounts ---------------------------------------------------------------------------------------------------------


def test_a_model_plays_from_its_first_save() -> None:
    account = Account("Night Moths: 2")
    assert account.report.model == ""
    account.hear(Saved("/runs/state", 20))
    assert account.report.model == "night-moths_-2"


def test_what_cannot_be_played_yet_is_not_offered() -> None:
    account = Account("moths")
    account.hear(Saved("/runs/state", 20, plays=False))
    assert account.report.saved is not None
    assert account.report.model == ""
    account.hear(Saved("/runs/state", 90))
    assert account.report.model == "moths"


def test_what_a_job_calls_its_model_is_what_the_library_calls_it() -> None:
    assert playable("/data/models/Night Moths.safetensors") == "night-moths"
    assert playable("/data/models/Night Moths 1.2") == "night-moths-1-2"  # a folder, of a diffusion
    assert playable("night-garden") == "night-garden"
    assert playable("") == ""


def test_nothing_counts_after_the_end() -> None:
    account = Account("moths")
    account.end(Ending(-9))
    told = account.report
    assert "signal 9" in told.sentence
    account.hear(Progress(1, 1, 1.0))
    account.end(Ending(0))
    assert account.report is told


# -- the leash --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [b"stop\n", b"what\n stop \r\n", b"", b"what\n"])
def test_a_line_or_the_end_stops(words: bytes) -> None:
    stopped = threading.Event()
    reading, writing = os.pipe()
    leash.hold(reading, stopped.set, leave=lambda: os.close(reading))
    os.write(writing, words)
    if b"stop" not in words:
        os.close(writing)
    assert stopped.wait(60)
    if b"stop" in words:
        os.close(writing)


def test_a_job_whose_show_is_gone_saves_and_leaves(tmp_path: Path) -> None:
    job = subprocess.Popen(
        [sys.executable, str(DOUBLE), "obeys", str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert job.stdin is not None
    assert job.stdout is not None
    assert b"started" in job.stdout.readline()
    job.stdin.close()
    try:
        assert job.wait(240) == 0
    finally:
        job.kill()
        job.stdout.close()
    assert (tmp_path / "state").read_bytes() == b"whole"
