"""A video model in the layout of diffusers, looked at as data: which parts it has, and if they may be rendered by. Any
thread.

What holds for folders of image models holds here (:mod:`.diffusion_folder`): only JSON texts and the headers of
safetensors files are read, each part is of a class that stands in a list, and no code in a folder is ever looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from latentjockey.models.card import UNDISCLOSED, ModelCard
from latentjockey.models.container import ContainerError
from latentjockey.models.diffusion_folder import (
    CONFIG,
    INDEX,
    LARGEST_TEXT,
    SCHEDULER_CONFIG,
    DiffusionFolderError,
    Part,
    class_of,
    front_matter,
    hub_note,
    json_table,
    state,
    weights_of,
)
from latentjockey.models.diffusion_size import check_size
from latentjockey.models.header import BrokenError, shown

FAMILY = "video model"


@dataclass(frozen=True, slots=True)
class VideoFamily:
    """A pipeline of diffusers that makes videos of texts: its ``parts`` by name with the classes that each may be of,
    those that may be ``missing``, and ``settings`` of the pipeline that its index may hold. The rest is where the
    controls begin: ``size``, ``frames``, ``fps``, ``steps``, ``guidance``. Sides are whole multiples of ``side``, and
    frames one more than those of ``group``."""

    title: str
    parts: Mapping[str, tuple[str, ...]]
    size: tuple[int, int]
    frames: int
    fps: float
    steps: int
    guidance: float
    side: int
    group: int
    missing: frozenset[str] = frozenset()
    settings: tuple[str, ...] = ()


_T5 = {"text_encoder": ("T5EncoderModel",), "tokenizer": ("T5Tokenizer", "T5TokenizerFast")}
_FLOW = ("FlowMatchEulerDiscreteScheduler",)
FAMILIES: Mapping[str, VideoFamily] = {
    "LTXPipeline": VideoFamily(
        "LTX-Video",
        {
            **_T5,
            "scheduler": _FLOW,
            "vae": ("AutoencoderKLLTXVideo",),
            "transformer": ("LTXVideoTransformer3DModel",),
        },
        (704, 512), 161, 25.0, 50, 3.0, 32, 8,
    ),
    "CogVideoXPipeline": VideoFamily(
        "CogVideoX",
        {
            **_T5,
            "scheduler": ("CogVideoXDDIMScheduler", "CogVideoXDPMScheduler"),
            "vae": ("AutoencoderKLCogVideoX",),
            "transformer": ("CogVideoXTransformer3DModel",),
        },
        (720, 480), 49, 8.0, 50, 6.0, 16, 4,
    ),
    "MochiPipeline": VideoFamily(
        "Mochi",
        {
            **_T5,
            "scheduler": _FLOW,
            "vae": ("AutoencoderKLMochi",),
            "transformer": ("MochiTransformer3DModel",),
        },
        (848, 480), 85, 30.0, 64, 4.5, 16, 6, settings=("force_zeros_for_empty_prompt",),
    ),
    "WanPipeline": VideoFamily(
        "Wan",
        {
            "text_encoder": ("UMT5EncoderModel",),
            "tokenizer": ("T5Tokenizer", "T5TokenizerFast"),
            "scheduler": ("UniPCMultistepScheduler", "FlowMatchEulerDiscreteScheduler"),
            "vae": ("AutoencoderKLWan",),
            "transformer": ("WanTransformer3DModel",),
            "transformer_2": ("WanTransformer3DModel",),
        },
        (832, 480), 81, 16.0, 50, 5.0, 16, 4,
        missing=frozenset({"transformer_2"}), settings=("boundary_ratio", "expand_timesteps"),
    ),
}  # fmt: skip
"""The video pipelines that are rendered by, by their class in diffusers."""
TOKENIZERS = ("T5Tokenizer", "T5TokenizerFast")
_TOKENIZER_CONFIG = "tokenizer_config.json"
_LEADING = ("init_inputs", "vocab", "merges", "tokenizer_object")
"""Keys of a tokenizer's config that transformers never writes with anything in them, and takes as paths."""
SCHEDULERS = frozenset(cls for family in FAMILIES.values() for cls in family.parts["scheduler"])


@dataclass(frozen=True, slots=True)
class VideoFolder:
    """What a folder holds: ``pipeline`` is its class, ``settings`` what its index says of that."""

    pipeline: str
    parts: Mapping[str, Part]
    settings: Mapping[str, Any]
    card: ModelCard
    bytes: int
    stamp: tuple[int, int, int]

    @property
    def family(self) -> VideoFamily:
        return FAMILIES[self.pipeline]


def is_video(folder: Path) -> bool:
    """Whether this is a folder of one of the video pipelines, whatever else is to be said of it."""
    try:
        said = json_table(folder / INDEX).get("_class_name")
    except BrokenError:
        return False
    return isinstance(said, str) and said in FAMILIES


def read_video(folder: Path) -> VideoFolder:
    """What ``folder`` holds, its files being as they should. Raises DiffusionFolderError, in one sentence."""
    return _read(folder, state(folder))


def renders(title: str, name: str) -> str:
    """Why a video model is not on a deck, and what to do, in a sentence."""
    return (
        f"{title} renders clips, which takes minutes: render one in the clips tab, or by latentjockey clip {name}, and "
        "play that."
    )


@lru_cache(maxsize=64)
def _read(folder: Path, files: tuple[Any, ...]) -> VideoFolder:
    try:
        words = json_table(folder / INDEX)
        pipeline = words.get("_class_name")
        family = FAMILIES.get(pipeline) if isinstance(pipeline, str) else None
        if family is None or not isinstance(pipeline, str):
            raise BrokenError(f"it is a {shown(pipeline)}, and of video pipelines {', '.join(FAMILIES)} can be")
        parts = {
            name: _part(folder, files, words, name, classes)
            for name, classes in family.parts.items()
            if not (name in family.missing and words.get(name, [None]) in ([None], [None, None], None))
        }
        settings = {key: _plain(words[key], key) for key in family.settings if words.get(key) is not None}
    except (BrokenError, ContainerError) as error:
        raise DiffusionFolderError(f"{folder.name} cannot be rendered by: {str(error).rstrip('.')}.") from error
    length = sum(file.bytes for file in files)
    digest = hashlib.sha256(repr(files).encode()).digest()
    stamp = max(file.changed for file in files), length, int.from_bytes(digest[:7], "big")
    said = front_matter(folder)
    card = ModelCard(
        folder.name,
        said.get("author") or UNDISCLOSED,
        said.get("license") or UNDISCLOSED,
        said.get("datasets") or UNDISCLOSED,
        note=hub_note(folder),
    )
    return VideoFolder(pipeline, parts, settings, card, length, stamp)


def _part(folder: Path, files: tuple[Any, ...], words: Mapping[str, Any], name: str, classes: tuple[str, ...]) -> Part:
    """The part called ``name``, as the index says, of one of ``classes``. Raises BrokenError and ContainerError."""
    said = words.get(name)
    if not isinstance(said, list) or len(said) != 2 or not all(isinstance(each, str) for each in said):
        raise BrokenError(f"its index names no {name}")
    library, cls = said
    wanted = "transformers" if name in ("text_encoder", "tokenizer") else "diffusers"
    if library != wanted or cls not in classes:
        raise BrokenError(f"its {name} is {shown(library)}.{shown(cls)}, and {' or '.join(classes)} can be")
    if cls in SCHEDULERS:
        return Part(cls, name, json_table(folder / name / SCHEDULER_CONFIG))
    if cls in TOKENIZERS:
        return Part(cls, name, _tokenizer(folder, files, name))
    config = json_table(folder / name / CONFIG)
    told = class_of(config, cls)
    if told != cls:
        raise BrokenError(f"the config of its {name} is of a {shown(told)}, and its index says {cls}")
    check_size(config, f"the config of its {name}")
    return Part(cls, name, config, weights_of(folder, files, name))


def _tokenizer(folder: Path, files: tuple[Any, ...], name: str) -> Mapping[str, Any]:
    here = [file for file in files if file.part == name]
    if not {"tokenizer.json", "spiece.model"} & {file.name for file in here}:
        raise BrokenError(f"its {name} has no tokenizer.json and no spiece.model")
    for file in here:
        if file.bytes > 8 * LARGEST_TEXT:
            raise BrokenError(f"{name}/{file.name[:60]} is larger than {8 * LARGEST_TEXT >> 20} MiB")
        if file.name.endswith(".json") and file.name != "tokenizer.json":
            said = json_table(folder / name / file.name)
            if file.name == _TOKENIZER_CONFIG and (leading := [key for key in _LEADING if said.get(key)]):
                raise BrokenError(f"{name}/{file.name} says {leading[0]}, which would be read from elsewhere")
    return {}


def _plain(value: object, key: str) -> object:
    if not isinstance(value, int | float | bool):
        raise BrokenError(f"its {key} is {shown(value)}, which is no number")
    return value
