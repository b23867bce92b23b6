"""A whole run on a tiny set: it learns, goes on where it stopped, and leaves a model that plays."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.style import model_file
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import prior_of
from latentjockey.jobs.events import Finished, Notice, Progress, Saved, Sheet, Started
from latentjockey.models import container, library
from latentjockey.models.card import ModelCard
from latentjockey.training import checkpoint, transfer
from latentjockey.training.checkpoint import DiskFullError
from latentjockey.training.config import Stage, stages_from
from latentjockey.training.course import SHEET
from tests.training.conftest import Bench, small_plan


def test_the_difference_to_the_pictures_falls(bench: Bench) -> None:
    bench.run(small_plan(bench.data, images=480, adversarial_from=0.6, rate=5e-3)).train()
    measured = [event.losses["picture"] for event in bench.events if isinstance(event, Progress)]
    assert np.mean(measured[-5:]) < 0.6 * np.mean(measured[:3])


def test_what_happens_is_told(bench: Bench) -> None:
    assert bench.run(small_plan(bench.data)).train()
    kinds = [type(event) for event in bench.events]
    assert kinds[0] is Started
    assert kinds[-1] is Finished
    assert {Progress, Saved, Sheet} <= set(kinds)
    last = [event for event in bench.events if isinstance(event, Progress)][-1]
    assert "drawing like it" in last.phase
    assert {"picture", "latents", "fooled", "told apart", "recovered", "balance"} <= set(last.losses)


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(bench: Bench) -> None:
    plan = small_plan(bench.data, size=32, stages=(Stage(16, 1.0), Stage(32, 1.0)), images=48)
    whole = bench.run(plan, name="whole")
    whole.train()
    for stop in (2, 7):  # in the first stage without a critic, in the second with one
        first = bench.run(plan, stop_after=stop, name=f"stopped {stop}")
        assert not first.train()
        second = bench.run(plan, name=f"stopped {stop}")
        state = checkpoint.newest(second.rim.folder)
        assert state is not None
        second.resume(state)
        assert second.spent.step == stop
        assert second.train()
        assert second.spent.images == whole.spent.images
        expected, found = whole.learner.tensors(), second.learner.tensors()
        assert expected.keys() == found.keys()
        assert [name for name in expected if not torch.equal(expected[name], found[name])] == []


def test_another_seed_is_another_run(bench: Bench) -> None:
    one, other = bench.run(small_plan(bench.data)), bench.run(small_plan(bench.data, seed=1))
    assert not torch.equal(
        one.learner.tensors()["g.mapping.z_in.weight"], other.learner.tensors()["g.mapping.z_in.weight"]
    )
    for run in (one, other):
        run.feed.begin(16, 0)
    assert not torch.equal(one.feed.batch(0, 0, 4)[0], other.feed.batch(0, 0, 4)[0])


def test_growing_changes_nothing_that_was_learned(bench: Bench) -> None:
    plan = small_plan(bench.data, size=32, stages=(Stage(16, 1.0), Stage(32, 1.0)))
    run = bench.run(plan)
    run.feed.begin(16, 0)
    z, c = torch.randn(4, plan.z_dim), torch.eye(2)[torch.arange(4) % 2]
    before = run.learner.generator(z, c, "none")
    after = run.learner.grown(32).generator(z, c, "none")
    up = run.learner.grown(32).generator.synthesis.ordered()[-1].doubling(before)
    torch.testing.assert_close(after, up)


def test_the_model_plays_and_its_card_tells_whose_pictures(bench: Bench) -> None:
    run = bench.run(small_plan(bench.data, title="Two squares"))
    run.train()
    entry = library.read(run.rim.model)
    assert entry.trouble == ""
    assert entry.title == "Two squares"
    assert entry.spec is not None
    assert entry.spec.classes == run.feed.classes
    (source,) = entry.card.sources
    assert (source.name, source.author, source.licence, source.consent) == ("squares", "a test", "CC0-1.0", "own")
    assert source.images == 20
    assert entry.card.consent == "own"
    assert "10 steps, 40 images seen" in entry.card.training
    model = model_file.load(run.rim.model)
    picture = model.net(model.prior(torch.randn(2, 8), torch.eye(2)), torch.eye(2))
    assert picture.shape == (2, 3, 16, 16)
    assert bool(torch.isfinite(picture).all())


def test_the_prior_of_a_model_is_where_its_encoder_puts_the_pictures(bench: Bench) -> None:
    run = bench.run(small_plan(bench.data))
    run.train()
    prior = model_file.load(run.rim.model).prior
    for k in range(2):
        z = torch.cat([run._means(x, k) for x in run.feed.some(k, 100)])
        torch.testing.assert_close(prior.mean[k], z.mean(0), atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(prior.root[k] @ prior.root[k], torch.cov(z.t()), atol=1e-3, rtol=1e-2)


def test_the_sheet_is_a_picture_of_all_rows(bench: Bench) -> None:
    run = bench.run(small_plan(bench.data))
    run.train()
    with Image.open(run.rim.folder / SHEET) as sheet:
        assert sheet.width == 12 * 16
        assert sheet.height == (2 + 2 * 2 + 4 + 2 + 2) * 20


def test_a_state_that_was_cut_short_is_passed_over_for_the_one_before(bench: Bench) -> None:
    run = bench.run(small_plan(bench.data), stop_after=2)
    run.train()
    older = checkpoint.states(run.rim.folder)[0]
    newer = older.with_name("state-000000000999.safetensors")
    newer.write_bytes(older.read_bytes()[:-100])
    state = checkpoint.newest(run.rim.folder)
    assert state is not None
    assert state.path == older


def test_states_of_a_newer_version_are_refused_in_a_sentence(tmp_path: Path) -> None:
    container.write(tmp_path / "state-000000000001.safetensors", {}, {"latentjockey-training": '{"format": 99}'})
    with pytest.raises(container.ContainerError, match="newer latentjockey"):
        checkpoint.newest(tmp_path)


def test_what_a_state_has_too_much_or_lacks_is_no_obstacle(bench: Bench) -> None:
    run = bench.run(small_plan(bench.data), stop_after=2)
    run.train()
    state = checkpoint.newest(run.rim.folder)
    assert state is not None
    state.tensors["of.tomorrow"] = torch.zeros(3)
    del state.tensors["g.mapping.z_in.weight"]
    again = bench.run(small_plan(bench.data))
    again.resume(replace(state, about={**state.about, "of tomorrow": 1}))
    assert again.spent.step == 2
    again.train()


def test_only_the_newest_two_states_are_kept(bench: Bench) -> None:
    run = bench.run(small_plan(bench.data, save_minutes=2 / 60))
    run.train()
    assert sum(isinstance(event, Saved) for event in bench.events) > 3
    assert len(checkpoint.states(run.rim.folder)) == 2


def test_a_full_disk_is_a_clear_stop_and_leaves_what_was_saved(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bench.run(small_plan(bench.data, save_minutes=3 / 60))
    whole = checkpoint.write
    calls = 0

    def full(*arguments: object, **named: object) -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(checkpoint, "write", full)
    with pytest.raises(DiskFullError, match="no room"):
        run.train()
    state = checkpoint.newest(run.rim.folder)
    assert state is not None
    assert 0 < int(state.about["images"]) < run.spent.images


def test_numbers_that_are_none_end_the_run_in_a_sentence(bench: Bench) -> None:
    run = bench.run(small_plan(bench.data, images=4000))
    with torch.no_grad():
        run.learner.encoder.out.bias.fill_(float("nan"))
    with pytest.raises(StageError, match="no longer gives numbers"):
        run.train()


def test_a_model_is_trained_further_and_keeps_its_classes_by_name(bench: Bench) -> None:
    first = bench.run(small_plan(bench.data), name="first")
    first.train()
    origin = transfer.read(first.rim.model)
    assert origin.teachers
    plan = transfer.fitted(
        small_plan(bench.data, start=str(first.rim.model), size=32, stages=stages_from(16, 32)), origin, True
    )
    second = bench.run(plan, name="second")
    second.before = origin.sources
    transfer.begin(second.learner, origin, ("blue", "green"))
    old, new = origin.model.net.mapping, second.learner.generator.mapping
    assert old.c_in is not None
    assert new.c_in is not None
    column = origin.classes.index("blue")
    torch.testing.assert_close(new.c_in.weight[:, 0], old.c_in.weight[:, column])
    torch.testing.assert_close(new.c_in.weight[:, 1], old.c_in.weight.mean(1))
    torch.testing.assert_close(second.learner.prior.mean[0], origin.model.prior.mean[column])
    z, c = torch.randn(3, 8), torch.eye(2)[[0, 0, 0]]
    again = torch.eye(2)[[column] * 3]
    torch.testing.assert_close(second.learner.generator(z, c, "none"), origin.model.net(z, again, "none"))
    second.train()
    assert library.read(second.rim.model).card.training.count("began from made") == 1


def test_what_another_program_made_is_not_trained_further(tmp_path: Path) -> None:
    config = StyleConfig(16, z_dim=4, w_dim=4, channel_base=64, channel_max=8, mapping_layers=1, mapping_width=4)
    path = tmp_path / "published.safetensors"
    model_file.save(path, StyleNet(config), prior_of(config), name="Published", classes=(), card=ModelCard("Published"))
    with pytest.raises(StageError, match=r"published\.safetensors was made from another program's file"):
        transfer.read(path)


def test_while_a_model_is_held_still_only_what_teaches_it_learns(bench: Bench) -> None:
    first = bench.run(small_plan(bench.data), name="first")
    first.train()
    first.rim.model.with_suffix(transfer.TEACHERS).unlink()
    origin = transfer.read(first.rim.model)
    plan = transfer.fitted(small_plan(bench.data, start=str(first.rim.model), frozen=0.9), origin, False)
    second = bench.run(plan, stop_after=3, name="second")
    transfer.begin(second.learner, origin, origin.classes)
    before = {name: tensor.clone() for name, tensor in second.learner.tensors().items()}
    second.train()
    after = second.learner.tensors()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert any(name.startswith("e.") for name in moved)
    assert {name for name in moved if name.startswith("g.")} <= {"g.mapping.c_in.weight", "g.mapping.c_past.weight"}


def test_growing_is_told(bench: Bench) -> None:
    bench.run(small_plan(bench.data, size=32, stages=(Stage(16, 1.0), Stage(32, 1.0)))).train()
    assert any(isinstance(event, Notice) and "32 px" in event.text for event in bench.events)
