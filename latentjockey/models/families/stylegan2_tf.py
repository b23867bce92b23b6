"""StyleGAN2 and -ADA as NVIDIA's TensorFlow programs wrote them: a pickle of G, D and Gs. Pure, numpy only.

Convolutions lie as (height, width, in, out), dense layers as (in, out), a style's bias without the 1 that it is around,
and the weights of a doubling layer are mirrored against those of the PyTorch program.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.families.stylegan2_weights import Facts
from latentjockey.models.families.weights import Weights, real, shown, whole
from latentjockey.models.header import MOST_CLASSES
from latentjockey.models.reading.plain import RefusedError, TfNetwork

_OLDEST = 4
_READ = (
    "latent_size", "label_size", "dlatent_size", "resolution", "num_channels", "fmap_base", "fmap_max", "num_fp16_res",
    "conv_clamp", "architecture", "resample_kernel", "use_noise", "nonlinearity", "mapping_layers", "label_fmaps",
    "mapping_fmaps", "mapping_nonlinearity", "mapping_lrmul", "w_avg_beta", "fmap_decay", "normalize_latents",
)  # fmt: skip
_FOR_TRAINING = (
    "truncation_psi", "truncation_cutoff", "truncation_psi_val", "truncation_cutoff_val", "truncation_psi_training",
    "truncation_cutoff_training", "dlatent_avg_beta", "style_mixing_prob", "structure", "conditioning", "fused_modconv",
    "randomize_noise", "is_training", "is_validation", "return_dlatents", "is_template_graph", "dtype", "fmap_min",
    "mapping_func", "synthesis_func", "func_name", "impl", "dlatent_broadcast",
)  # fmt: skip
_AS_MADE = {"nonlinearity": "lrelu", "mapping_nonlinearity": "lrelu", "fmap_decay": 1.0, "normalize_latents": True}
_LAYERS = {"Conv0_up": "conv0", "Conv1": "conv1", "Conv": "conv1", "ToRGB": "torgb", "Skip": "skip"}
_PARTS = {
    "weight": "weight", "bias": "bias", "noise_strength": "noise_strength",
    "mod_weight": "affine.weight", "mod_bias": "affine.bias",
}  # fmt: skip


def network(root: object) -> tuple[Weights, Facts] | None:
    """What such a file holds, or ``None`` where it is none. Raises RefusedError."""
    found = _averaged(root)
    if found is None:
        return None
    parts = [found.components.get(name) for name in ("synthesis", "mapping")]
    if found.version < _OLDEST or not all(isinstance(part, TfNetwork) for part in parts):
        raise RefusedError("it is older than StyleGAN2; convert it with the program that it came with")
    said = {name: value for name, value in found.static_kwargs.items() if value is not None}
    for name in said:
        if name not in _READ and name not in _FOR_TRAINING:
            raise RefusedError(f"it was made with {shown(name)}, which is not known here; it is a variant")
    for name, wanted in _AS_MADE.items():
        value = said.get(name)
        if isinstance(value, np.ndarray) or value not in (None, wanted):
            raise RefusedError(f"its {name} is {shown(value)}, and only {wanted} is played; it is a variant")
    if not all(isinstance(part, TfNetwork) for part in found.components.values()):
        raise RefusedError("one of its parts is no network; it is damaged, get it again")
    tensors, orig = _renamed(found.tensors(), whole(said.get("resolution", 1024), "size of pictures", 8, 4096))
    facts = Facts(
        size=int(said.get("resolution", 1024)),
        z_dim=whole(said.get("latent_size", 512), "latent_size", 1, 4096),
        w_dim=whole(said.get("dlatent_size", 512), "dlatent_size", 1, 4096),
        classes=whole(said.get("label_size", 0), "number of classes", 0, MOST_CLASSES),
        architecture="orig" if orig else str(said.get("architecture", "skip")),
        clamp=real(said.get("conv_clamp", 0.0), "clamp"),
        rate=real(said.get("mapping_lrmul", 0.01), "rate"),
    )
    return Weights(tensors | _kernel(said.get("resample_kernel"))), facts


def _averaged(root: object) -> TfNetwork | None:
    """Gs of (G, D, Gs), or the one network that there is."""
    if isinstance(root, TfNetwork):
        return root
    if isinstance(root, tuple | list) and len(root) == 3 and all(isinstance(each, TfNetwork) for each in root):
        return root[2]  # type: ignore[no-any-return]
    return None


def _renamed(tensors: dict[str, NDArray[Any]], size: int) -> tuple[dict[str, NDArray[Any]], bool]:
    """The tensors under the names and in the order of the PyTorch program, and whether only the last layer, called
    ``ToRGB_lod0``, gives a picture. What has no such name keeps its own."""
    made: dict[str, NDArray[Any]] = {}
    orig = False
    for name, value in tensors.items():
        value = np.asarray(value) if isinstance(value, np.generic) else value  # TensorFlow gives single numbers so
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
            raise RefusedError(f"its variable {shown(name)} holds no numbers; it is damaged, get it again")
        if lod := re.fullmatch(r"(?:synthesis/)?ToRGB_lod(\d{1,2})/(\w+)", name):
            name, orig = f"synthesis/{size >> int(lod[1])}x{size >> int(lod[1])}/ToRGB/{lod[2]}", True
        if name == "lod" or name == "synthesis/lod":
            continue
        new, value = _one(name, value)
        made[new] = value
    return made, orig


def _one(name: str, value: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    """The new name of a variable, and its numbers as they lie there."""
    if name == "dlatent_avg":
        return "mapping.w_avg", value
    if found := re.fullmatch(r"mapping/(?:Dense(\d{1,2})|(LabelEmbed))/(weight|bias)", name):
        dense = "embed" if found[2] else f"fc{int(found[1])}"
        return f"mapping.{dense}.{found[3]}", value.T if found[3] == "weight" else value
    if name == "synthesis/4x4/Const/const":
        return "synthesis.b4.const", _first(value)
    if found := re.fullmatch(r"synthesis/noise(\d{1,2})", name):
        index = int(found[1])
        place = f"b{4 << ((index + 1) // 2)}.conv{0 if index % 2 else 1}"
        return f"synthesis.{place}.noise_const", _first(_first(value))
    if found := re.fullmatch(r"synthesis/(\d{1,4})x\1/(\w+)/(\w+)", name):
        layer, piece = _LAYERS.get(found[2]), _PARTS.get(found[3])
        if layer is not None and piece is not None and (found[2] == "Conv") == (layer == "conv1" and found[1] == "4"):
            return f"synthesis.b{found[1]}.{layer}.{piece}", _turned(found[2], found[3], value)
    return name, value


def _turned(layer: str, piece: str, value: NDArray[Any]) -> NDArray[Any]:
    if piece == "mod_weight":
        return value.T
    if piece == "mod_bias":
        return value + np.float32(1.0)
    if piece == "weight" and value.ndim == 4:
        value = value[::-1, ::-1] if layer in ("Conv0_up", "Skip") else value
        return value.transpose(3, 2, 0, 1)
    return value


def _kernel(taps: object) -> dict[str, NDArray[Any]]:
    """The resampling filter that it was made with, as the PyTorch program keeps it."""
    if taps is None:
        return {}
    row = np.asarray(taps if isinstance(taps, list | tuple | np.ndarray) else [], object).ravel()
    if not 2 <= row.size <= 16:
        raise RefusedError("its resampling filter has not 2 to 16 taps; it is a variant that is not played here")
    numbers = np.array([real(tap, "resampling filter", -1e3) for tap in row], np.float32)
    if not numbers.sum():
        raise RefusedError("its resampling filter lets nothing through; it is damaged, get it again")
    return {"synthesis.b4.resample_filter": np.outer(numbers, numbers) / np.square(numbers.sum())}


def _first(value: NDArray[Any]) -> NDArray[Any]:
    """What lies in an axis of one; any other stays, and its shape is refused later."""
    return value[0] if value.ndim and len(value) == 1 else value
