"""DCGAN-like networks: what is inferred from a state dict plays as the network that it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.dcgan.network import DcganNet, paths_of
from latentjockey.generators.dcgan.player import DcganPlayer
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.generators.squash import squashed
from latentjockey.generators.style.model_file import ModelFileError
from latentjockey.models import container, library
from latentjockey.models.card import card_to_data
from latentjockey.models.dcgan_shape import shape_from_json
from latentjockey.models.families.dcgan import Dcgan
from latentjockey.models.families.family import Converted
from latentjockey.models.reading.plain import TORCH_ZIP, Checkpoint

CLOSE = 1e-4


def randomised(net: nn.Module, seed: int = 0) -> nn.Module:
    """Weights, and statistics of norms, that are not what they are at first."""
    source = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in net.state_dict().values():
            if value.dtype.is_floating_point:
                value.copy_(torch.randn(value.shape, generator=source) * (0.3 if value.dim() > 1 else 0.5))
        for name, value in net.state_dict().items():
            if name.endswith("running_var"):
                value.copy_(value.abs() + 0.1)
    return net.eval()


def converted(net: nn.Module, asked: Mapping[str, Any] | None = None) -> Converted:
    state = {key: value.numpy() for key, value in net.state_dict().items()}
    made = Dcgan().convert(Checkpoint(TORCH_ZIP, state, "0" * 64, 1), asked or {})
    assert made is not None
    return made


def ours(made: Converted) -> DcganNet:
    shape = shape_from_json(json.loads(json.dumps(made.config)))
    assert {key: value.shape for key, value in made.tensors.items()} == dict(shape.tensors())
    net = DcganNet(shape)
    net.load_state_dict({key: torch.from_numpy(value) for key, value in made.tensors.items()})
    return net.eval()


def shown(net: DcganNet, z: Tensor, c: Tensor | None = None) -> Tensor:
    with torch.no_grad():
        return squashed(net(net.hear(z, c)), net.shape.output, 1.0, 0.0)


def transposed(z: int, widths: tuple[int, ...], kernels: tuple[int, ...], *, bias: bool, norm: bool) -> nn.Sequential:
    """The classical kind: doublings by transposed convolutions, even kernels."""
    layers: list[nn.Module] = [nn.ConvTranspose2d(z, widths[0], kernels[0], 1, 0, bias=bias)]
    for i, (before, after) in enumerate(zip(widths, (*widths[1:], 3), strict=True)):
        layers += [nn.BatchNorm2d(before)] if norm else []
        layers += [nn.ReLU()]
        k = kernels[i + 1]
        layers += [nn.ConvTranspose2d(before, after, k, 2, (k - 1) // 2, k % 2, bias=bias)]
    return nn.Sequential(*layers, nn.Tanh())


@settings(max_examples=25, deadline=None)
@given(
    st.integers(5, 19),
    st.lists(st.integers(4, 7), min_size=2, max_size=3),
    st.integers(2, 5),
    st.lists(st.sampled_from([2, 3, 4, 5, 6]), min_size=3, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_transposed_convolutions_are_found_from_shapes_alone(
    z: int, widths: list[int], first: int, kernels: list[int], bias: bool, norm: bool
) -> None:
    # odd kernels between equal widths are ordinary convolutions for all that shapes tell
    widths = [w + 7 * i for i, w in enumerate(widths)]
    theirs = randomised(transposed(z, tuple(widths), (first, *kernels), bias=bias, norm=norm))
    made = converted(theirs, {"classes": 0})
    u = torch.randn(3, z)
    with torch.no_grad():
        wanted = theirs(u[:, :, None, None])
    assert torch.allclose(shown(ours(made), u), wanted, atol=CLOSE)


class Upsampling(nn.Module):
    """The other common kind: a matrix, then doublings with ordinary convolutions."""

    def __init__(self, z: int, width: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.l1 = nn.Sequential(nn.Linear(z, width * side * side))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(width, width, 3, padding=1),
            nn.BatchNorm2d(width, 0.8),
            nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(width, width // 2, 3, padding=1),
            nn.BatchNorm2d(width // 2, 0.8),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width // 2, 3, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        x = self.l1(z)
        made: Tensor = self.conv_blocks(x.view(len(x), -1, self.side, self.side))
        return made


def test_a_matrix_with_doublings_is_found_and_what_shapes_do_not_tell_may_be_said() -> None:
    theirs = randomised(Upsampling(10, 6, 4))
    for norm in theirs.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.eps = 0.8
    made = converted(theirs, {"epsilon": 0.8})
    assert made.extra["assumed"]["activation"] == "leaky"
    u = torch.randn(2, 10)
    with torch.no_grad():
        wanted = theirs(u)
    assert wanted.shape[-1] == 16
    assert torch.allclose(shown(ours(made), u), wanted, atol=CLOSE)


class Conditional(nn.Module):
    """Labels by an embedding, beside z or times z, or as they are; norms of other names, after the activation."""

    def __init__(self, how: str) -> None:
        super().__init__()
        z, k = 8, 3
        wide = {"beside": z + 5, "first": z + 5, "times": z, "plain": z + k}[how]
        self.how = how
        if how != "plain":
            self.label_emb = nn.Embedding(k, z if how == "times" else 5)
        self.deconv1, self.deconv2 = nn.ConvTranspose2d(wide, 6, 4, 1, 0), nn.ConvTranspose2d(6, 5, 4, 2, 1)
        self.deconv3 = nn.ConvTranspose2d(5, 3, 4, 2, 1)
        self.bn1, self.bn2 = nn.BatchNorm2d(6), nn.BatchNorm2d(5)

    def forward(self, z: Tensor, c: Tensor) -> Tensor:
        label = c if self.how == "plain" else c @ self.label_emb.weight
        parts = (z * label,) if self.how == "times" else (label, z) if self.how == "first" else (z, label)
        x = torch.cat(parts, 1)[:, :, None, None]
        x = torch.relu(self.bn1(self.deconv1(x)))
        x = torch.relu(self.bn2(self.deconv2(x)))
        return torch.tanh(self.deconv3(x))


@pytest.mark.parametrize("how", ["beside", "first", "times", "plain"])
def test_labels_of_every_kind_take_weights_of_any_sign_and_sum(how: str) -> None:
    theirs = randomised(Conditional(how))
    names = ["amber", "blue", "red"]
    asked = {"classes": names} | ({"labels": "last"} if how == "beside" else {})
    made = converted(theirs, asked)
    assert made.classes == tuple(names)
    z, c = torch.randn(4, 8), torch.tensor([[1.0, 0, 0], [0, 0, 1], [-2, 4, 0.5], [0, 0, 0]])
    with torch.no_grad():
        wanted = theirs(z, c)
    assert torch.allclose(shown(ours(made), z, c), wanted, atol=CLOSE)


def test_spectral_norm_is_part_of_the_weights() -> None:
    layers = transposed(6, (8, 5), (4, 4, 4), bias=True, norm=False)
    for layer in layers:
        if isinstance(layer, nn.ConvTranspose2d):
            nn.utils.spectral_norm(layer)
    layers.train()
    layers(torch.randn(2, 6, 1, 1))
    theirs = layers.eval()
    u = torch.randn(2, 6)
    with torch.no_grad():
        wanted = theirs(u[:, :, None, None])
    assert torch.allclose(shown(ours(converted(theirs, {"classes": 0})), u), wanted, atol=CLOSE)


def test_a_norm_after_the_activation_stays_there() -> None:
    theirs = randomised(
        nn.Sequential(
            nn.ConvTranspose2d(6, 8, 4),
            nn.ReLU(),
            nn.BatchNorm2d(8),
            nn.ConvTranspose2d(8, 5, 4, 2, 1),
            nn.ReLU(),
            nn.BatchNorm2d(5),
            nn.ConvTranspose2d(5, 1, 4, 2, 1),
            nn.Tanh(),
        )
    )
    u = torch.randn(2, 6)
    with torch.no_grad():
        wanted = theirs(u[:, :, None, None])
    assert torch.allclose(shown(ours(converted(theirs)), u), wanted.expand(-1, 3, -1, -1), atol=CLOSE)


# -- the player -------------------------------------------------------------------------------------------------------


def written(path: Path, made: Converted, change: Callable[[dict[str, Any]], None] | None = None) -> Path:
    header = {
        "format": 1,
        "kind": made.kind,
        "name": "Tiny",
        "config": made.config,
        "classes": list(made.classes),
        "bands": list(made.bands),
        "card": card_to_data(made.card),
    }
    if change is not None:
        change(header)
    container.write(path, made.tensors, {"latentjockey": json.dumps(header)})
    return path


@pytest.fixture
def tiny() -> Converted:
    net = randomised(transposed(11, (8, 7, 6), (4, 4, 4, 4), bias=False, norm=True))
    return converted(net, {"classes": ["a", "b", "c"]})


@pytest.fixture
def player(tmp_path: Path, tiny: Converted) -> DcganPlayer:
    path = written(tmp_path / "tiny.safetensors", tiny)
    spec = library.read(path).spec
    assert spec is not None
    return DcganPlayer(path, spec, "cpu")


def drawn(player: DcganPlayer, layers: NDArray[np.float32], **rest: Any) -> NDArray[np.uint8]:
    native = rest.pop("native", {})
    return player.frame(FrameRequest(32, 32), lambda: Moment(layers, native, **rest)).pixels


def places(player: DcganPlayer, count: int) -> NDArray[np.float32]:
    return np.random.default_rng(5).normal(size=(count, player.spec.z_dim)).astype(np.float32)


def test_it_plays_what_the_network_gives(player: DcganPlayer, tiny: Converted) -> None:
    assert (player.spec.z_dim, player.spec.w_dim, player.spec.num_ws, player.spec.size) == (8, 11, 4, (32, 32))
    z, c = places(player, 1), np.array([[0.5, -2.0, 4.0]], np.float32)
    wanted = shown(ours(tiny), torch.from_numpy(z), torch.from_numpy(c))
    pixels = drawn(player, player.embed(z, c)[0])
    assert np.abs(pixels / 127.5 - 1.0 - wanted[0].numpy()).max() < 0.01


def test_weights_laid_out_to_be_fast_give_the_same() -> None:
    net = ours(converted(randomised(transposed(11, (8, 7, 6), (4, 4, 4, 4), bias=True, norm=True)), {"classes": 0}))
    heard = torch.randn(3, 11)
    with torch.no_grad():
        wanted = net(heard)
        net.prepare()
        assert [layer.phases is not None for layer in net.stages] == [False, True, False, False]
        assert torch.allclose(net(heard), wanted, atol=CLOSE)


def test_each_band_hears_its_own_latent(player: DcganPlayer) -> None:
    a, b = player.embed(places(player, 2))
    coarse, middle = player.spec.bands
    pictures = [drawn(player, a), drawn(player, b)]
    for part in (slice(0, coarse), slice(coarse, middle), slice(middle, None)):
        mixed = a.copy()
        mixed[part] = b[part]
        pictures.append(drawn(player, mixed))
    assert len({picture.tobytes() for picture in pictures}) == 5


def test_layers_that_hear_the_same_cost_one_pass(player: DcganPlayer) -> None:
    layers = torch.from_numpy(player.embed(places(player, 1))[0])
    assert len(paths_of(layers).rows) == 1
    layers[2] += 1.0
    assert paths_of(layers).heard == (0, 0, 1, 0)


def test_breaks_reach_the_bands_and_neutral_ones_change_nothing(player: DcganPlayer) -> None:
    layers = player.embed(places(player, 1))[0]
    clean = drawn(player, layers)
    assert np.array_equal(drawn(player, layers, breaks=Breaks()), clean)
    broken = BandBreak(invert=1.0)
    for breaks in (Breaks(coarse=broken), Breaks(middle=broken), Breaks(fine=broken)):
        assert not np.array_equal(drawn(player, layers, breaks=breaks), clean), breaks


def test_drive_and_fold_go_on_beyond_their_ranges(player: DcganPlayer) -> None:
    layers = player.embed(places(player, 1))[0]
    clean = drawn(player, layers).astype(int)
    assert np.all(drawn(player, layers, native={"/gen/drive": 0.0}) == 128)
    assert np.abs(drawn(player, layers, native={"/gen/drive": -1.0}).astype(int) + clean - 255).max() <= 1
    assert not np.array_equal(drawn(player, layers, native={"/gen/drive": 9.0, "/gen/fold": 1.0}), clean)


def test_a_header_that_does_not_fit_its_tensors_is_refused_in_a_sentence(tmp_path: Path, tiny: Converted) -> None:
    def narrower(header: dict[str, Any]) -> None:
        header["config"]["stages"][1]["outputs"] = 6
        header["config"]["stages"][2]["inputs"] = 6

    def endless(header: dict[str, Any]) -> None:
        header["config"]["stages"][2]["stride"] = 16
        header["config"]["stages"][3]["stride"] = 10**9

    for i, change in enumerate((narrower, endless)):
        path = written(tmp_path / f"{i}.safetensors", Converted(**_copied(tiny)), change)
        entry = library.read(path)
        assert entry.spec is None
        assert entry.trouble.endswith(".")
        assert path.name in entry.trouble


def test_numbers_that_are_none_are_refused(tmp_path: Path, tiny: Converted, player: DcganPlayer) -> None:
    tensors = {key: value.copy() for key, value in tiny.tensors.items()}
    tensors["stages.1.weight"][0, 0, 0, 0] = np.nan
    path = written(tmp_path / "nan.safetensors", Converted(**{**_copied(tiny), "tensors": tensors}))
    with pytest.raises(ModelFileError, match="damaged"):
        DcganPlayer(path, player.spec, "cpu")


def _copied(made: Converted) -> dict[str, Any]:
    values = {name: getattr(made, name) for name in Converted.__dataclass_fields__}
    return {**values, "config": json.loads(json.dumps(made.config))}
