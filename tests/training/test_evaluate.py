"""An evaluation of a tiny model of tiny data: what is true of it is what the report says."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import StageError
from latentjockey.generators.style import model_file
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models.card import ModelCard
from latentjockey.training import contact, evaluate, evaluate_arguments, gallery, judging, recogniser, report
from latentjockey.training.evaluate import Order
from latentjockey.training.gallery import Gallery, Reals
from latentjockey.training.maker import Maker

CONFIG = StyleConfig(size=16, z_dim=4, w_dim=8, classes=2, channel_base=64, channel_max=8)


@contextmanager
def silent(name: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda done, of: None


def squares(n: int, seed: int = 0) -> Gallery:
    """Red squares and blue ones on black, somewhere, of a size that is told."""
    dice = np.random.default_rng(seed)
    pixels, labels = np.zeros((n, 3, 32, 32), np.uint8), np.arange(n) % 2
    sizes = dice.integers(6, 24, n)
    for i in range(n):
        top, left = dice.integers(0, 32 - sizes[i], 2)
        pixels[i, 2 * labels[i], top : top + sizes[i], left : left + sizes[i]] = 255
    return Gallery(pixels, labels.astype(np.int64), {"size": sizes.astype(np.float32)})


@pytest.fixture(scope="module")
def reals() -> Reals:
    return Reals(("red", "blue"), squares(240), squares(120, 1), True)


def model(path: Path, classes: tuple[str, ...] = ("red", "blue"), data: str = "squares") -> Path:
    torch.manual_seed(0)
    net, prior = StyleNet(CONFIG), ClassPrior(2, 4)
    model_file.save(path, net, prior, name="Tiny", classes=classes, card=ModelCard("Tiny"), training={"data": data})
    return path


def test_pictures_of_the_same_kind_pass_for_real(reals: Reals) -> None:
    samples = squares(120, 2)
    figures = judging.compared(samples, reals, judging.neighbours(samples, reals))
    assert figures["copying"]["ratio"] == pytest.approx(1.0, abs=0.15)
    assert figures["diversity"]["ratio"] == pytest.approx(1.0, abs=0.1)
    assert figures["diversity"]["collapsed"] == []
    assert figures["distance"]["samples"] < 2 * figures["distance"]["real"]
    assert figures["sharpness"]["ratio"] == pytest.approx(1.0, abs=0.15)
    assert report.findings(figures)[0].startswith("No copies")
    assert "Soft: edges are 40%" in report.findings({**figures, "sharpness": {"ratio": 0.4}})[0]


def test_a_direction_that_does_not_do_what_it_says_is_named(reals: Reals) -> None:
    samples = squares(40, 2)
    figures = judging.compared(samples, reals, judging.neighbours(samples, reals))
    (sentence,) = report.findings({**figures, "directions": {"warm": 2.0, "chroma": -1.0}})
    assert "chroma" in sentence
    assert "warm" not in sentence


def test_a_generator_that_knows_one_picture_by_heart_is_told(reals: Reals) -> None:
    learned = reals.learned
    samples = Gallery(learned.pixels[[0, 1] * 40], learned.labels[[0, 1] * 40])
    figures = judging.compared(samples, reals, judging.neighbours(samples, reals))
    assert figures["copying"]["copies"] == 1.0
    assert figures["copying"]["ratio"] == pytest.approx(0.0, abs=0.02)
    assert figures["diversity"]["collapsed"] == ["red", "blue"]
    assert figures["modes"]["samples"] <= 2 < figures["modes"]["real"]
    sentences = " ".join(report.findings(figures))
    assert "100.0% of the samples are near copies" in sentences
    assert "red, blue" in sentences


def test_pictures_that_the_model_saw_do_not_count_for_themselves(reals: Reals) -> None:
    seen = replace(reals, unseen=False)
    near = judging.neighbours(squares(10, 3), seen)
    assert near.usual > 0.0
    assert len(near.among) == 360
    copied = judging.neighbours(seen.fresh, seen)
    assert (copied.samples[0][:, 0] < 1e-3).all()


@pytest.fixture(scope="module")
def judge(reals: Reals) -> recogniser.Recogniser:
    torch.set_num_threads(1)  # this comes before the fixture that sees to it
    return recogniser.learn(reals.learned, 2, reals.learned.parts, ManualClock(), steps=60)


def test_a_recogniser_tells_classes_and_parts(judge: recogniser.Recogniser, reals: Reals) -> None:
    figures = judging.recognised(judge, squares(60, 4), reals.fresh, reals.classes)
    assert figures["recognised"]["real"] > 0.95
    assert figures["recognised"]["samples"] > 0.95
    assert figures["parts"]["size"] > 0.5
    assert figures["combinations"]["parts"] == ["size"]
    assert figures["combinations"]["real"] == 6
    assert np.sum(figures["recognised"]["confusion"]) == 60


def test_a_class_that_looks_like_another_is_named(judge: recogniser.Recogniser, reals: Reals) -> None:
    samples = squares(60, 4)
    red = np.flatnonzero(samples.labels == 0)
    wrong = Gallery(samples.pixels[np.repeat(red, 2)], samples.labels)
    figures = judging.recognised(judge, wrong, reals.fresh, reals.classes)
    assert figures["recognised"]["each"]["blue"] < 0.1
    assert figures["combinations"]["samples"] <= 3


def test_a_recogniser_ends_with_its_time(reals: Reals) -> None:
    clock, heard = ManualClock(), []

    def told(share: float) -> None:
        clock.advance(20.0)
        heard.append(share)

    recogniser.learn(reals.learned, 2, {}, clock, minutes=1.0, told=told)
    assert len(heard) == 3


def test_variance_within_classes_alone_is_told() -> None:
    labels = np.array([0, 0, 1, 1])
    wanted = np.array([0.0, 0, 9, 9], np.float32)
    assert np.isnan(recogniser.tells(wanted, wanted, labels))
    wanted = np.array([0.0, 2, 9, np.nan], np.float32)
    assert recogniser.tells(wanted, np.array([5.0, 7, 0, 0], np.float32), labels) == pytest.approx(1.0)
    assert recogniser.tells(wanted, np.zeros(4, np.float32), labels) == pytest.approx(0.0)


def test_combinations_are_counted() -> None:
    edges = np.array([[0.0, 1.0]], np.float32)
    parts = np.array([[-1], [0.5], [0.6], [2]], np.float32)
    assert recogniser.combinations(np.zeros(4, np.int64), parts, edges) == 3
    assert recogniser.combinations(np.array([0, 0, 1, 1]), parts, edges) == 4


def folder(root: Path, classes: tuple[str, ...] = ("red", "blue")) -> Path:
    made = squares(24)
    for i, (pixels, label) in enumerate(zip(made.pixels, made.labels, strict=True)):
        place = root / classes[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.transpose(1, 2, 0)).save(place / f"{i}.png")
    return root


def test_a_model_is_judged_from_file_to_report(tmp_path: Path) -> None:
    order = Order(
        model(tmp_path / "tiny.safetensors"), str(folder(tmp_path / "data")), tmp_path / "out",
        samples=16, learned=40, fresh=10, minutes=0.5, cell=16, steps=3,
    )  # fmt: skip
    evaluate.evaluate(order, ManualClock(), silent)
    written = json.loads((order.out / evaluate.FIGURES).read_text())
    assert written["model"]["classes"] == ["red", "blue"]
    assert written["counts"] == {"samples": 16, "learned": 20, "fresh": 4, "fresh_unseen": False}
    page = (order.out / evaluate.REPORT).read_text()
    assert f"ratio {written['copying']['ratio']:.2f}" in page
    assert "which it did see" in page
    for name in (evaluate.CONTACT, evaluate.NEIGHBOURS):
        with Image.open(order.out / name) as sheet:
            assert min(sheet.size) > 100


def test_data_of_another_model_is_refused_in_a_sentence(tmp_path: Path) -> None:
    order = Order(
        model(tmp_path / "tiny.safetensors", ("red", "green")), str(folder(tmp_path / "data")), tmp_path / "out"
    )
    with pytest.raises(StageError, match="'green' is not in the data"):
        evaluate.evaluate(order, ManualClock(), silent)


def test_classes_are_put_in_the_order_of_the_model(reals: Reals) -> None:
    turned = gallery.aligned(reals, ("blue",))
    assert turned.classes == ("blue",)
    assert (turned.learned.labels == 0).all()
    assert len(turned.learned) == 120
    assert (turned.learned.pixels[:, 0] == 0).all()
    none = gallery.aligned(reals, ())
    assert len(none.learned) == 240


def test_categories_become_numbers() -> None:
    told = gallery.numbers(
        {"glasses": np.array([0, 2]), "mood": np.array([0, 1]), "eyes": np.array([5, 6]), "size": np.array([1.5, 2])},
        {"glasses": ("none", "round", "square"), "mood": ("happy", "sad"), "eyes": tuple("abcdefg")},
    )
    assert {name: values.tolist() for name, values in told.items()} == {
        "glasses": [0, 1], "mood happy": [1, 0], "mood sad": [0, 1], "size": [1.5, 2],
    }  # fmt: skip


def test_what_is_asked_for_reaches_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    evaluate_arguments.add(parser)
    given = parser.parse_args(["tiny", "--data", "night-garden", "--out", str(tmp_path), "--samples", "7"])
    handed: list[list[str]] = []
    monkeypatch.setattr(os, "execve", lambda path, command, environment: handed.append(command))
    monkeypatch.setattr(subprocess, "call", lambda command: handed.append(command))
    evaluate_arguments.run(given)
    assert vars(evaluate_arguments.decode(handed[0][-1])) == vars(given)


def test_a_model_without_classes_makes_pictures() -> None:
    torch.manual_seed(0)
    plain = replace(CONFIG, classes=0)
    maker = Maker(StyleNet(plain).eval(), ClassPrior(0, 4))
    made = maker.samples(5, 0)
    assert made.pixels.shape == (5, 3, 16, 16)
    assert (made.labels == 0).all()
    assert (maker.samples(5, 0).pixels == made.pixels).all()


def test_captions_are_drawn_and_pictures_stay_as_they_are() -> None:
    white = np.full((2, 3, 16, 16), 255, np.uint8)
    rows = [contact.Row("a long caption that needs lines", white, ("", "0.5"))]
    drawn = contact.draw("Title", "about", [contact.Section("Heading", "about", rows, ("1", "2"))], 16)
    assert int((drawn == 255).all(2).sum()) == 2 * 16 * 16
    assert int((drawn > 100).all(2).sum()) > 2 * 16 * 16 + 200
