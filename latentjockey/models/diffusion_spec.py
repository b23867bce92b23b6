"""What the configs of a diffusion model say of its shape, and the controls that it has by that. Any thread; data only.

A position is the noise that a picture begins with, see ADR 0019: ``z`` is the coarsest part of it, of at most 4096
numbers, and the finer ones come of a seed. The three layer latents are the coarse, middle and fine band of ``z``,
filled up with zeros to one width, each followed by the weights of prompts or classes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentjockey.control.prompts import NEGATIVE, PROMPTS, prompt_address, prompt_name
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.card import UNDISCLOSED, CardError, ModelCard, card_from_data
from latentjockey.models.diffusion_blocks import block_controls, block_names
from latentjockey.models.diffusion_folder import (
    OWN_WORDS,
    TASTER,
    DiffusionFolder,
    DiffusionFolderError,
    Part,
    front_matter,
    hub_note,
    read_folder,
)
from latentjockey.models.diffusion_structure import CONTROLNET, check_controlnet, structure_controls
from latentjockey.models.haar import band_sizes
from latentjockey.models.header import MOST_CLASSES, BrokenError, number, shown
from latentjockey.models.imagenet import imagenet_names
from latentjockey.models.lora_beside import partly_heard
from latentjockey.models.lora_file import lora_controls, with_loras
from latentjockey.models.spec import ModelSpec
from latentjockey.models.squashed import SQUASHED

MOST_Z = 4096
MOST_STEPS = 64
STEPS, CFG, ETA = "/gen/steps", "/gen/cfg", "/gen/eta"
START, END, GRAIN, DECODER = "/gen/start", "/gen/end", "/gen/grain", "/gen/decoder"
BLEND = "/gen/prompt/blend"
STREAM, SKIP = "/gen/stream", "/gen/skip"
SAMPLER = "/gen/sampler"
OWN_SAMPLER, EULER, ANCESTRAL, LATENT_CONSISTENCY = range(4)
SAMPLERS = ("the model's own", "Euler", "ancestral", "latent consistency")
"""What ``/gen/sampler`` offers: in which manner noise becomes a picture."""
DECODERS = ("small and fast", "the model's own")
"""What ``/gen/decoder`` offers where a small decoder lies beside the model's own."""
BLENDS = ("straight", "round")
"""What ``/gen/prompt/blend`` offers: a mixture of texts along lines, or along great circles."""
WORDS = ("water", "stone", "fire", "moss", "smoke", "glass", "feathers", "lights at night")
"""What the prompts say at first."""
TEXT, CLASS, PIXEL, CONSISTENCY, AUTOENCODER = "text", "class", "pixel", "consistency", "autoencoder"
FAMILIES: Mapping[str, str] = {
    TEXT: "text to image",
    CLASS: "diffusion, classes",
    PIXEL: "diffusion of pixels",
    CONSISTENCY: "consistency model",
    AUTOENCODER: "autoencoder",
}
_STANDARD_LATENT = 32
_LARGEST_SIDE = 1024
_LARGEST_NOISE = 1 << 22
_LARGEST_FACTOR = 1e6
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class DiffusionShape:
    """``family`` is what shape of problem it is; ``noise`` (C, H, W) what a picture begins with, ``reduced`` how often
    that is halved to become ``z``; ``scale`` pixels make a side of it, ``names`` are its classes or prompts. ``jumps``
    says whether each step draws new noise over a finished guess; ``steps``, ``cfg`` are where the controls begin;
    ``embeds_cfg`` whether the network hears guidance as a number; ``loras`` are the names of LoRA files beside it,
    ``blocks`` of those parts of its network that may be turned up and down."""

    family: str
    noise: tuple[int, int, int]
    reduced: int
    scale: int
    names: tuple[str, ...] = ()
    jumps: bool = False
    ancestral: bool = False
    steps: int = 1
    cfg: float = 1.0
    embeds_cfg: bool = False
    small_decoder: bool = False
    structure: bool = False
    loras: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()

    @property
    def field(self) -> tuple[int, int, int]:
        """The shape of ``z`` (C, h, w)."""
        channels, high, wide = self.noise
        return channels, high >> self.reduced, wide >> self.reduced

    @property
    def z_dim(self) -> int:
        channels, high, wide = self.field
        return channels * high * wide

    @property
    def band(self) -> int:
        """How wide each layer latent is without the weights."""
        return max(band_sizes(self.field))


def shape_of(folder: DiffusionFolder) -> DiffusionShape:
    """The shape of the model in ``folder``. Raises BrokenError, the end of a sentence."""
    parts = folder.parts
    for each in parts.values():
        if each.cls.startswith("Autoencoder"):
            _check_factors(each)
    if "" in parts and parts[""].cls != "UNet2DModel":
        return _autoencoder(parts[""])
    denoiser = parts.get("unet") or parts.get("transformer") or parts[""]
    config = denoiser.config
    channels = number(config, "in_channels", 1, 64)
    high, wide = _sides(config.get("sample_size"))
    vae = parts.get("vae")
    scheduler = parts["scheduler"].cls if "scheduler" in parts else "DDIMScheduler"
    noise, reduced = _noise(channels, high, wide)
    common: dict[str, Any] = {"noise": noise, "reduced": reduced}
    common["scale"] = 1 if vae is None else _scale(vae)
    common["ancestral"] = "Ancestral" in scheduler or scheduler == "DDPMScheduler"
    common["small_decoder"] = TASTER in parts
    common["blocks"] = block_names(denoiser.cls, config)
    common["loras"] = tuple(each.name for each in folder.loras)
    if CONTROLNET in parts and vae is not None:
        check_controlnet(parts[CONTROLNET].config, config, common["scale"])
        common["structure"] = True
    if vae is not None:
        latent = number({"latent_channels": 4, **vae.config}, "latent_channels", 1, 64)
        if latent != channels:
            raise BrokenError(f"its denoiser works on {channels} channels, and its decoder on {latent}")
    if "text_encoder" in parts:
        return _text(folder, scheduler, config, common)
    if denoiser.cls != "UNet2DModel":
        steps, cfg = _played(folder)
        return DiffusionShape(CLASS, names=_class_names(folder, config), steps=steps, cfg=cfg, **common)
    names = _class_names(folder, config) if config.get("num_class_embeds") else ()
    if scheduler == "CMStochasticIterativeScheduler":
        return DiffusionShape(CONSISTENCY, names=names, jumps=True, **common)
    return DiffusionShape(PIXEL, names=names, steps=10, **common)


def _check_factors(autoencoder: Part) -> None:
    """Raises BrokenError where an autoencoder's scale of latents is none that they can be multiplied and divided by."""
    for key in ("scaling_factor", "shift_factor"):
        value = autoencoder.config.get(key)
        if value is None:
            continue
        number_ = type(value) in (int, float) and abs(value) < _LARGEST_FACTOR
        if not number_ or (key == "scaling_factor" and abs(value) < 1.0 / _LARGEST_FACTOR):
            raise BrokenError(f"its autoencoder's {key} is {shown(value)}, and latents cannot be scaled by that")


def diffusion_spec(folder: Path, name: str) -> tuple[ModelSpec, DiffusionShape]:
    """The spec of the model in ``folder``, under the id ``name``, and its shape. Raises DiffusionFolderError, in one
    sentence."""
    held = read_folder(folder)
    try:
        shape = shape_of(held)
    except (BrokenError, ValueError, TypeError, OverflowError) as error:
        raise DiffusionFolderError(f"{folder.name} cannot be played: {str(error).rstrip('.')}.") from error
    width, count = shape.band, len(shape.names)
    unheard = (*held.unheard, *partly_heard(folder, held))
    spec = ModelSpec(
        name=name,
        card=with_loras(_card(folder, held), held.loras, unheard),
        z_dim=shape.z_dim,
        num_ws=3,
        w_dim=width + count,
        bands=(1, 2),
        straight=count,
        size=(shape.noise[2] * shape.scale, shape.noise[1] * shape.scale),
        controls=controls_of(shape),
        classes=shape.names,
        file=held.stamp,
        noise=() if shape.family == AUTOENCODER else shape.field,
        begins=True,
        unheard=unheard,
    )
    return spec, shape


def _card(folder: Path, held: DiffusionFolder) -> ModelCard:
    """What the index says on a card, where our own trainer wrote it, else what the README says. Raises
    DiffusionFolderError."""
    own = held.words.get(OWN_WORDS)
    if isinstance(own, Mapping) and "card" in own:
        try:
            return card_from_data(own["card"], folder.name)
        except CardError as error:
            raise DiffusionFolderError(f"{folder.name} cannot be played: {error}.") from error
    said = front_matter(folder)
    licence, data = said.get("license") or UNDISCLOSED, said.get("datasets") or UNDISCLOSED
    author = said.get("author") or UNDISCLOSED
    return ModelCard(folder.name, author, licence, data, note=hub_note(folder))


def _played(folder: DiffusionFolder) -> tuple[int, float]:
    """In how many steps a model of classes is played, and how far it is led, unless told otherwise."""
    own = folder.words.get(OWN_WORDS)
    if not isinstance(own, Mapping):
        return 8, 4.0
    cfg = own.get("cfg", 1.0)
    if type(cfg) not in (int, float) or not math.isfinite(cfg):
        raise BrokenError(f"its cfg is {shown(cfg)}")
    return number({"steps": 8, **own}, "steps", 1, MOST_STEPS), float(cfg)


def controls_of(shape: DiffusionShape) -> tuple[ControlSpec, ...]:
    """What a hand can move of a diffusion model apart from noise and weights."""
    made: list[ControlSpec] = []
    if shape.family == TEXT:
        made += [_prompt(index, words) for index, words in enumerate(WORDS)]
        text = "What the picture is led away from while CFG is not 1."
        made.append(ControlSpec(NEGATIVE, Kind.TEXT, "", label="Negative prompt", help=text))
        text = "How texts mix: straight adds them up; round keeps them as loud in between as they are by themselves."
        made.append(ControlSpec(BLEND, Kind.CHOICE, 0, 0, 1, label="Prompt blend", help=text, choices=BLENDS))
    if shape.family != AUTOENCODER:
        made += _sampling(shape)
    if shape.family != AUTOENCODER or shape.reduced:
        text = "Seed of what is fine in the noise and of the noise between steps; it is held from picture to picture."
        made.append(ControlSpec(GRAIN, Kind.INT, 0, 0, 999, label="Grain", help=text))
    if shape.structure:
        made += structure_controls()
    made += lora_controls(shape.loras)
    made += block_controls(shape.blocks)
    if shape.small_decoder:
        text = "Which of the model's decoders draws the picture."
        made.append(ControlSpec(DECODER, Kind.CHOICE, 0, 0, 1, label="Decoder", help=text, choices=DECODERS))
    return (*made, *SQUASHED)


def _prompt(index: int, words: str) -> ControlSpec:
    text = f"The text of prompt {index + 1}; how much of it is heard is its weight among the classes."
    return ControlSpec(prompt_address(index), Kind.TEXT, words, label=f"Prompt {index + 1}", help=text)


def _sampling(shape: DiffusionShape) -> list[ControlSpec]:
    """The controls of how noise becomes a picture."""
    text = "In how many steps noise becomes a picture; each costs the network once, or twice where CFG is not 1."
    steps = ControlSpec(STEPS, Kind.INT, shape.steps, 1, 16, label="Steps", help=text, guard=(1, MOST_STEPS))
    made = [steps]
    if shape.family in (TEXT, CLASS):
        text = "How far the picture is led beyond prompts or classes: 1 is what they say, 0 is none of it."
        made.append(_number(CFG, shape.cfg, -4.0, 12.0, "CFG", text))
    if shape.family == TEXT:
        text = "How noise becomes a picture. Latent consistency is for LoRAs of that name, in a few steps."
        made.append(ControlSpec(SAMPLER, Kind.CHOICE, 0, 0, 3, label="Sampler", help=text, choices=SAMPLERS))
    text = "How much of the noise a step draws anew, and holds: 0 is none, 1 what the variances of its noise say."
    if shape.jumps:
        text = "How much of the noise a step draws anew, and holds: 0 is none, 1 all of it."
    made.append(_number(ETA, float(shape.jumps or shape.ancestral), 0.0, 1.0, "Eta", text))
    text = "Where in the model's noise the steps begin: 1 at its loudest, 0 at its faintest."
    made.append(_number(START, 1.0, 0.0, 1.0, "Start", text))
    text = "Where in the model's noise the steps end: 0 leaves none of it in the picture."
    made.append(_number(END, 0.0, 0.0, 1.0, "End", text))
    text = "Several steps as one batch, each of another picture: more pictures a second, each some pictures late."
    made.append(ControlSpec(STREAM, Kind.BOOL, False, label="Stream", help=text))
    text = "Change up to which a picture may be left out, the more often the less it is; 0 leaves out none."
    made.append(ControlSpec(SKIP, Kind.FLOAT, 0.0, 0.0, 0.2, label="Skip", help=text))
    return made


def _number(address: str, default: float, low: float, high: float, label: str, text: str) -> ControlSpec:
    return ControlSpec(address, Kind.FLOAT, default, low, high, label=label, help=text, modulatable=True)


def _autoencoder(part: Part) -> DiffusionShape:
    """An autoencoder's decoder alone: its latent is the position."""
    channels = number({"latent_channels": 4, **part.config}, "latent_channels", 1, 64)
    scale, side = _scale(part), part.config.get("sample_size")
    pixels = _sides(side)[0] if side is not None else _STANDARD_LATENT * scale
    latent = min(_STANDARD_LATENT, max(1, pixels // scale))
    noise, reduced = _noise(channels, latent, latent)
    return DiffusionShape(AUTOENCODER, noise, reduced, scale)


def _text(
    folder: DiffusionFolder, scheduler: str, config: Mapping[str, Any], common: Mapping[str, Any]
) -> DiffusionShape:
    if config.get("encoder_hid_dim") or config.get("class_embed_type") or config.get("num_class_embeds"):
        raise BrokenError("its network hears more than texts")
    added = config.get("addition_embed_type")
    if added != ("text_time" if "text_encoder_2" in folder.parts else None):
        raise BrokenError(f"its network hears {shown(added)} beside texts")
    names = tuple(map(prompt_name, range(PROMPTS)))
    guided = config.get("time_cond_proj_dim") is not None
    if scheduler in ("LCMScheduler", "TCDScheduler"):
        cfg = 8.5 if guided else 1.0
        return DiffusionShape(TEXT, names=names, jumps=True, steps=4, cfg=cfg, embeds_cfg=guided, **common)
    # Few-step models of this kind come with trailing timesteps, and with nothing else that would tell them.
    turbo = folder.parts["scheduler"].config.get("timestep_spacing") == "trailing"
    return DiffusionShape(
        TEXT, names=names, steps=1 if turbo else 8, cfg=1.0 if turbo else 5.0, embeds_cfg=guided, **common
    )


def _class_names(folder: DiffusionFolder, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the classes, each another: those of the index, ImageNet's where it has so many, or numbers."""
    key = "num_class_embeds" if config.get("num_class_embeds") else "num_embeds_ada_norm"
    count = number(config, key, 1, MOST_CLASSES)
    said = folder.words.get("id2label")
    if not isinstance(said, dict):
        return imagenet_names() if count == 1000 else tuple(f"class {index}" for index in range(count))
    names: dict[str, None] = {}
    for index in range(count):
        value = said.get(str(index))
        name = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in str(value or "")[:400])).strip()
        name = name[:_LONGEST_NAME] or f"class {index}"
        names[name if name not in names else f"{name[: _LONGEST_NAME - 8]} {index}"] = None
    if len(names) != count:
        return tuple(f"class {index}" for index in range(count))
    return tuple(names)


def _noise(channels: int, high: int, wide: int) -> tuple[tuple[int, int, int], int]:
    """The noise (C, H, W), and how often it is halved until no more than MOST_Z numbers are left."""
    count = channels * high * wide
    if not 3 <= count <= _LARGEST_NOISE:
        raise BrokenError(f"its noise would have {count} numbers, and 3 to {_LARGEST_NOISE} can be")
    reduced = 0
    while count > MOST_Z:
        if high % 2 or wide % 2:
            raise BrokenError(f"its noise has {high << reduced} × {wide << reduced} places, which cannot be halved")
        high, wide, reduced, count = high // 2, wide // 2, reduced + 1, count // 4
    return (channels, high << reduced, wide << reduced), reduced


def _sides(value: object) -> tuple[int, int]:
    sides = (value, value) if type(value) is int else tuple(value) if isinstance(value, list) else ()
    if len(sides) != 2 or not all(type(side) is int and 0 < side <= _LARGEST_SIDE for side in sides):
        raise BrokenError(f"its sample_size is {shown(value)}, and 1 to {_LARGEST_SIDE} can be")
    return sides[0], sides[1]


def _scale(part: Part) -> int:
    """How many pixels make a side of the latent of an autoencoder."""
    key = "decoder_block_out_channels" if part.cls == "AutoencoderTiny" else "block_out_channels"
    blocks = part.config.get(key, [64] * 4 if part.cls == "AutoencoderTiny" else [64])
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= 6:
        raise BrokenError(f"its {key} are {shown(blocks)}")
    return 1 << (len(blocks) - 1)
