"""A latent diffusion is trained on a tiny set: it learns, goes on where it stopped, and leaves a folder that plays."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.jobs.events import Finished, Notice, Progress, Saved, Sheet, Started
from latentjockey.models import library
from latentjockey.models.card import LICENSED
from latentjockey.models.diffusion_spec import CFG, STEPS
from latentjockey.training import checkpoint
from latentjockey.training.arguments import add, plan_of
from latentjockey.training.config import DIFFUSION, Plan, Stage
from latentjockey.training.course import SHEET
from latentjockey.training.evaluate import CONTACT, Order, evaluate
from latentjockey.training.latent import autoencoding, denoising, export
from latentjockey.training.latent.maker import LatentMaker
from latentjockey.training.latent.networks import SCHEDULER, TIMES, Noise, autoencoder, trailing
from latentjockey.training.latent.phases import COPY_END, DENOISE_END, DRAW_END, Phase, phase_at, rate_at, rounds_of
from latentjockey.training.launch import decode, encode
from latentjockey.training.schedule import Spent
from tests.training.conftest import Bench, small_plan

_DONE = 600


def latent_plan(data: Path, **other: object) -> Plan:
    """A run at 32 px whose phases all have some steps."""
    given: dict[str, object] = {
        "kind": DIFFUSION, "size": 32, "stages": (Stage(32, 1.0),), "breadth": 16, "depth": 1, "width": 16,
        "images": _DONE, "batch": 12,
    }  # fmt: skip
    return small_plan(data, **{**given, **other})


@pytest.fixture(scope="module")
def trained(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, Path]:
    """A run from beginning to end, and the folder of its model."""
    bench = Bench(pictures, tmp_path_factory.mktemp("trained"))
    torch.set_num_threads(1)
    run = bench.latent_run(latent_plan(bench.data, title="Two squares"))
    assert run.train()
    return bench, run.rim.model.with_suffix("")


# -- phases ------------------------------------------------------------------------------------------------------------


def test_phases_follow_each_other() -> None:
    plan = latent_plan(Path("x"), steps=1)
    seen = [phase_at(plan, share) for share in np.linspace(0.0, 1.0, 400)]
    kinds = list(dict.fromkeys((p.denoises, p.adversarial, p.steps) for p in seen))
    assert kinds == [
        (False, False, 0), (False, True, 0), (True, False, 0), (True, False, 4), (True, False, 2), (True, False, 1)
    ]  # fmt: skip
    assert all(0.0 <= phase.done <= 1.0 for phase in seen)


def test_without_fewer_steps_the_rest_is_spent_on_noise() -> None:
    plan = latent_plan(Path("x"), steps=0)
    assert rounds_of(plan) == ()
    assert phase_at(plan, 0.99).denoises
    assert phase_at(plan, 0.99).steps == 0
    assert phase_at(plan, 1.5).done >= 1.0


def test_the_rate_rises_and_falls_in_each_part() -> None:
    plan = latent_plan(Path("x"), warm_up=400)
    for begin, end in ((0.0, DRAW_END), (DRAW_END, DENOISE_END)):
        early, late = (rate_at(plan, phase_at(plan, share), 4000) for share in (begin + 0.001, end - 0.001))
        assert late < 0.2 * early
    assert rate_at(plan, phase_at(plan, COPY_END / 2), 0) < rate_at(plan, phase_at(plan, COPY_END / 2), 50)


# -- noise and steps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 8, 50])
def test_steps_and_noise_are_those_of_the_scheduler(steps: int) -> None:
    import diffusers

    scheduler = diffusers.DDIMScheduler(**SCHEDULER)
    scheduler.set_timesteps(steps)
    assert trailing(steps).tolist() == scheduler.timesteps.tolist()
    noise, dice = Noise(), torch.Generator().manual_seed(1)
    x, predicted = torch.randn(2, 1, 6, 4, 4, generator=dice)
    here = scheduler.timesteps[-1]
    after = torch.tensor([-1])
    expected = scheduler.step(predicted, here, x).prev_sample
    torch.testing.assert_close(
        denoising.stepped(noise, x, predicted, here[None], after), expected, atol=1e-4, rtol=1e-4
    )


def test_the_loudest_time_is_noise_alone_and_none_is_the_picture() -> None:
    signal, loud = Noise().at(torch.tensor([TIMES - 1, -1]))
    assert signal.flatten().tolist() == pytest.approx([0.0, 1.0], abs=1e-3)
    assert loud.flatten().tolist() == pytest.approx([1.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("steps", [4, 2, 1])
def test_one_step_is_taught_to_arrive_where_two_do(bench: Bench, steps: int) -> None:
    learner = bench.latent_run(latent_plan(bench.data, guidance=2.5)).learner
    for parameter in learner.teacher.parameters():  # one that was not taught says nothing yet
        torch.nn.init.normal_(parameter, std=0.2)
    dice = torch.Generator().manual_seed(3)
    index = torch.arange(8) % steps
    times, labels = trailing(steps)[index], torch.arange(8) % 2
    x = torch.randn(8, 6, 4, 4, generator=dice)
    wanted = denoising._taught(learner, x, times, labels, steps, index)
    ends = torch.cat([trailing(steps), torch.tensor([-1])])[index + 1]
    one = denoising.stepped(learner.noise, x, wanted, times, ends)
    finer = torch.cat([trailing(2 * steps), torch.tensor([-1])])
    guidance = 2.5 if steps == 4 else 1.0
    with torch.no_grad():
        for k in range(2):
            here, after = finer[2 * index + k], finer[2 * index + k + 1]
            two = denoising.led(learner.teacher, x, here, labels, guidance)
            x = denoising.stepped(learner.noise, x, two, here, after)
    torch.testing.assert_close(one, x, atol=1e-3, rtol=1e-3)


@torch.no_grad()
def test_an_autoencoder_begins_with_the_picture_made_small() -> None:
    torch.manual_seed(2)
    net = autoencoder(latent_plan(Path("x"), width=32))
    x = torch.rand(2, 3, 4, 4).repeat_interleave(16, 2).repeat_interleave(16, 3) * 2.0 - 1.0
    inside = (..., slice(16, -16), slice(16, -16))  # at the edges of a picture zeros come in
    again = net.decoder(net.encoder(x))
    assert float((again - x)[inside].abs().mean()) < 0.5 * float(
        (x - x.mean((2, 3), keepdim=True))[inside].abs().mean()
    )
    assert np.corrcoef(again[inside].flatten(), x[inside].flatten())[0, 1] > 0.8


def test_tidy_latents_have_no_mean_and_a_spread_of_one() -> None:
    z = torch.randn(64, 6, 8, 8, generator=torch.Generator().manual_seed(1))
    assert float(autoencoding.tidiness(z)) < 1e-3
    assert float(autoencoding.tidiness(z + 1.0)) == pytest.approx(1.0, abs=0.1)
    assert float(autoencoding.tidiness(3.0 * z)) == pytest.approx(4.0, abs=0.2)


# -- a run -------------------------------------------------------------------------------------------------------------


def test_pictures_come_back_and_noise_is_found(bench: Bench) -> None:
    bench.latent_run(latent_plan(bench.data, images=1600, width=32, adversarial=0.0, steps=0)).train()
    told = [event.losses for event in bench.events if isinstance(event, Progress)]
    for name, share in (("picture", 0.6), ("noise", 0.85)):
        measured = [losses[name] for losses in told if name in losses]
        assert np.mean(measured[-8:]) < share * np.mean(measured[:3]), name


def test_what_happens_is_told(trained: tuple[Bench, Path]) -> None:
    bench, folder = trained
    kinds = [type(event) for event in bench.events]
    assert kinds[0] is Started
    assert {Progress, Saved, Sheet, Notice} <= set(kinds)
    assert bench.events[-1] == Finished(str(folder), "The budget is spent.")
    phases = list(dict.fromkeys(e.phase.partition(", ")[2] for e in bench.events if isinstance(e, Progress)))
    assert phases == ["copying", "copying finely", "taking noise out", "in fewer steps"]
    losses = set().union(*(event.losses for event in bench.events if isinstance(event, Progress)))
    assert losses == {"picture", "latents", "fooled", "told apart", "noise", "fewer steps"}
    assert any(isinstance(event, Saved) and event.plays for event in bench.events)


def test_the_sheet_is_a_picture_of_all_rows(trained: tuple[Bench, Path]) -> None:
    with Image.open(trained[1].parent / SHEET) as sheet:
        assert sheet.size == (12 * 32, (4 + 2 + 4 + 2) * 36)


@pytest.mark.parametrize("stop", [10, 45, 70, 79])  # copying, with a critic or not; taking noise out; in fewer steps
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(
    trained: tuple[Bench, Path], bench: Bench, stop: int
) -> None:
    plan = latent_plan(bench.data, title="Two squares")
    first = bench.latent_run(plan, stop_after=stop, name="stopped")
    assert not first.train()
    second = bench.latent_run(plan, name="stopped")
    state = checkpoint.newest(second.rim.folder)
    assert state is not None
    second.resume(state)
    assert second.train()
    whole = checkpoint.newest(trained[1].parent)
    assert whole is not None
    found = second.learner.tensors()
    assert whole.tensors.keys() == found.keys()
    assert [name for name, value in whole.tensors.items() if not torch.equal(value, found[name])] == []


def test_with_a_larger_budget_the_transformer_goes_on_and_its_latents_stay(
    trained: tuple[Bench, Path], bench: Bench
) -> None:
    run = bench.latent_run(latent_plan(bench.data, images=4 * _DONE), stop_after=3)
    state = checkpoint.newest(trained[1].parent)
    assert state is not None
    run.resume(state)
    assert not run.train()
    after = run.learner.tensors()
    assert all(torch.equal(after[name], value) for name, value in state.tensors.items() if name.startswith("a."))
    assert any(not torch.equal(after[name], value) for name, value in state.tensors.items() if name.startswith("t."))


def test_before_there_is_a_model_none_is_told(bench: Bench) -> None:
    run = bench.latent_run(latent_plan(bench.data), stop_after=3)
    assert not run.train()
    assert not run.rim.model.with_suffix("").exists()
    assert isinstance(bench.events[-1], Finished)
    assert bench.events[-1].model == ""


# -- what comes out ----------------------------------------------------------------------------------------------------


def test_the_folder_is_a_model_whose_card_tells_whose_pictures(trained: tuple[Bench, Path]) -> None:
    entry = library.read(trained[1])
    assert entry.trouble == ""
    assert entry.title == "Two squares"
    assert entry.spec is not None
    assert entry.spec.classes == ("blue", "red")
    assert entry.spec.size == (32, 32)
    begins = {control.address: control.default for control in entry.spec.controls}
    assert (begins[STEPS], begins[CFG]) == (2, 1.0)
    (source,) = entry.card.sources
    assert (source.name, source.author, source.licence, source.consent) == ("squares", "a test", "CC0-1.0", "own")
    assert "in 2 steps" in entry.card.training
    assert LICENSED not in entry.card.consent
    words = (trained[1] / "README.md").read_text()
    assert "| squares | a test | CC0-1.0 | own |" in words


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"steps": 0}, "steps"),
        ({"steps": 2.5}, "steps"),
        ({"cfg": "high"}, "cfg"),
        ({"cfg": float("inf")}, "cfg"),
        ({"card": []}, "card"),
        ({"card": {"sources": [{}]}}, "no name"),
    ],
)
def test_words_of_a_stranger_are_refused_in_a_sentence(
    trained: tuple[Bench, Path], tmp_path: Path, said: dict[str, object], why: str
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(trained[1], folder)
    words = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**words, "_latentjockey": said}))
    entry = library.read(folder)
    assert entry.spec is None
    assert why in entry.trouble
    assert entry.trouble.endswith(".")


def test_diffusers_loads_the_folder(trained: tuple[Bench, Path]) -> None:
    import diffusers

    made = diffusers.DiTPipeline.from_pretrained(str(trained[1]), local_files_only=True)
    assert made.get_label_ids(["red"]) == [1]
    assert type(made.vae).__name__ == "AutoencoderTiny"
    assert made.scheduler.config.prediction_type == "v_prediction"


def test_it_plays_as_it_draws_while_it_learns(bench: Bench) -> None:
    """The player's picture is that of the trainer's own loop, from the same noise."""
    learner, folder = bench.latent_run(latent_plan(bench.data)).learner, bench.folder / "made"
    dice = torch.Generator().manual_seed(4)
    for parameter in learner.averaged_denoiser.parameters():  # as they begin they predict nothing
        parameter.copy_(torch.randn(parameter.shape, generator=dice) * 0.1)
    learner.spread = 1.7
    export.write(folder, learner, ("blue", "red"), Phase("", True, steps=2), (), Spent(), "here", False)
    spec = library.read(folder).spec
    assert spec is not None
    player = DiffusionPlayer(folder, spec, "cpu")
    z = np.random.default_rng(2).standard_normal((1, spec.z_dim)).astype(np.float32)
    layers = player.embed(z, np.array([[0.0, 1.0]], np.float32))[0]
    frame = player.frame(FrameRequest(32, 32), lambda: Moment(layers, {}))
    x = torch.from_numpy(z).view(1, 6, 4, 4)
    latent = denoising.drawn(learner.averaged_denoiser, learner.noise, x, torch.tensor([1]), 2, 1.0)
    made = learner.averaged_autoencoder.decoder(latent * learner.spread)
    wanted = ((made[0].clamp(-1.0, 1.0) + 1.0) * 127.5).numpy()
    assert frame.finite
    assert frame.planar
    assert np.abs(frame.pixels.astype(np.float32) - wanted).max() < 8.0  # its weights are rounded to bfloat16
    assert wanted.std() > 1.0
    maker = LatentMaker(folder)
    judged = maker.make(torch.from_numpy(z), torch.tensor([[0.0, 1.0]]))[0]
    assert np.abs(judged.astype(np.float32) - frame.pixels).max() <= 1.0
    other = player.frame(FrameRequest(32, 32), lambda: Moment(-layers, {}))
    assert np.abs(other.pixels.astype(np.float32) - wanted).max() > 8.0


def test_it_is_judged_as_style_models_are(trained: tuple[Bench, Path], tmp_path: Path) -> None:
    bench, folder = trained
    order = Order(folder, str(bench.data), tmp_path, samples=12, learned=12, fresh=4, minutes=0.0)
    figures = evaluate(order, bench.clock, lambda name: contextlib.nullcontext(lambda done, of: None))
    assert figures["model"]["name"] == "Two squares"
    assert figures["counts"]["samples"] == 12
    assert (tmp_path / CONTACT).is_file()


def test_a_way_between_two_places_stays_as_loud(trained: tuple[Bench, Path]) -> None:
    maker = LatentMaker(trained[1])
    ends = maker.w(maker.places(2, 5), maker.weights(np.array([0, 1])))
    way = maker.between(ends, torch.linspace(0.0, 1.0, 5)[:, None])
    torch.testing.assert_close(way[[0, -1]], ends, atol=1e-4, rtol=1e-4)
    loud = way[:, :96].norm(dim=1)
    assert float(loud.min()) > 0.95 * float(min(loud[0], loud[-1]))
    torch.testing.assert_close(way[2, 96:], torch.tensor([0.5, 0.5]))


# -- the command line --------------------------------------------------------------------------------------------------


def test_the_kind_is_chosen_on_the_command_line() -> None:
    import argparse

    parser = argparse.ArgumentParser()
    add(parser)
    plan = plan_of(decode(encode(parser.parse_args(["x", "--out", "y", "--kind", "diffusion", "--steps", "1"]))))
    assert (plan.kind, plan.steps, plan.stages) == (DIFFUSION, 1, (Stage(128, 1.0),))
    assert Plan(name="y", data="x").kind != DIFFUSION


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind"):
        Plan(name="y", data="x", kind="cloud")
    with pytest.raises((ValueError, StageError), match="breadth"):
        Plan(name="y", data="x", kind=DIFFUSION, breadth=0)
