"""ONNX graphs in onnxruntime: what the graph is given, what becomes of its picture, and what is said when it fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.engine.memory import out_of_memory
from latentjockey.generators.onnx import session
from latentjockey.generators.onnx.player import OnnxPlayer, by_thirds, centred, pictured, range_of
from latentjockey.generators.onnx.session import CPU, CUDA, OnnxError, OnnxSession
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models import library
from latentjockey.models.families.onnx import Onnx
from latentjockey.models.reading.reader import read
from tests.models.families.published import store
from tests.models.reading import onnx_files as made
from tests.models.reading.onnx_files import body, graph, info, model, node, tensor
from tests.models.reading.test_reading_mutants import mutants

Make = Callable[..., OnnxPlayer]


@pytest.fixture
def player(tmp_path: Path) -> Make:
    """Plays the graph in some bytes."""

    def play(data: bytes, device: str = "cpu", **asked: Any) -> OnnxPlayer:
        (tmp_path / "a.onnx").write_bytes(data)
        converted = Onnx().convert(read(tmp_path / "a.onnx"), asked)
        assert converted is not None
        entry = library.read(store(tmp_path / "a.safetensors", converted))
        assert entry.spec is not None, entry.trouble
        return OnnxPlayer(tmp_path / "a.safetensors", entry.spec, device)

    return play


def shown(
    player: OnnxPlayer, layers: NDArray[np.float32], native: dict[str, float] | None = None, side: int = 16
) -> NDArray[np.uint8]:
    result = player.frame(FrameRequest(side, side), lambda: Moment(layers, native or {}))
    assert result.finite
    return result.pixels


def z_of(seed: int, wide: int = 12) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((1, wide)).astype(np.float32)


def by_torch(z: NDArray[np.float32], last: Callable[[torch.Tensor], torch.Tensor] = torch.tanh) -> NDArray[np.float64]:
    """The picture (3, 16, 16) of the graphs that ``body`` writes, computed anew."""
    h = torch.from_numpy(z) @ torch.from_numpy(made.weight(0, z.shape[1], 128)) + torch.from_numpy(made.weight(1, 128))
    h = torch.relu(h.reshape(-1, 8, 4, 4))
    h = torch.relu(F.conv_transpose2d(h, torch.from_numpy(made.weight(2, 8, 6, 4, 4)), stride=2, padding=1))
    h = F.conv_transpose2d(h, torch.from_numpy(made.weight(3, 6, 3, 4, 4)), stride=2, padding=1)
    picture: NDArray[np.float64] = last(h)[0].double().numpy()
    return picture


def test_the_picture_is_the_graphs_own(player: Make) -> None:
    playing = player(made.plain())
    z = z_of(1)
    wanted = (by_torch(z) + 1.0) * 127.5
    assert np.abs(shown(playing, playing.embed(z)[0]) - wanted).max() <= 0.51


def test_classes_are_weights_and_bytes_with_colours_last_are_a_picture(player: Make) -> None:
    playing = player(made.with_classes())
    z, weights = z_of(2), np.array([[2.0, -0.5, 0.25]], np.float32)
    wanted = 255.0 * by_torch(np.concatenate((z, weights), 1), torch.sigmoid)
    assert np.abs(shown(playing, playing.embed(z, weights)[0]) - wanted).max() <= 0.51


def test_layers_label_psi_and_noise_reach_the_graph(player: Make) -> None:
    playing = player(made.with_all())
    rows = np.random.default_rng(3).standard_normal((5, 12)).astype(np.float32)
    native = {"/gen/psi": -1.5, "/gen/label": 6.0, "/gen/noise": 0.0, "/gen/range": 1.0}
    heard = (-1.5 * rows).mean(0, keepdims=True) + made.weight(9, 4, 12)[2:3]
    wanted = (by_torch(heard.astype(np.float32)).mean(0) + 1.0) * 127.5
    picture = shown(playing, rows, native)
    assert np.abs(picture[0] - wanted).max() <= 0.51, "the sixth of four classes is the second after the last"
    assert np.array_equal(picture[0], picture[2]), "grey is three colours"
    noisy = shown(playing, rows, {**native, "/gen/noise": 1.0})
    assert not np.array_equal(noisy, picture)
    assert np.array_equal(noisy, shown(playing, rows, {**native, "/gen/noise": 1.0}))
    assert not np.array_equal(noisy, shown(playing, rows, {**native, "/gen/noise": 1.0, "/gen/noise_seed": 5.0}))


def test_a_graph_that_insists_on_four_makes_one(player: Make) -> None:
    playing = player(made.plain(4))
    z = z_of(4)
    assert np.abs(shown(playing, playing.embed(z)[0]) - (by_torch(z) + 1.0) * 127.5).max() <= 0.51


def test_a_wide_picture_is_fitted_whole(player: Make) -> None:
    steps = [node("Gemm", ["z", "w"], ["h"]), node("Reshape", ["h", "to"], ["i"]), node("Tanh", ["i"], ["image"])]
    held = [tensor("w", made.weight(0, 12, 3 * 8 * 24)), tensor("to", np.array([-1, 3, 8, 24]), raw=False)]
    playing = player(model(graph(steps, [info("z", ["N", 12])], [info("image", ["N", 3, 8, 24])], held)))
    assert playing.spec.size == (24, 16)
    picture = shown(playing, playing.embed(z_of(0))[0], side=24)
    assert not picture[:, :8].any()
    assert not picture[:, 16:].any()
    assert picture[:, 8:16].std() > 10


def test_each_third_is_heard_from_its_own_band(player: Make) -> None:
    playing = player(made.plain())
    a, b = z_of(5), z_of(6)
    layers = np.stack((a[0], b[0], a[0]))
    both = a.copy()
    both[0, 4:8] = b[0, 4:8]
    assert np.abs(shown(playing, layers) - (by_torch(both) + 1.0) * 127.5).max() <= 0.51


@given(st.integers(1, 40), st.integers(0, 9))
def test_equal_layers_are_that_latent(wide: int, seed: int) -> None:
    z = z_of(seed, wide)
    assert np.array_equal(by_thirds(np.repeat(z, 3, 0)), z[0])


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((1, 3, 8, 9), (1, 3, 8, 9)), ((2, 8, 9, 3), (1, 3, 8, 9)), ((1, 8, 9), (1, 3, 8, 9)),
        ((8, 9, 4), (1, 3, 8, 9)),
        ((1, 1, 8, 9), (1, 3, 8, 9)), ((1, 4, 8, 9), (1, 3, 8, 9)), ((1, 5, 8, 9), None), ((3, 8), None),
        ((1, 3, 0, 9), None), ((1, 1, 3, 8, 9), None),
    ],
)  # fmt: skip
def test_what_is_a_picture(shape: tuple[int, ...], wanted: tuple[int, ...] | None) -> None:
    found = pictured(np.zeros(shape, np.float32))
    assert (None if found is None else tuple(found.shape)) == wanted


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (-1, 1, "signed"), (-0.3, 0.2, "signed"), (0, 1, "unit"), (0.1, 0.9, "unit"), (0, 255, "byte"),
        (-9, 270, "byte"), (-30, 25, "signed"), (-0.001, 1.2, "unit"),
    ],
)  # fmt: skip
def test_what_numbers_mean(low: float, high: float, wanted: str) -> None:
    assert range_of(low, high) == wanted
    ends = centred(torch.tensor([0.0, 255.0 if wanted == "byte" else 1.0]), wanted)
    assert ends.tolist() == ([0.0, 1.0] if wanted == "signed" else [-1.0, 1.0])


def test_a_hand_may_say_what_the_numbers_mean(player: Make) -> None:
    playing = player(made.plain(last="Sigmoid"))
    layers = playing.embed(z_of(1))[0]
    found = shown(playing, layers)
    assert np.array_equal(shown(playing, layers, {"/gen/range": 2.0}), found)
    assert shown(playing, layers, {"/gen/range": 1.0}).min() >= 127


def test_still_inputs_are_not_computed_again(player: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    playing = player(made.plain())
    layers = playing.embed(z_of(1))[0]
    first = shown(playing, layers)
    with monkeypatch.context() as here:
        here.setattr(playing._session, "run", lambda *_: pytest.fail("the graph was run again"))
        assert np.array_equal(shown(playing, layers), first)
        assert not np.array_equal(shown(playing, layers, {"/gen/drive": -1.0}), first)
    assert not np.array_equal(shown(playing, layers + 1), first)


def test_a_picture_that_is_no_number_is_not_shown(player: Make) -> None:
    steps, weights = body("z", 12, last="Identity")
    steps[-1] = node("Log", ["h5"], ["image"])
    playing = player(model(graph(steps, [info("z", ["N", 12])], [info("image", ["N", 3, 16, 16])], weights)))
    result = playing.frame(FrameRequest(8, 8), lambda: Moment(playing.embed(z_of(1))[0], {}))
    assert not result.finite


def test_damaged_graphs_that_can_be_read_play_or_are_a_sentence(tmp_path: Path) -> None:
    """What the reader lets through is met by onnxruntime itself: that ends no process, and takes no time."""
    played = 0
    for count, mutant in enumerate(mutants(made.with_all(), 300, "played")):
        path = tmp_path / f"{count}.onnx"
        path.write_bytes(mutant)
        try:
            converted = Onnx().convert(read(path), {})
            if converted is None:
                continue
            entry = library.read(store(path.with_suffix(".safetensors"), converted))
            assert entry.spec is not None, entry.trouble
            player = OnnxPlayer(path.with_suffix(".safetensors"), entry.spec, "cpu")
        except StageError as refused:
            told = str(refused)
        else:
            told = player.device
            played += 1
        assert told
        assert "\n" not in told
    assert 0 < played < 300


# -- what fails -------------------------------------------------------------------------------------------------------


def test_without_onnxruntime_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(StageError, match=r"pip install 'latentjockey\[onnx\]'"):
        OnnxSession("Faces", made.plain(), "cpu")


def test_a_graph_that_onnxruntime_refuses_is_a_sentence() -> None:
    steps, weights = body("z", 12)
    missing = model(graph(steps, [info("u", ["N", 12])], [info("image", ["N", 3, 16, 16])], weights))
    for data in (missing, b"\x08\x08", made.plain()[:-40], model(graph([node("Nope", ["z"], ["x"])], [], []))):
        with pytest.raises(OnnxError, match=r"^Faces cannot be played: .*\.$") as refused:
            OnnxSession("Faces", data, "cpu")
        assert "\n" not in str(refused.value)


def test_an_output_that_is_no_picture_is_a_sentence(player: Make) -> None:
    steps = [node("Gemm", ["z", "w"], ["x"])]
    data = model(graph(steps, [info("z", ["N", 12])], [info("x", None)], [tensor("w", made.weight(0, 12, 5))]))
    with pytest.raises(OnnxError, match="makes no picture: its outputs have the shapes"):
        player(data)


def test_a_graph_without_end_is_stopped() -> None:
    """A loop that never ends by itself."""
    inner = graph(
        [node("Identity", ["go"], ["on"]), node("Add", ["x", "x"], ["y"])],
        [info("i", [], "int64"), info("go", [], "bool"), info("x", ["N", 12])],
        [info("on", [], "bool"), info("y", ["N", 12])],
    )
    loop = (
        made.field(1, "") + made.field(1, "yes") + made.field(1, "z") + made.field(2, "image") + made.field(4, "Loop")
    )
    loop += made.field(5, made.field(1, "body") + made.field(6, inner) + made.field(20, 5))
    data = model(graph([loop], [info("z", ["N", 12])], [info("image", ["N", 12])], [tensor("yes", np.array(True))]))
    endless = OnnxSession("Faces", data, "cpu")
    with pytest.raises(OnnxError, match=r"took longer than 0\.2 s"):
        endless.run(["image"], {"z": z_of(0)}, 0.2)


class Broken:
    """onnxruntime with a CUDA provider that fails, in the way that ``how`` names."""

    def __init__(self, how: str, real: Any) -> None:
        self._how, self._real = how, real
        self.RunOptions, self.SessionOptions = real.RunOptions, real.SessionOptions
        self.__version__ = real.__version__
        self.made: list[list[str]] = []

    def get_available_providers(self) -> list[str]:
        return [CUDA, CPU]

    def InferenceSession(self, data: bytes, options: Any, providers: list[str]) -> Any:  # noqa: N802 - its name
        self.made.append(providers)
        if CUDA not in providers:
            return self._real.InferenceSession(data, options, providers=providers)
        if self._how == "open":
            raise RuntimeError("[ONNXRuntimeError] : 1 : FAIL : no kernel for this device")
        real = self._real.InferenceSession(data, options, providers=[CPU])
        return real if self._how == "libraries" else OnCuda()


class OnCuda:
    def get_providers(self) -> list[str]:
        return [CUDA, CPU]

    def run(self, *_: Any) -> Any:
        raise RuntimeError("CUDA failure 700: an illegal memory access")


@pytest.mark.parametrize(("how", "why"), [("open", "no kernel"), ("libraries", "missing"), ("run", "a picture failed")])
def test_where_cuda_fails_the_processor_plays_and_it_is_said(
    how: str, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import onnxruntime

    broken = Broken(how, onnxruntime)
    monkeypatch.setattr(session, "_runtime", lambda: broken)
    playing = OnnxSession("Faces", made.plain())
    (image,) = playing.run(["image"], {"z": z_of(1)})
    assert image.shape == (1, 3, 16, 16)
    assert "CUDA failed" in playing.device
    assert playing.device.startswith("cpu")
    assert why in caplog.text
    assert "Faces plays on the CPU" in caplog.text
    assert broken.made[0] == [CUDA, CPU]


def test_the_processor_is_taken_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    broken = Broken("open", onnxruntime)
    monkeypatch.setattr(session, "_runtime", lambda: broken)
    assert "CUDA" not in OnnxSession("Faces", made.plain(), "cpu").device
    assert broken.made == [[CPU]]


def test_a_lack_of_memory_is_one() -> None:
    data = model(
        graph(
            [node("Expand", ["z", "s"], ["image"])],
            [info("z", ["N", 12])],
            [info("image", None)],
            [tensor("s", np.array([1 << 28, 1 << 12, 1, 12]), raw=False)],
        )
    )
    playing = OnnxSession("Faces", data, "cpu")
    with pytest.raises(MemoryError) as failed:
        playing.run(["image"], {"z": z_of(0)})
    assert out_of_memory(failed.value)
