"""The whole search, on networks made by hand: what is seen of each way is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import StageError
from latentjockey.finding import evening, sampling
from latentjockey.finding.probes import Probe
from latentjockey.finding.search import Plan, Wish, planned, search
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers
from latentjockey.jobs.leash import StoppedError
from latentjockey.jobs.telling import Step
from latentjockey.models.card import ModelCard
from latentjockey.models.found_directions import Found, W, Z
from latentjockey.models.spec import ModelSpec

LOUD = np.array([0.20, 0.08, 0.02, 0.0])
"""How much light each component of a latent makes, in shares of white at one σ."""


class Lamps:
    """A generator whose picture is one lamp in each quarter, as bright as its component: the mean over all layers,
    from a half on. The last component lights nothing. w is z."""

    def __init__(self, mix: str = "lerp", classes: tuple[str, ...] = ()) -> None:
        self.spec = ModelSpec("lamps", ModelCard("lamps"), 4, 4, 4, (1, 2), mix, size=(16, 16), classes=classes)
        self.device = "here"
        self.asked: list[FrameRequest] = []
        self.closed = False

    def embed(self, z: Layers, classes: Classes | None = None) -> Layers:
        offset = 0.0 if classes is None else classes @ np.arange(len(self.spec.classes))[:, None]
        return np.repeat((z + offset)[:, None], 4, axis=1).astype(np.float32)

    def mean(self, classes: Classes | None = None) -> Layers:
        return np.zeros((4, 4), np.float32)

    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        self.asked.append(request)
        light = 0.5 + latch().layers.mean(axis=0) * LOUD
        picture = np.zeros((3, 16, 16))
        for i, value in enumerate(light):
            picture[:, 8 * (i // 2) : 8 * (i // 2) + 8, 8 * (i % 2) : 8 * (i % 2) + 8] = value
        return FrameResult(np.round(picture.clip(0.0, 1.0) * 255).astype(np.uint8), True)

    def close(self) -> None:
        self.closed = True


def weights() -> dict[int, list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]]:
    """Each layer hears one component most."""
    return {row: [np.eye(4)[[row, row, (row + 1) % 4]]] for row in range(4)}


def found(wish: Wish, probe: Probe | None = None, tell: Callable[[Step], None] = lambda step: None) -> Found:
    return search(probe or Probe(Lamps(), W, weights()), wish, ManualClock(), tell, lambda: False)


@pytest.mark.parametrize("method", ["", "pca", "sefa", "visible"])
def test_the_ways_that_show_come_first_dead_ones_last_and_equal_turns_change_equally(method: str) -> None:
    ways = found(Wish(4, method, 20.0))
    assert (np.diff(ways.effects) <= 1e-6).all()
    assert ways.alive[0]
    assert ways.space == W
    far = np.linalg.norm(ways.rows, axis=1)
    lasting = ways.evened[ways.alive & (far < 0.95 * evening.LONGEST)]
    assert lasting.size
    assert lasting.max() < 1.35 * lasting.min()
    assert all(word.split()[0] in ("PCA", "SeFa", "visible") for word in ways.labels)


def test_what_shows_nothing_is_dead_and_kept() -> None:
    ways = found(Wish(4, "visible", 20.0))
    dark = np.abs(ways.rows[:, 3]) > 0.9 * np.linalg.norm(ways.rows, axis=1)
    assert dark.sum() == 1
    assert not ways.alive[dark].any()
    assert len(ways.labels) == 4
    assert np.linalg.norm(ways.rows[dark]) == pytest.approx(evening.LONGEST, rel=0.1)


def test_closed_form_is_of_bands_and_says_so() -> None:
    ways = found(Wish(12, "sefa", 20.0))
    told = {label.split()[2] for label in ways.labels}
    assert told == {"coarse", "middle", "fine"}
    spans = {"coarse": [0, 1], "middle": [1, 2], "fine": [2, 4]}
    for label, layers in zip(ways.labels, ways.layers.tolist(), strict=True):
        assert layers == spans[label.split()[2]]


def test_a_network_of_z_is_looked_at_through_its_first_features() -> None:
    a = np.diag([1.0, 4.0, 2.0, 0.5])
    ways = found(Wish(3, "pca", 20.0), Probe(Lamps("slerp"), Z, {}, lambda z: z @ a))
    assert ways.space == Z
    first = dict(zip(ways.labels, ways.rows, strict=True))["PCA 1"]
    assert np.abs(first).argmax() == 1
    assert Probe(Lamps("slerp"), Z).bands() == (("", 0, 4),)
    assert sampling.suited(Probe(Lamps("slerp"), Z)) == ("visible",)
    assert sampling.suited(Probe(Lamps(), W, weights())) == ("pca", "sefa")


def test_of_a_model_with_classes_the_way_between_classes_is_no_component() -> None:
    """Classes move all lamps together, far more than places do; within one, all ways are alike."""
    spread = sampling.spread_of(Probe(Lamps(classes=tuple("abcdefgh")), W), lambda share: None, 4000)
    np.testing.assert_allclose(spread, np.eye(4), atol=0.12)


def test_the_same_search_finds_the_same() -> None:
    first, again = found(Wish(4, "", 20.0)), found(Wish(4, "", 20.0))
    assert first.labels == again.labels
    np.testing.assert_array_equal(first.layers, again.layers)


def test_it_says_how_far_it_is_and_asks_for_small_drafts_only() -> None:
    lamps, steps = Lamps(), list[Step]()
    found(Wish(4, "", 20.0), Probe(lamps, W, weights()), steps.append)
    shares = [step.done for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, abs=0.05)
    assert steps[-1].left is not None
    assert all(request.draft and request.width <= 64 for request in lamps.asked)
    assert len(lamps.asked) == steps[-1].count


@pytest.mark.parametrize("after", [0, 5, 200])
def test_it_stops_where_it_stands(after: int) -> None:
    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    with pytest.raises(StoppedError):
        search(Probe(Lamps(), W, weights()), Wish(4), ManualClock(), lambda step: None, stopped)
    assert asked == after + 1


def test_what_cannot_be_looked_at_so_is_refused_in_a_sentence() -> None:
    with pytest.raises(StageError, match="--method visible"):
        found(Wish(4, "sefa"), Probe(Lamps("slerp"), Z))


def test_slow_pictures_are_looked_at_in_few_places_and_fast_ones_in_many() -> None:
    slow, fast = planned(90.0, 0.3, 44, 32), planned(90.0, 0.001, 44, 32)
    assert (slow.ordered, slow.evened) == (2, 1)
    assert slow.pictures * 0.3 < 240.0
    assert (fast.ordered, fast.evened) == (16, 16)
    assert fast.pictures * 0.001 < 90.0
    assert planned(90.0, 1e9, 1, 1) == Plan(2, 1, slow_least())


def slow_least() -> int:
    """Two places for the order with its random ways, one for each of three rounds."""
    return 2 * (1 + 2 * (1 + 4) + 1) + 3 * 3
