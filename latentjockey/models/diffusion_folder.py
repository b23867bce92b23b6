"""A folder in the layout of diffusers, looked at as data: which parts it has, and if they may be played. Any thread.

A pipeline is a folder with ``model_index.json`` and a folder for each part; a part alone is one with ``config.json``.
Only JSON texts and the headers of safetensors files are read here, and only parts whose class stands in a list are ever
loaded, by the class of that list: code in a folder is never looked at, links are not followed, and weights are
safetensors or nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from latentjockey.base.diagnostics import StageError
from latentjockey.models.container import ContainerError, read_header
from latentjockey.models.diffusion_size import check_size
from latentjockey.models.diffusion_structure import CONTROLNET
from latentjockey.models.header import BrokenError, shown, table
from latentjockey.models.lora_file import LORAS, LoraFile, loras_in

INDEX, CONFIG, README = "model_index.json", "config.json", "README.md"
HUB = "hub.json"
"""Where a folder that was fetched from a hub says of which repository and revision it is."""
SCHEDULER_CONFIG = "scheduler_config.json"
TASTER, TASTER_XL = "taesd", "taesdxl"
"""The folder of a small decoder: the first among the parts of a latent model, or beside its folder; of models with two
text encoders, the second beside it."""
BESIDE = ("vae", "sd-vae-ft-mse", "sd-vae-ft-ema", TASTER)
"""The folders beside a transformer alone in which its decoder is looked for, in this order: what its hub calls them."""
OWN_WORDS = "_latentjockey"
"""The key of an index below which our own trainer says in how many ``steps`` a model is played, at which ``cfg``, and
what stands on its ``card``. Others pass over it."""
WEIGHTS = ".safetensors"
LARGEST_TEXT = 4 << 20
"""Bytes of one JSON text; a tokenizer's words are the longest."""
LARGEST = 64 << 30
"""Bytes of all files of the parts together."""
MOST_FILES = 256
_ADAPTER = "adapter_config.json"
"""With that in its folder, transformers loads a model that it names, from wherever."""
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".msgpack")
_CODE_KEYS = ("auto_map", "custom_pipelines")
_ATTENTION = "attn_implementation"
"""What a key of transformers ends with that may name a repository of code."""
_LOOKED_AT = 64 << 10

DENOISERS = ("UNet2DConditionModel", "UNet2DModel", "DiTTransformer2DModel", "Transformer2DModel")
DECODERS = ("AutoencoderKL", "AutoencoderTiny")
SCHEDULERS = (
    "DDPMScheduler",
    "DDIMScheduler",
    "PNDMScheduler",
    "LCMScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "UniPCMultistepScheduler",
    "DEISMultistepScheduler",
    "HeunDiscreteScheduler",
    "LMSDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "TCDScheduler",
    "CMStochasticIterativeScheduler",
)
_TOKENIZERS = ("CLIPTokenizer", "CLIPTokenizerFast")
_TEXT = {"text_encoder": ("CLIPTextModel",), "tokenizer": _TOKENIZERS}
_LATENT = {"unet": ("UNet2DConditionModel",), "vae": DECODERS, "scheduler": SCHEDULERS}
_PIXEL = {"unet": ("UNet2DModel",), "scheduler": SCHEDULERS}
_TRANSFORMERS = ("DiTTransformer2DModel", "Transformer2DModel")
_TAUGHT: Mapping[str, Any] = {"clip_sample": False}
"""What is said of the noise of a transformer alone: that of Peebles and Xie 2022, linear in a thousand steps, is what
DDIM's scheduler says by itself, but that it is for pixels, which have an end."""
PIPELINES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "StableDiffusionPipeline": {**_LATENT, **_TEXT},
    "LatentConsistencyModelPipeline": {**_LATENT, **_TEXT},
    "StableDiffusionXLPipeline": {
        **_LATENT,
        **_TEXT,
        "text_encoder_2": ("CLIPTextModelWithProjection",),
        "tokenizer_2": _TOKENIZERS,
    },
    "DiTPipeline": {
        "transformer": _TRANSFORMERS,
        "vae": DECODERS,
        "scheduler": SCHEDULERS,
    },
    "DDPMPipeline": _PIXEL,
    "DDIMPipeline": _PIXEL,
    "ConsistencyModelPipeline": _PIXEL,
}
"""Which pipelines are played, and the classes that each of their parts may be of. Other parts are never loaded."""
ALONE = ("AutoencoderKL", "AutoencoderTiny", "UNet2DModel")
"""Classes of parts that play alone. Those of ``_TRANSFORMERS`` do where they find a decoder."""
_LIBRARIES = {"text_encoder": "transformers", "tokenizer": "transformers"}


class DiffusionFolderError(StageError):
    """A folder that cannot be played; ``str()`` is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the class that plays it, its folder below the model's (empty where it is that folder), what its config
    says, and its files of weights, which may be of a ``variant``, such as ``fp16``."""

    cls: str
    folder: str
    config: Mapping[str, Any]
    variant: str = ""


@dataclass(frozen=True, slots=True)
class DiffusionFolder:
    """What a folder holds. ``pipeline`` is its class, or that of the only part; ``words`` its index; ``bytes`` how much
    lies in it, ``stamp`` what tells its state from the next. ``loras`` are the LoRA files that lie in it, ``unheard``
    why others are not heard, a sentence each."""

    pipeline: str
    words: Mapping[str, Any]
    parts: Mapping[str, Part]
    bytes: int
    stamp: tuple[int, int, int]
    loras: tuple[LoraFile, ...] = ()
    unheard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    """A plain file: below which part, its name, and its state."""

    part: str
    name: str
    changed: int
    bytes: int
    inode: int


def is_diffusion(folder: Path) -> bool:
    """Whether this is a folder in the layout of diffusers, whatever else is to be said of it."""
    try:
        if not folder.is_dir():
            return False
        if (folder / INDEX).is_file():
            return True
        if not (folder / CONFIG).is_file():  # which a pipe of that name is not
            return False
        with (folder / CONFIG).open("rb") as file:
            return b'"_class_name"' in file.read(_LOOKED_AT)
    except OSError:
        return False


def state(folder: Path) -> tuple[_File, ...]:
    """Every file of the model and of the folders right below it, without opening one. Raises DiffusionFolderError for
    links, for what is no file, and for more than is played."""
    try:
        if folder.is_symlink():
            raise DiffusionFolderError(f"{folder.name} is a link; put the folder itself there.")
        found: list[_File] = []
        below: list[str] = []
        _list(folder, "", found, below)
        for name in below:
            _list(folder, name, found, [])
    except OSError as error:
        raise DiffusionFolderError(
            f"{folder.name} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error
    if sum(file.bytes for file in found) > LARGEST:
        raise DiffusionFolderError(f"{folder.name} is larger than {LARGEST >> 30} GiB, which is more than is played.")
    return tuple(sorted(found, key=lambda file: (file.part, file.name)))


def read_folder(folder: Path) -> DiffusionFolder:
    """What ``folder`` holds, its files being as they should, and a decoder that lies beside it: a small one, or that of
    a transformer without its pipeline. Raises DiffusionFolderError, in one sentence."""
    held = _read(folder, state(folder))
    alone = held.parts.get("transformer")
    if alone is not None and "vae" not in held.parts:
        held = _borrowed(folder, held, "vae", BESIDE, DECODERS)
        if "vae" not in held.parts:
            raise DiffusionFolderError(
                f"{folder.name} cannot be played: it is a {alone.cls} alone, and nothing decodes its latents; put "
                f"a folder vae with an {' or '.join(DECODERS)} of {shown(_channels(alone))} channels into or beside it."
            )
    if TASTER in held.parts or "vae" not in held.parts:
        return held
    name = TASTER_XL if "text_encoder_2" in held.parts else TASTER
    return _borrowed(folder, held, TASTER, (name,), ("AutoencoderTiny",))


def _borrowed(
    folder: Path, held: DiffusionFolder, name: str, beside: tuple[str, ...], classes: tuple[str, ...]
) -> DiffusionFolder:
    """``held`` with the part ``name`` from the first of the folders ``beside`` its own with such an autoencoder for its
    latents; one that cannot be played is no matter of this model."""
    for each in beside:
        other = folder.parent / each
        try:
            if other == folder or not other.is_dir():
                continue
            found = _read(other, state(other))
        except (DiffusionFolderError, OSError):
            continue
        part = found.parts.get("")
        if part is None or part.cls not in classes or not _suits(part, held):
            continue
        if f"../{each}" in {known.folder for known in held.parts.values()}:
            continue
        parts = {**held.parts, name: replace(part, folder=f"../{each}")}
        (changed, length, digest), (theirs, more, mark) = held.stamp, found.stamp
        return replace(held, parts=parts, stamp=(max(changed, theirs), length + more, digest ^ mark))
    return held


def _suits(part: Part, held: DiffusionFolder) -> bool:
    """Whether an autoencoder is for the latents of a model, as far as that is said."""
    if "vae" in held.parts:
        return _latent_of(part) == _latent_of(held.parts["vae"])
    return _latent_of(part)[0] == _channels(held.parts["transformer"])


def _channels(transformer: Part) -> object:
    return transformer.config.get("in_channels", 4)


def _latent_of(part: Part) -> tuple[object, int]:
    """How many channels an autoencoder's latents have, and how often they are halved."""
    blocks = part.config.get("decoder_block_out_channels" if part.cls == "AutoencoderTiny" else "block_out_channels")
    return part.config.get("latent_channels", 4), len(blocks) if isinstance(blocks, list) else 4


@lru_cache(maxsize=256)
def _read(folder: Path, files: tuple[_File, ...]) -> DiffusionFolder:
    try:
        if (folder / INDEX).is_file():
            words = json_table(folder / INDEX)
            pipeline = words.get("_class_name")
            wanted = PIPELINES.get(pipeline) if isinstance(pipeline, str) else None
            if wanted is None or not isinstance(pipeline, str):
                known = ", ".join(PIPELINES)
                raise BrokenError(f"it is a {shown(pipeline)}, and of pipelines {known} can be")
            parts = {name: _part(folder, files, words, name, classes) for name, classes in wanted.items()}
        else:
            words = json_table(folder / CONFIG)
            alone = words.get("_class_name")
            if not isinstance(alone, str) or alone not in (*ALONE, *_TRANSFORMERS):
                known = ", ".join((*ALONE, _TRANSFORMERS[0]))
                raise BrokenError(f"it is a {shown(alone)}, and of parts {known} play alone")
            pipeline, only = alone, Part(alone, "", words, weights_of(folder, files, ""))
            parts = _completed(folder, files, only) if alone in _TRANSFORMERS else {"": only}
        if TASTER in {file.part for file in files} and "vae" in parts and parts["vae"].folder != TASTER:
            parts[TASTER] = _component(folder, files, TASTER, ("AutoencoderTiny",))
        if CONTROLNET in {file.part for file in files} and "text_encoder" in parts:
            parts[CONTROLNET] = _component(folder, files, CONTROLNET, ("ControlNetModel",))
    except (BrokenError, ContainerError) as error:
        raise DiffusionFolderError(f"{folder.name} cannot be played: {str(error).rstrip('.')}.") from error
    length = sum(file.bytes for file in files)
    digest = hashlib.sha256(repr(files).encode()).digest()
    stamp = max(file.changed for file in files), length, int.from_bytes(digest[:7], "big")
    loras, unheard = loras_in(folder, [file.name for file in files if file.part == LORAS])
    return DiffusionFolder(pipeline, words, parts, length, stamp, loras, unheard)


def _completed(folder: Path, files: tuple[_File, ...], transformer: Part) -> dict[str, Part]:
    """A transformer without its pipeline, and what lies in its folder of the others: its scheduler and its decoder.
    Raises BrokenError and ContainerError."""
    below = {file.part for file in files}
    parts = {"transformer": transformer, "scheduler": Part("DDIMScheduler", "", _TAUGHT)}
    if "scheduler" in below:
        said = json_table(folder / "scheduler" / SCHEDULER_CONFIG)
        cls = said.get("_class_name")
        if not isinstance(cls, str) or cls not in SCHEDULERS:
            raise BrokenError(f"its scheduler is a {shown(cls)}, and {', '.join(SCHEDULERS)} can be")
        parts["scheduler"] = Part(cls, "scheduler", said)
    if "vae" in below:
        parts["vae"] = _component(folder, files, "vae", DECODERS)
    elif TASTER in below:
        parts["vae"] = _component(folder, files, TASTER, ("AutoencoderTiny",))
    return parts


def front_matter(folder: Path) -> dict[str, str]:
    """Single words of a README's front matter, such as ``license``, as far as it says them plainly; none where there is
    none. Never raises."""
    try:
        with (folder / README).open("rb") as file:
            lines = file.read(_LOOKED_AT).decode("utf-8", "replace").splitlines()
    except OSError:
        return {}
    said: dict[str, str] = {}
    listed = ""
    if not lines or lines[0].strip() != "---":
        return said
    for line in lines[1:200]:
        if line.strip() == "---":
            return said
        if listed and line.lstrip().startswith("- "):
            said[listed] = ", ".join(filter(None, (said.get(listed, ""), _plain(line.lstrip()[2:]))))[:200]
            continue
        key, colon, value = line.partition(":")
        listed = key.strip() if colon and not line[:1].isspace() else ""
        if listed and _plain(value):
            said[listed] = _plain(value)
    return {}


def hub_note(folder: Path) -> str:
    """From which hub's repository the model in ``folder`` was fetched, as a sentence; empty where it was not. Never
    raises."""
    try:
        words = json_table(folder / HUB) if (folder / HUB).is_file() else {}
    except (BrokenError, OSError):
        return ""
    where, revision = (
        _plain(said) if isinstance(said := words.get(key), str) else "" for key in ("repository", "revision")
    )
    return f"From {where} on the hub, revision {revision}." if where and revision else ""


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip().strip("\"'[]")[:200]


def _list(folder: Path, part: str, found: list[_File], below: list[str]) -> None:
    """Add the files of ``folder / part`` to ``found``, and the folders in it to ``below``."""
    with os.scandir(folder / part) as listed:
        for each in listed:
            if each.name.startswith("."):
                continue
            called = "/".join(filter(None, (folder.name, part, each.name[:60])))
            if each.is_symlink():
                raise DiffusionFolderError(f"{called} is a link, and none is followed; copy the folder with cp -rL.")
            seen = each.stat(follow_symlinks=False)
            if stat.S_ISDIR(seen.st_mode):
                below.append(each.name)
                continue
            if not stat.S_ISREG(seen.st_mode):
                raise DiffusionFolderError(f"{called} is no file.")
            changed = max(seen.st_mtime_ns, seen.st_ctime_ns)  # the one can be set back, the other cannot
            found.append(_File(part, each.name, changed, seen.st_size, seen.st_ino))
            if len(found) > MOST_FILES or len(below) > MOST_FILES:
                raise DiffusionFolderError(f"{folder.name} holds more than {MOST_FILES} files; keep its parts alone.")


def _part(
    folder: Path, files: tuple[_File, ...], words: Mapping[str, Any], name: str, classes: tuple[str, ...]
) -> Part:
    """The part called ``name``, as the index says, of one of ``classes``. Raises BrokenError."""
    said = words.get(name)
    if not isinstance(said, list) or len(said) != 2 or not all(isinstance(each, str) for each in said):
        raise BrokenError(f"its index names no {name}")
    library, cls = said
    if library != _LIBRARIES.get(name.removesuffix("_2"), "diffusers") or cls not in classes:
        raise BrokenError(f"its {name} is {shown(library)}.{shown(cls)}, and {' or '.join(classes)} can be")
    if cls in _TOKENIZERS:
        return Part(cls, name, _tokenizer(folder, files, name))
    if cls in SCHEDULERS:
        return Part(cls, name, json_table(folder / name / SCHEDULER_CONFIG))
    return _component(folder, files, name, (cls,))


def _component(folder: Path, files: tuple[_File, ...], name: str, classes: tuple[str, ...]) -> Part:
    """A part with weights. Raises BrokenError and ContainerError."""
    config = json_table(folder / name / CONFIG)
    cls = class_of(config, classes[0])
    if cls not in classes:
        raise BrokenError(f"the config of its {name} is of a {shown(cls)}, and {' or '.join(classes)} can be")
    check_size(config, f"the config of its {name}")
    if config.get("quantization_config") is not None:
        raise BrokenError(f"its {name} is quantised for a library of its own; bring the same in full or half precision")
    return Part(str(cls), name, config, weights_of(folder, files, name))


def class_of(config: Mapping[str, Any], otherwise: str) -> object:
    """The class that the config of a part says, as diffusers or as transformers writes it; ``otherwise`` where it does
    not."""
    listed = config.get("architectures")
    return config.get("_class_name", listed[0] if isinstance(listed, list) and listed else otherwise)


def _tokenizer(folder: Path, files: tuple[_File, ...], name: str) -> Mapping[str, Any]:
    here = {file.name for file in files if file.part == name}
    if not ({"vocab.json", "merges.txt"} <= here or "tokenizer.json" in here):
        raise BrokenError(f"its {name} has no vocab.json and merges.txt")
    for file in files:
        if file.part == name and file.bytes > LARGEST_TEXT:
            raise BrokenError(f"{name}/{file.name[:60]} is larger than {LARGEST_TEXT >> 20} MiB")
        if file.part == name and file.name.endswith(".json") and file.name not in ("vocab.json", "tokenizer.json"):
            json_table(folder / name / file.name)
    return {}


def weights_of(folder: Path, files: tuple[_File, ...], name: str) -> str:
    """The variant of the weights of the part ``name``, empty for the plain ones. Raises BrokenError, and ContainerError
    for a file that is cut short."""
    here = [file.name for file in files if file.part == name]
    stems = ("diffusion_pytorch_model", "model")
    plain = [f"{stem}{WEIGHTS}" for stem in stems if f"{stem}{WEIGHTS}" in here]
    shards = [each for each in here if each.endswith(WEIGHTS) and "-of-" in each]
    variants = sorted(
        middle
        for each in here
        if each.endswith(WEIGHTS) and "-of-" not in each
        for stem in stems
        if each.startswith(f"{stem}.") and (middle := each[len(stem) + 1 : -len(WEIGHTS)])
    )
    if not plain and not variants and (found := _variant_of(stems, shards)):
        shards = [each for each in shards if each.startswith(tuple(f"{stem}.{found}-" for stem in stems))]
        variants, plain = [found], shards
    used = plain or ([f"{stem}.{variants[0]}{WEIGHTS}" for stem in stems] if variants else shards)
    used = [each for each in used if each in here]
    called = name or "it"
    if not used:
        pickled = any(each.endswith(_PICKLES) for each in here)
        raise BrokenError(
            f"the weights of {called} are a pickle, and only safetensors are read: save the pipeline once more with "
            "save_pretrained(folder, safe_serialization=True)"
            if pickled
            else f"there are no weights of {called} as safetensors"
        )
    for each in here:
        if each.endswith(".json") and f"{WEIGHTS}.index" in each:
            _check_index(folder / name / each, here)
    if _ADAPTER in here:
        raise BrokenError(
            f"{called} asks for another model by its {_ADAPTER}, and it is not followed: remove that file"
        )
    for each in used:
        read_header(folder / name / each)
    return "" if not variants or (plain and plain is not shards) else variants[0]


def _check_index(path: Path, here: list[str]) -> None:
    """Raises BrokenError for a list of files of weights that leads to anything but safetensors beside it."""
    held = json_table(path).get("weight_map")
    for each in set(map(str, held.values())) if isinstance(held, dict) else {""}:
        if each not in here or not each.endswith(WEIGHTS):
            raise BrokenError(f"{path.parent.name}/{path.name[:60]} lists {shown(each)}, which lies not beside it")


def _variant_of(stems: tuple[str, ...], shards: list[str]) -> str:
    """The first variant that lies in several files, empty where there are plain ones."""
    if any(each.startswith(f"{stem}-") for stem in stems for each in shards):
        return ""
    named = (each[len(stem) + 1 :] for stem in stems for each in shards if each.startswith(f"{stem}."))
    return min((each.rsplit("-", 3)[0] for each in named), default="")


def named_text(path: Path) -> tuple[str, bytes]:
    """What a file of words is called in sentences, by its folder and name, and what stands in it. Raises
    BrokenError."""
    called = f"{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise BrokenError(f"{called} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(text) > LARGEST_TEXT:
        raise BrokenError(f"{called} is larger than {LARGEST_TEXT >> 20} MiB")
    return called, text


def json_table(path: Path) -> Mapping[str, Any]:
    """A JSON table. Raises BrokenError, the end of a sentence; also where it asks for code."""
    called, text = named_text(path)
    try:
        words = table(json.loads(text), called)
    except (ValueError, RecursionError) as error:
        if isinstance(error, BrokenError):
            raise
        raise BrokenError(f"{called} is no JSON") from error
    attention = (value for key, value in words.items() if key.endswith(_ATTENTION) and isinstance(value, str))
    if any(key in words for key in _CODE_KEYS) or any("/" in value for value in attention):
        raise BrokenError(f"{called} asks for code of its own, which is never run")
    return words
