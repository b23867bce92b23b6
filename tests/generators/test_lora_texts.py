"""What LoRA files do to text encoders: as encoders with their weights merged, live, and without a trace at 0."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray

from latentjockey.generators.diffusion.parking import Parked
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.diffusion.turns import Spoken, Turns
from latentjockey.generators.protocol import FrameRequest, FrameResult, Moment
from latentjockey.models.diffusion_spec import diffusion_spec
from latentjockey.navigation.seeds import z_from_seed
from tests.generators import diffusion_folders, lora_files

Pixels = NDArray[np.int16]
LAYER = "encoder.layers.1"
LAYERS = (f"{LAYER}.self_attn.q_proj", f"{LAYER}.self_attn.out_proj", f"{LAYER}.mlp.fc1", "encoder.layers.0.mlp.fc2")
"""Of a text encoder, within what it may be wrapped in."""
ENCODERS: dict[str, Any] = {
    "text_encoder": transformers.CLIPTextModel,
    "text_encoder_2": transformers.CLIPTextModelWithProjection,
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("texts")
    return {name: diffusion_folders.make(place, name) for name in ("turbo", "sdxl")}


@pytest.fixture
def folder(models: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(models["turbo"], tmp_path / "turbo"))


def encoder_of(folder: Path, part: str) -> Any:
    return ENCODERS[part].from_pretrained(str(folder / part), local_files_only=True)


def pairs(folder: Path, part: str, seed: int = 1) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Down and up of some of its layers, by the names that they have in the encoder as it is loaded."""
    encoder = encoder_of(folder, part)
    names = tuple(each for each, _ in encoder.named_modules() if each.removeprefix("text_model.") in LAYERS)
    assert len(names) == len(LAYERS)
    return lora_files.pairs(encoder, names, seed)


def written(pairs: dict[str, tuple[torch.Tensor, torch.Tensor]], form: str) -> lora_files.Weights:
    """The same under the names of files: in those all is wrapped in ``text_model``."""
    held: lora_files.Weights = {}
    for name, (down, up) in pairs.items():
        base = f"text_model.{name.removeprefix('text_model.')}"
        if form.startswith("lora_"):
            base = form + base.replace(".", "_")
            held |= {f"{base}.lora_down.weight": down, f"{base}.lora_up.weight": up}
        else:
            held |= {f"{form}{base}.lora_A.weight": down, f"{form}{base}.lora_B.weight": up}
    return held


def merged(folder: Path, to: Path, part: str, times: float, seed: int = 1) -> Path:
    """The same model with weights of a text encoder merged by hand."""
    encoder = encoder_of(folder, part)
    lora_files.merged(encoder, pairs(folder, part, seed), times)
    copy = Path(shutil.copytree(folder, to, ignore=shutil.ignore_patterns("loras"), dirs_exist_ok=True))
    encoder.save_pretrained(copy / part)
    return copy


def player_of(folder: Path) -> DiffusionPlayer:
    return DiffusionPlayer(folder, diffusion_spec(folder, folder.name)[0], "cpu")


def moment_of(player: DiffusionPlayer, heard: int = 2, **native: float) -> Moment:
    """Of so many prompts, each louder than the one before."""
    z = z_from_seed(5, player.spec.z_dim).astype(np.float32)[None]
    weights = np.zeros((1, len(player.spec.classes)), np.float32)
    weights[0, :heard] = np.arange(1, heard + 1) / 2
    return Moment(
        player.embed(z, weights)[0], {f"/gen/{key.replace('_', '/')}": value for key, value in native.items()}
    )


def framed(player: DiffusionPlayer, moment: Moment) -> FrameResult:
    return player.frame(FrameRequest(*player.spec.size), lambda: moment)


def settled(player: DiffusionPlayer, heard: int = 2, **native: float) -> Pixels:
    """The picture to which it comes."""
    moment = moment_of(player, heard, **native)
    for _ in range(12):
        made = framed(player, moment)
        assert made.finite
        if not made.unsettled:
            return made.pixels.astype(np.int16)
    raise AssertionError("it does not come to rest")


@pytest.mark.parametrize(
    ("model", "part", "form", "weight"),
    [
        ("turbo", "text_encoder", "lora_te_", 1.0),
        ("turbo", "text_encoder", "text_encoder.", -0.7),
        ("sdxl", "text_encoder", "lora_te1_", 2.5),
        ("sdxl", "text_encoder_2", "lora_te2_", -1.5),
        ("sdxl", "text_encoder_2", "text_encoder_2.", 0.4),
    ],
)
def test_it_is_the_encoder_with_its_weights_merged(
    models: dict[str, Path], tmp_path: Path, model: str, part: str, form: str, weight: float
) -> None:
    folder = Path(shutil.copytree(models[model], tmp_path / model))
    lora_files.write(folder / "loras" / "some.safetensors", written(pairs(folder, part), form))
    ours, theirs = player_of(folder), player_of(merged(folder, tmp_path / "merged", part, weight))
    assert ours.spec.unheard == ()
    whole, heard = settled(ours, steps=2.0, cfg=3.0), settled(ours, steps=2.0, cfg=3.0, lora_1=weight)
    assert np.abs(heard - settled(theirs, steps=2.0, cfg=3.0)).max() <= 1
    assert np.abs(heard - whole).max() > 3, "it is heard at all"


def test_with_the_network_several_sum_and_at_nought_none_leaves_a_trace(folder: Path, tmp_path: Path) -> None:
    plain = settled(player_of(folder))
    one, other = pairs(folder, "text_encoder", 1), pairs(folder, "text_encoder", 2)
    lora_files.write(folder / "loras" / "a.safetensors", written(one, "lora_te_"))
    lora_files.write(folder / "loras" / "b.safetensors", written(other, "text_encoder."))
    player = player_of(folder)
    once = merged(folder, tmp_path / "once", "text_encoder", 0.5, 1)
    both = settled(player, lora_1=0.5, lora_2=-1.5)
    twice = settled(player_of(merged(once, tmp_path / "twice", "text_encoder", -1.5, 2)))
    assert np.abs(both - twice).max() <= 1
    assert np.array_equal(settled(player), plain)
    assert player.prompts is not None
    calls = player.prompts.calls
    assert np.array_equal(settled(player, lora_1=0.5, lora_2=-1.5), both)
    assert np.array_equal(settled(player), plain)
    assert player.prompts.calls == calls, "what was said before is still known"


def test_texts_are_encoded_anew_one_a_picture_and_only_where_their_encoder_is_turned(folder: Path) -> None:
    network = lora_files.pairs(_unet(folder), lora_files.LINEAR)
    lora_files.write(folder / "loras" / "network.safetensors", lora_files.peft(network))
    lora_files.write(folder / "loras" / "texts.safetensors", written(pairs(folder, "text_encoder"), "lora_te_"))
    player = player_of(folder)
    assert player.prompts is not None
    settled(player, 3, steps=2.0, cfg=3.0)
    calls = player.prompts.calls
    for weight in (0.5, -2.0):
        settled(player, 3, steps=2.0, cfg=3.0, lora_1=weight)
    assert player.prompts.calls == calls, "the network alone is turned"

    for number in range(1, 9):  # a weight that moves, with three prompts and a negative one
        made = framed(player, moment_of(player, 3, steps=2.0, cfg=3.0, lora_2=number / 8))
        assert player.prompts.calls - calls <= number
        assert made.unsettled
    assert player.prompts.calls - calls == 8
    rest = settled(player, 3, steps=2.0, cfg=3.0, lora_2=1.0)
    assert player.prompts.calls - calls == 11, "the last picture is that of all four"
    assert np.array_equal(rest, settled(player_of(folder), 3, steps=2.0, cfg=3.0, lora_2=1.0))


def test_no_text_starves_while_a_weight_moves(folder: Path) -> None:
    lora_files.write(folder / "loras" / "texts.safetensors", written(pairs(folder, "text_encoder"), "lora_te_"))
    player = player_of(folder)
    settled(player, 8)
    encoded: list[str] = []
    prompts: Any = player.prompts
    encode = prompts._encode
    prompts._encode = lambda text, weights: encoded.append(text) or encode(text, weights)
    for number in range(1, 17):
        framed(player, moment_of(player, 8, lora_1=number / 10))
    assert sorted(encoded) == sorted(2 * encoded[:8])
    assert len(set(encoded)) == 8


def test_a_weight_turned_between_two_steps_waits_for_the_next_picture(folder: Path) -> None:
    lora_files.write(folder / "loras" / "texts.safetensors", written(pairs(folder, "text_encoder"), "lora_te_"))
    player = player_of(folder)
    still, loud = (settled(player, steps=2.0, lora_1=weight) for weight in (0.0, 2.0))
    settled(player, steps=2.0, lora_1=0.0)
    assert player.prompts is not None
    calls = player.prompts.calls
    moments = [moment_of(player, steps=2.0, lora_1=weight) for weight in (0.0, 2.0)]
    z = z_from_seed(9, player.spec.z_dim).astype(np.float32)[None]
    elsewhere = Moment(player.embed(z)[0], moments[0].native)
    framed(player, elsewhere)
    between = player.frame(FrameRequest(*player.spec.size), lambda: moments.pop(0) if len(moments) > 1 else moments[0])
    assert np.array_equal(between.pixels, still)
    assert between.unsettled
    assert np.array_equal(settled(player, steps=2.0, lora_1=2.0), loud)
    assert player.prompts.calls == calls


def test_wild_weights_end_in_a_picture_or_none(folder: Path) -> None:
    lora_files.write(folder / "loras" / "texts.safetensors", written(pairs(folder, "text_encoder"), "lora_te_"))
    player = player_of(folder)
    plain = settled(player)
    for weight in (1e30, -1e6):
        for _ in range(4):
            framed(player, moment_of(player, lora_1=weight))
    assert np.array_equal(settled(player), plain)


def test_what_stands_beside_an_encoder_leaves_the_device_with_it(folder: Path) -> None:
    lora_files.write(folder / "loras" / "texts.safetensors", written(pairs(folder, "text_encoder"), "lora_te_"))
    player = player_of(folder)
    loud = settled(player, lora_1=2.0)
    prompts: Any = player.prompts
    (loras,) = prompts._loras
    asked: list[str] = []
    moved = loras.to
    loras.to = lambda where: asked.append(str(where)) or moved(torch.device("cpu"))
    assert isinstance(prompts.parked, Parked)
    prompts.parked._move(torch.device("cpu"))
    assert asked == ["cpu"]
    prompts._known.clear()
    prompts._turned.clear()
    player._last = None
    assert np.array_equal(settled(player, lora_1=2.0), loud)


def _unet(folder: Path) -> Any:
    import diffusers

    unet: Any = diffusers.UNet2DConditionModel
    return unet.from_pretrained(str(folder / "unet"), local_files_only=True)


# -- whose turn it is --------------------------------------------------------------------------------------------------


@pytest.fixture
def turns() -> tuple[Turns, set[Spoken], Callable[..., tuple[Spoken, ...]]]:
    known: set[Spoken] = set()
    made = Turns(known.__contains__)

    def asked(*wanted: str, heard: str = "1111") -> tuple[Spoken, ...]:
        """A word is a text and the weight that it is said with, by its last letter."""
        spoken = made.of([(w[:-1], (float(w[-1]),)) for w in wanted], [each == "1" for each in heard[: len(wanted)]])
        known.update(each for each, on in zip(spoken, heard, strict=False) if on == "1")
        return spoken

    return made, known, asked


def test_who_was_nothing_before_does_not_wait_and_then_one_goes_after_the_other(turns: Any) -> None:
    _, _, asked = turns
    assert asked("a0", "b0", "c0") == (("a", (0.0,)), ("b", (0.0,)), ("c", (0.0,)))
    assert asked("a1", "b1", "c1") == (("a", (1.0,)), ("b", (0.0,)), ("c", (0.0,)))
    assert asked("a2", "b2", "c2") == (("a", (1.0,)), ("b", (2.0,)), ("c", (0.0,)))
    assert asked("a3", "b3", "c3") == (("a", (1.0,)), ("b", (2.0,)), ("c", (3.0,)))
    assert asked("a3", "b3", "c3") == (("a", (3.0,)), ("b", (2.0,)), ("c", (3.0,)))
    assert asked("a3", "b3", "c3") == (("a", (3.0,)), ("b", (3.0,)), ("c", (3.0,)))


def test_what_is_not_heard_needs_no_turn(turns: Any) -> None:
    _, known, asked = turns
    asked("a0", "b0", heard="10")
    assert asked("a1", "b1", heard="10") == (("a", (1.0,)), ("b", (1.0,)))
    assert ("b", (1.0,)) not in known
    assert asked("a1", "b1", heard="11")[1] == ("b", (1.0,))
