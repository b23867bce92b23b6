"""The models of random weights that are timed: they load as what they are, play, and their figures become rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentjockey.generators.protocol import FrameRequest, Generator, Moment
from latentjockey.generators.registry import create
from latentjockey.generators.style.config import StyleConfig
from latentjockey.models import library
from latentjockey.models.biggan_shape import BigganShape, Block
from latentjockey.models.kinds import kind_at
from latentjockey.models.stylegan3_shape import Stylegan3Shape

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("style", "stylegan3", "biggan", "dcgan")


@pytest.fixture(autouse=True)
def _from_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only models that there are; nothing of them is compiled."""
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(library, "own_folder", lambda: tmp_path)
    monkeypatch.setenv("LATENTJOCKEY_EAGER", "1")
    return tmp_path


def written(folder: Path, kind: str, *, as_graph: bool = False) -> Path:
    from benchmarks.random_models import config_f, dcgan, save

    blocks = (Block(16, 16, False), Block(16, 16, True), Block(16, 8, True, True))
    shape = {
        "style": replace(config_f(16, 128), z_dim=6, w_dim=5, channel_max=8, mapping_layers=2, mapping_width=5),
        "stylegan3": Stylegan3Shape(16, 6, 5, 0, 128, 8, 4, first_cutoff=1.0, first_stopband=2.0, mapping_layers=2),
        "biggan": BigganShape(6, 4, 3, blocks, 5),
        "dcgan": dcgan(6, 2, (8, 8, 8)),
    }[kind]
    path = folder / f"a-{kind}.safetensors"
    save(path, shape, as_graph=as_graph)
    return path


def pictures(played: Generator) -> list[np.ndarray]:  # type: ignore[type-arg]
    from benchmarks.families_child import alike

    made = []
    for layers in alike(played)[::12]:
        result = played.frame(FrameRequest(*played.spec.size), lambda layers=layers: Moment(layers, {}))  # type: ignore[misc]
        assert result.finite
        made.append(result.pixels.astype(np.int16))
    return made


@pytest.mark.parametrize("kind", SMALL)
def test_each_family_is_written_loads_and_plays(folder: Path, kind: str) -> None:
    path = written(folder, kind)
    assert kind_at(path) == kind
    played = create(path.stem, "cpu")
    here, there = pictures(played)
    assert here.std() > 1.0
    assert (here != there).any(), "each place has a picture of its own"
    played.close()


def test_noise_and_attention_are_not_left_out(folder: Path) -> None:
    from latentjockey.generators.biggan.player import load as load_biggan
    from latentjockey.generators.style.model_file import load

    net = load(written(folder, "style")).net
    assert all(float(v) != 0.0 for k, v in net.state_dict().items() if k.endswith("strength"))
    gains = [v for k, v in load_biggan(written(folder, "biggan")).state_dict().items() if k.endswith("attention.gain")]
    assert gains
    assert all(float(gain) != 0.0 for gain in gains)


def test_the_graph_is_the_same_network(folder: Path) -> None:
    pytest.importorskip("onnxruntime")
    ours = create(written(folder, "dcgan").stem, "cpu")
    wanted = pictures(ours)
    path = written(folder, "dcgan", as_graph=True)
    path = path.rename(folder / "graph.safetensors")
    assert kind_at(path) == "onnx"
    theirs = create("graph", "cpu")
    assert theirs.spec.classes == ours.spec.classes
    assert theirs.spec.size == ours.spec.size
    for mine, graph in zip(wanted, pictures(theirs), strict=True):
        assert np.abs(mine - graph).max() <= 1


def test_published_shapes_have_their_published_sizes() -> None:
    from benchmarks.random_models import SHAPES

    sizes = {name: shape.sides[-1] if hasattr(shape, "sides") else shape.size for name, shape in SHAPES.items()}
    assert sizes == {
        "stylegan2-256": 256, "stylegan2-1024": 1024, "stylegan3-t-256": 256, "stylegan3-r-256": 256,
        "biggan-deep-128": 128, "dcgan-128": 128,
    }  # fmt: skip
    style = SHAPES["stylegan2-1024"]
    assert isinstance(style, StyleConfig)
    assert [style.channels(r) for r in (4, 64, 128, 256, 512, 1024)] == [512, 512, 256, 128, 64, 32]


def test_a_walk_is_round_and_moves_every_time() -> None:
    from benchmarks.families_child import walk

    places = walk(50)
    steps = np.linalg.norm(np.diff(np.concatenate((places, places[:1])), axis=0), axis=1)
    assert steps.min() > 0.5
    assert steps.max() < 2.0 * np.sqrt(50) * np.pi / 2 / 6 * 1.5
    assert np.isfinite(places).all()


def test_layers_hear_three_places(folder: Path) -> None:
    from benchmarks.families_child import alike, differing

    played = create(written(folder, "dcgan").stem, "cpu")
    assert all(len(np.unique(layers, axis=0)) == 1 for layers in alike(played))
    assert all(len(np.unique(layers, axis=0)) == 3 for layers in differing(played))


def test_rows_tell_the_sum_of_both_decks_and_why_nothing_was_compiled() -> None:
    from benchmarks.families import Case, rows_of

    case = Case("two", "a", beside="b")
    times = {"a": [10.0, 30.0, 20.0], "b": [5.0], "half-way": [50.0]}
    rows = rows_of(case, {"times": times, "devices": dict.fromkeys(times, "cpu")}, True)
    assert rows[0].measured == "p50 20.0, p99 30.0, least 10.0 ms; 50.0 fps"
    assert rows[-1].measured == "50.0 against 25.0 ms by medians"
    assert rows[-1].note == "2.00 times the sum"
    made = {"times": {"eager": [1.0]}, "devices": {"eager": "cpu", "compiled": "cpu, eager: no compiler"}}
    assert len(rows_of(Case("x", "x"), made, True)) == 1
    assert rows_of(Case("x", "x"), made, False)[-1].note == "cpu, eager: no compiler"
    assert rows_of(Case("x", "x"), {"why": "not here"}, True)[0].measured == "not measured"


def test_compiled_forms_of_here_stay_what_they_are() -> None:
    """What comes along is never compiled by a measure: that would be another state of this machine afterwards."""
    from benchmarks.families import CASES, HERE

    assert all(case.shape for case in CASES)
    assert not any(case.shape for case in HERE)


def test_what_is_not_compiled_says_so_and_is_timed_as_it_is(folder: Path) -> None:
    from benchmarks.families_child import Bench

    written(folder, "style")
    bench = Bench()
    bench.play("a-style", 0.0, in_cache=True)
    assert list(bench.kinds) == ["eager"]
    assert "eager" in bench.devices["compiled"]()
    times = bench.measure(0.0)
    assert len(times["eager"]) >= 3
    assert min(times["eager"]) > 0.0
    bench.close()


def test_two_decks_are_timed_at_both_ends_and_between(folder: Path) -> None:
    from benchmarks.families_child import Bench

    written(folder, "dcgan")
    written(folder, "biggan")
    bench = Bench()
    bench.decks("a-dcgan", "a-biggan")
    assert list(bench.kinds) == ["a-dcgan", "a-biggan", "half-way"]
    here, there, between = (draw().pixels.astype(float) for draw in bench.kinds.values())
    assert np.abs(between - (here + there) / 2.0).max() <= 1.0
    assert (bench.kinds["a-dcgan"]().pixels != here).any(), "both decks move"
    bench.close()
