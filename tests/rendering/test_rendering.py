"""A place, texts and a seed become a clip: by the pipelines of diffusers themselves, in a process that may be stopped
and killed, and a film becomes one, too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import diffusers
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.jobs import clip_wish
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.jobs.clips_desk import ClipsDesk, Making
from latentjockey.jobs.events import Lines, Progress
from latentjockey.jobs.leash import StoppedError
from latentjockey.jobs.telling import Step
from latentjockey.models import adding, library
from latentjockey.models.clip_folder import read_clip
from latentjockey.models.video_folder import FAMILIES, read_video
from latentjockey.rendering import render as rendering
from latentjockey.rendering.noise import blocks, placed
from latentjockey.rendering.preview import FalseColours
from latentjockey.rendering.render import Rendered, render, wanted
from latentjockey.rendering.run import run
from tests.inputs.films import turned
from tests.rendering import video_folders

LONG_S = 120.0
SMALL: dict[str, Any] = {"width": 32, "height": 32, "frames": 5, "steps": 2}


class Told:
    """Keeps what is told."""

    def __init__(self, stop_at: str = "") -> None:
        self.steps: list[Step] = []
        self.strips: list[Path] = []
        self.notices: list[str] = []
        self._stop_at = stop_at

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def began(self, name: str, device: str) -> None:
        return None

    def went(self, step: Step) -> None:
        self.steps.append(step)

    def showed(self, strip: Path | None, count: int) -> None:
        assert strip is not None
        assert strip.exists()
        self.strips.append(strip)

    def noticed(self, text: str) -> None:
        self.notices.append(text)

    def ended(self, event: object) -> None:
        return None

    def stopped(self) -> bool:
        return bool(self._stop_at) and any(step.phase.startswith(self._stop_at) for step in self.steps)


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A rendering in this process listens to signals; afterwards they are the tests' again."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model of each family."""
    folder = tmp_path_factory.mktemp("video")
    for name in video_folders.MAKERS:
        video_folders.make(folder, name)
    return folder


@pytest.fixture
def home(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A player's own folder of models, in this process and in those that it starts."""
    for variable in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(models))
    return library.own_folder()


def rendered(models: Path, name: str, told: Told | None = None, **wish: Any) -> Rendered:
    folder, told = models / name, told or Told()
    asked = ClipWish(model=name, **{"prompt": "a wave", **SMALL, **wish})
    return render(folder, read_video(folder), asked, told, SystemClock(), told.stopped)


def apart(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    return float(np.abs(a.astype(np.float64) - b.astype(np.float64)).mean())


# -- what is rendered -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", video_folders.MAKERS)
def test_it_renders_what_diffusers_itself_renders(models: Path, home: Path, name: str) -> None:
    told = Told()
    made = rendered(models, name, told, seed=3, negative="mud")
    pipe = getattr(diffusers, read_video(models / name).pipeline).from_pretrained(models / name, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    numbers = made.made_of
    their = pipe(
        prompt="a wave", negative_prompt="mud", width=32, height=32, num_frames=numbers.frames, num_inference_steps=2,
        guidance_scale=numbers.guidance, generator=torch.Generator("cpu").manual_seed(3), output_type="np",
    ).frames[0]  # fmt: skip
    assert made.frames.dtype == np.uint8
    assert made.frames.shape == (*their.shape[:3], 3)
    assert np.abs(made.frames / 255.0 - their).max() <= 0.5 / 255.0 + 1e-4
    assert (numbers.model, numbers.prompt, numbers.seed, numbers.licence) == (name, "a wave", 3, "apache-2.0")
    phases = [step.phase for step in told.steps]
    assert phases[-2:] == ["step 1 of 2", "decoding"]
    assert [step.done for step in told.steps] == sorted(step.done for step in told.steps)
    assert len(told.strips) >= 2
    assert not any(strip.exists() for strip in told.strips[:-1]), "one strip lies there at a time"


@pytest.mark.parametrize("name", video_folders.MAKERS)
def test_a_place_and_a_seed_are_one_clip_and_near_places_are_near(models: Path, home: Path, name: str) -> None:
    z = tuple(np.random.default_rng(1).standard_normal(64))
    near = tuple(value + 0.01 for value in z)
    far = tuple(-value for value in z)
    first = rendered(models, name, place=z, seed=3).frames
    assert np.array_equal(rendered(models, name, place=z, seed=3).frames, first)
    close = apart(rendered(models, name, place=near, seed=3).frames, first)
    distant = apart(rendered(models, name, place=far, seed=3).frames, first)
    assert close < 0.2 * distant
    assert np.array_equal(
        rendered(models, name, place=z, place_share=0.0, seed=3).frames, rendered(models, name, seed=3).frames
    )


def test_any_numbers_are_taken_and_a_clip_of_no_numbers_is_a_sentence(models: Path, home: Path) -> None:
    for guidance in (-7.5, 0.0, 1e3):
        assert rendered(models, "ltx", guidance=guidance, place=(1e9, -1e9), place_share=-3.0).frames.any()
    with pytest.raises(StageError, match="no number"):
        rendered(models, "ltx", guidance=3e38)


def test_sizes_are_the_next_that_the_model_can_make(models: Path, home: Path) -> None:
    told = Told()
    made = rendered(models, "ltx", told, width=33, height=20, frames=2)
    assert made.frames.shape[1:3] == (32, 64)
    assert told.notices == ["It becomes 64 × 32 pixels and 9 frames, the next that this model can make."]
    held = read_video(models / "cogvideox")
    assert wanted(ClipWish(model="x", width=360), held).height == 240
    assert wanted(ClipWish(model="x"), held).frames == 49
    assert wanted(ClipWish(model="x", steps=3, guidance=-1.0), held).guidance == -1.0


def test_it_stops_between_two_steps(models: Path, home: Path) -> None:
    told = Told(stop_at="step 1")
    with pytest.raises(StoppedError):
        rendered(models, "ltx", told, steps=50)
    assert told.steps[-1].phase == "step 1 of 50"


@given(
    st.integers(1, 6), st.integers(1, 5), st.integers(1, 9), st.integers(1, 9), st.integers(0, 90), st.integers(0, 99)
)
def test_a_place_is_the_coarsest_part_of_the_noise_and_nothing_else_changes(
    channels: int, frames: int, high: int, wide: int, count: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    noise = random.standard_normal((channels, frames, high, wide)).astype(np.float32)
    z = random.standard_normal(count).astype(np.float32)
    made = placed(noise, z)
    side = blocks(channels, high, wide, max(count, 1))
    boxes = [
        (c, slice(None), slice(y, y + side), slice(x, x + side))
        for c in range(channels)
        for y in range(0, high, side)
        for x in range(0, wide, side)
    ]
    for k, box in enumerate(boxes):
        before, after = noise[box], made[box]
        if k < count:
            assert after.sum() / np.sqrt(after.size) == pytest.approx(z[k], abs=1e-3)
        assert np.allclose(after - after.mean(), before - before.mean(), atol=1e-4)
    assert np.allclose(placed(made, z), made, atol=1e-4)


def test_false_colours_keep_what_they_mean_from_step_to_step() -> None:
    colours = FalseColours()
    latent = np.random.default_rng(0).standard_normal((8, 3, 4, 6)).astype(np.float32)
    first = colours(latent)
    assert first.dtype == np.uint8
    assert apart(colours(latent + 0.01), first) < 6.0
    assert np.isfinite(colours(np.full_like(latent, np.inf))).all()
    assert colours(np.zeros((1, 1, 2, 2), np.float32)).any()


# -- in a process of its own ------------------------------------------------------------------------------------------


class Desk(ClipsDesk):
    def until(self, true: Callable[[Making], bool]) -> Making:
        clock, tick = SystemClock(), threading.Event()
        end = clock.now() + LONG_S
        while (making := self.making()) is None or not true(making):
            assert clock.now() < end, making
            tick.wait(0.01)
        return making


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    made: list[str] = []
    desk = Desk(Messages(), SystemClock(), made.append)
    yield desk
    desk.close()


def test_a_show_renders_a_clip_sees_it_coming_and_may_give_the_next_one_up(desk: Desk, home: Path) -> None:
    wish = ClipWish(name="Wave", model="ltx", prompt="a wave", seed=3, place=(1.0, -2.0), place_of="cppn", **SMALL)
    assert desk.start(wish) == ""
    assert "being made" in desk.start(wish)
    making = desk.until(lambda making: making.over)
    assert (making.state, making.sentence, making.clip) == (
        "finished", "The clip Wave is made; play it as wave.", "wave",
    )  # fmt: skip
    assert making.strip
    entry = library.get("wave")
    assert entry.card.made == "rendered by ltx from “a wave”, seed 3, place of cppn"
    assert entry.card.licence == "apache-2.0"
    made = desk.made_of(entry)
    assert made is not None
    assert (made.place, made.steps, made.frames) == ((1.0, -2.0), 2, 9)
    assert desk.start(ClipWish(**{**SMALL, "name": "Long", "model": "ltx", "steps": 1000})) == ""
    desk.until(lambda making: making.phase.startswith("step"))
    desk.stop()
    assert desk.until(lambda making: making.over).state == "stopped"
    assert [path.name for path in home.iterdir()] == ["Wave"], "nothing of it is kept"


def test_a_job_that_is_killed_leaves_no_half_clip(home: Path) -> None:
    wish = ClipWish(**{**SMALL, "name": "Half", "model": "ltx", "steps": 1000})
    job = subprocess.Popen(clip_wish.command(wish), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    lines, seen = Lines(), False
    assert job.stdout is not None
    while not seen and (piece := os.read(job.stdout.fileno(), 4096)):
        seen = any(isinstance(event, Progress) and event.step for event in lines.feed(piece))
    assert seen
    job.send_signal(signal.SIGKILL)
    job.communicate()
    assert "half" not in {entry.name for entry in library.entries()}
    assert not home.exists() or list(home.iterdir()) == []


# -- what is refused --------------------------------------------------------------------------------------------------


def test_a_video_model_is_listed_as_what_renders_and_says_so_on_a_deck(home: Path) -> None:
    entry = next(each for each in library.entries() if each.name == "mochi")
    assert (entry.family, entry.renders, entry.can_be_chosen) == ("Mochi", True, False)
    with pytest.raises(StageError, match=r"renders clips.*latentjockey clip mochi"):
        library.get("mochi")
    assert run(ClipWish(model="cppn"), events=False) == 2


def test_a_video_model_is_copied_whole_and_without_code(home: Path, models: Path) -> None:
    (models / "wan" / "code.py").write_text("raise SystemExit")
    assert adding.check(models / "wan") == "wan is a video model (Wan), which renders clips."
    copied = adding.add(models / "wan", adding.Notes(name="my wan"))
    assert read_video(copied).pipeline == "WanPipeline"
    assert not (copied / "code.py").exists()


def _index(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        words = json.loads((folder / "model_index.json").read_bytes())
        change(words)
        (folder / "model_index.json").write_text(json.dumps(words))

    return apply


def _pickled(folder: Path) -> None:
    (folder / "vae" / "diffusion_pytorch_model.safetensors").rename(folder / "vae" / "diffusion_pytorch_model.bin")


def _code(folder: Path) -> None:
    config = json.loads((folder / "text_encoder" / "config.json").read_bytes())
    (folder / "text_encoder" / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "x.Y"}}))


def _says(file: str, **words: object) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / file).write_text(json.dumps({**json.loads((folder / file).read_bytes()), **words}))

    return apply


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_says("text_encoder/config.json", architectures=3, _attn_implementation="some/code"), "code of its own"),
        (_says("text_encoder/config.json", num_labels=10**9), "says num_labels: 1000000000"),
        (_says("text_encoder/config.json", num_layers=10**9), "says num_layers: 1000000000"),
        (_says("tokenizer/tokenizer_config.json", init_inputs=["/dev/zero"]), "says init_inputs"),
        (_index(lambda w: w.update(vae=["evil", "AutoencoderKLLTXVideo"])), "its vae is 'evil'"),
        (_index(lambda w: w.update(text_encoder=["transformers", "LlamaModel"])), "T5EncoderModel can be"),
        (_index(lambda w: w.pop("scheduler")), "names no scheduler"),
        (_index(lambda w: w.update(custom_pipelines="x")), "code of its own"),
        (_pickled, "are a pickle"),
        (_code, "asks for code of its own"),
        (lambda folder: (folder / "tokenizer" / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda folder: (folder / "vae" / "config.json").symlink_to("/etc/hostname"), "is a link"),
    ],
)
def test_a_folder_that_is_not_as_it_should_is_one_sentence(
    tmp_path: Path, home: Path, models: Path, spoil: Callable[[Path], None], words: str
) -> None:
    bad = tmp_path / "bad"
    subprocess.run(["cp", "-r", str(models / "ltx"), str(bad)], check=True)
    if "link" in words:
        (bad / "vae" / "config.json").unlink()
    spoil(bad)
    entry = library.read(bad)
    assert entry.spec is None
    assert not entry.renders
    assert words in entry.trouble
    assert entry.trouble.count("\n") == 0


def test_weights_that_are_missing_are_no_clip_of_noise(tmp_path: Path, home: Path, models: Path) -> None:
    bad = tmp_path / "bad"
    subprocess.run(["cp", "-r", str(models / "ltx"), str(bad)], check=True)
    config = json.loads((bad / "transformer" / "config.json").read_bytes())
    (bad / "transformer" / "config.json").write_text(json.dumps({**config, "num_layers": 3}))
    with pytest.raises(StageError, match=r"the config of its transformer asks for [\d,]+ weights, and its files hold"):
        rendered(tmp_path, "bad")
    (bad / "transformer" / "config.json").write_text(json.dumps(config))
    _says("text_encoder/config.json", vocab_size=10**9)(bad)
    with pytest.raises(StageError, match=r"its text_encoder asks for .* as 1000000000 × "):
        rendered(tmp_path, "bad")


def test_every_family_says_what_a_wish_leaves_open() -> None:
    assert set(FAMILIES) == {"LTXPipeline", "CogVideoXPipeline", "MochiPipeline", "WanPipeline"}
    assert rendering.to_field(torch.zeros(1, 2, 3, 4, 5), "CogVideoXPipeline", None, None).shape == (3, 2, 4, 5)  # type: ignore[arg-type]
    assert clip_wish.missing(ClipWish())
    assert clip_wish.missing(ClipWish(model="x", place=(float("nan"),)))
    assert clip_wish.parsed(clip_wish.command(ClipWish(model="x", prompt="“ä”"))[-1][7:]).prompt == "“ä”"
    with pytest.raises(ValueError, match="cannot be read"):
        clip_wish.parsed("[")


# -- films ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "bgr0"
        for index in range(12):
            picture = np.full((24, 32, 3), 20 * index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_film_becomes_a_clip(home: Path, film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ClipWish(film=str(film)), events=False) == 0
    clip = read_clip(home / "film")
    assert (clip.count, clip.fps, clip.width, clip.height) == (12, 10.0, 32, 24)
    assert clip.made_of.film == "film.mkv"
    assert run(ClipWish(film=str(film), every=3, width=16), events=False) == 0
    sparse = read_clip(home / "film 2")
    assert (sparse.count, sparse.fps, sparse.width, sparse.height) == (4, pytest.approx(10 / 3), 16, 12)


def test_a_film_of_a_telephone_is_a_clip_that_stands_upright(home: Path, tmp_path: Path) -> None:
    assert run(ClipWish(film=str(turned(tmp_path / "phone.mp4", 90))), events=False) == 0
    made = read_clip(home / "phone").made_of
    assert (made.width, made.height) == (32, 64)


def test_what_is_no_film_is_one_sentence_and_a_damaged_one_is_played_as_far_as_it_goes(home: Path, film: Path) -> None:
    other = film.with_name("other.mp4")
    other.write_bytes(b"no film at all" * 99)
    assert run(ClipWish(film=str(other)), events=False) == 2
    assert run(ClipWish(film=str(film.with_name("gone.mp4"))), events=False) == 2
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    assert run(ClipWish(film=str(film), name="half"), events=False) == 0
    assert 0 < read_clip(home / "half").count < 12
    assert {path.name for path in home.iterdir()} == {"half"}
