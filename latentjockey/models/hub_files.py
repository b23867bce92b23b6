"""Which files of a repository on a hub are fetched: what our readers take, and nothing else. Pure, any thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from latentjockey.base.diagnostics import StageError
from latentjockey.models.diffusion_folder import CONFIG, INDEX, LARGEST, PIPELINES, README, TASTER, WEIGHTS
from latentjockey.models.diffusion_structure import CONTROLNET
from latentjockey.models.video_folder import FAMILIES

MOST_FILES = 256
_HALF = "fp16"
_PLACE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,120}/)?[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,120}")
_NET = re.compile(
    r"(?P<stem>diffusion_pytorch_model|model)(?:\.(?P<variant>[A-Za-z0-9_-]+?))?(?P<shard>-\d+-of-\d+)?\.safetensors"
)
_INDEX = f"{WEIGHTS}.index."
_WORDS = (".json", ".txt", ".model")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".msgpack", ".h5")
_PARTS = frozenset({TASTER, CONTROLNET}.union(*PIPELINES.values(), *(family.parts for family in FAMILIES.values())))
_BESIDE = frozenset({"vae", "scheduler", TASTER})
"""What may lie beside a network that comes without its pipeline."""


class HubError(StageError):
    """Why no model could be had from a hub; ``str()`` is one sentence."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository: its path there, its bytes, and by what it is checked: the SHA-256 of a large file, of a
    small one git's SHA-1 of it as a blob; empty where the hub does not say."""

    path: str
    bytes: int
    sha256: str = ""
    blob: str = ""


def chosen(files: Iterable[HubFile], called: str) -> tuple[HubFile, ...]:
    """What is fetched of the model in the repository ``called``, small files first. Raises HubError, in one sentence,
    where there is nothing that could be played."""
    parts: dict[str, dict[str, HubFile]] = {}
    listed = [file for file in files if _PLACE.fullmatch(file.path) and ".." not in file.path]
    for file in listed:
        folder, _, name = file.path.rpartition("/")
        parts.setdefault(folder, {})[name] = file
    root = parts.get("", {})
    if INDEX not in root and CONFIG not in root:
        raise HubError(_no_layout(listed, called))
    taken = [file for name, file in root.items() if name in (INDEX, README) or name.upper().startswith("LICENSE")]
    if INDEX not in root:
        taken += _part(root, called)
    for name in sorted((_PARTS if INDEX in root else _BESIDE) & parts.keys()):
        taken += _part(parts[name], f"{name} of {called}")
    made = tuple(dict.fromkeys(sorted(taken, key=lambda file: (file.path.endswith(WEIGHTS), file.path))))
    if not any(file.path.endswith(WEIGHTS) for file in made):
        raise HubError(f"{called} holds no weights as safetensors, and no others are read.")
    if len(made) > MOST_FILES:
        raise HubError(f"{called} holds more than {MOST_FILES} files, which is more than is played.")
    if sum(file.bytes for file in made) > LARGEST:
        raise HubError(f"{called} is larger than {LARGEST >> 30} GiB, which is more than is played.")
    return made


def named(files: Iterable[HubFile], path: str, called: str) -> HubFile:
    """The one file at ``path``. Raises HubError."""
    found = next((file for file in files if file.path == path), None)
    if found is None:
        raise HubError(f"There is no file {path} in {called}.")
    return found


def _part(files: Mapping[str, HubFile], called: str) -> list[HubFile]:
    """The words of a part, and one set of its weights."""
    variant, weights = _weights(files)
    if not weights and any(name.endswith(_PICKLES) for name in files):
        raise HubError(f"There are no weights of the {called} as safetensors, and no others are read.")
    words = [name for name in files if name.endswith(_WORDS) and _INDEX not in name]
    if any("-of-" in name for name in weights):
        words += [name for name in files if name.endswith(f"{_INDEX}{variant and variant + '.'}json")]
    return [files[name] for name in (*words, *weights)]


def _weights(files: Mapping[str, HubFile]) -> tuple[str, Sequence[str]]:
    """One set of weights and its variant: half as wide where there are such, else the plain ones, else others; each
    whole rather than in shards."""
    sets: dict[tuple[str, bool], list[str]] = {}
    for name in files:
        if match := _NET.fullmatch(name):
            sets.setdefault((match["variant"] or "", bool(match["shard"])), []).append(name)
    order = [(variant, shards) for variant in (_HALF, "") for shards in (False, True)] + sorted(sets)
    return next(((key[0], sets[key]) for key in order if key in sets), ("", []))


def _no_layout(files: Sequence[HubFile], called: str) -> str:
    single = [file.path for file in files if file.path.endswith((".pkl", ".onnx", WEIGHTS))]
    if single:
        return f"{called} is no folder of a pipeline; name one of its files, such as hf:{called}/{single[0]}."
    return f"{called} holds neither {INDEX} nor {CONFIG}, so there is nothing in it that could be played."
