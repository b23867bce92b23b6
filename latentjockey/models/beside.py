"""A model that is a folder: which file holds its weights, and what the ``config.json`` beside them says. Any thread.

Hubs keep models so: ``pytorch_model.bin`` or a safetensors file, and ``config.json``. Of that only what a BigGAN's
weights do not tell themselves is taken; everything else, names of code above all, is left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latentjockey.base.diagnostics import StageError
from latentjockey.models.foreign import SUFFIXES

CONFIG = "config.json"
_USUAL = ("model.safetensors", "pytorch_model.safetensors", "pytorch_model.bin")
_LARGEST = 1 << 20
_OF_BIGGAN = frozenset({"layers", "channel_width", "z_dim"})
_MOST_FILES = 1000


def weights_of(path: Path) -> Path:
    """``path``, or the one file of weights in it where it is a folder. Raises StageError where that is not clear."""
    if not path.is_dir():
        return path
    found = [path / name for name in _USUAL if (path / name).is_file()]
    if found:
        return found[0]
    inside = sorted(path.iterdir())[:_MOST_FILES]
    found = [each for each in inside if each.is_file() and each.suffix.lower() in (*SUFFIXES, ".safetensors")]
    if len(found) != 1:
        what = "no file" if not found else f"{len(found)} files"
        raise StageError(f"{path.name} holds {what} of weights; name the file.")
    return found[0]


def told_beside(path: Path) -> dict[str, Any]:
    """What the ``config.json`` beside the weights at ``path`` says that they may not say themselves; nothing where
    there is none, or none of a kind that is known. Never raises."""
    try:
        config = path.parent / CONFIG
        if config.stat().st_size > _LARGEST:
            return {}
        said = json.loads(config.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(said, dict) or not said.keys() >= _OF_BIGGAN:
        return {}
    told = {key: said[key] for key in ("layers", "eps") if key in said}
    names = _names(said.get("id2label"))
    return {**told, **({"classes": names} if names else {})}


def _names(table: object) -> list[str]:
    """The names of classes by their numbers, none where these are not 0, 1, 2 …, or two are the same."""
    if not isinstance(table, Mapping):
        return []
    names = [table.get(str(i)) for i in range(len(table))]
    plain = [name for name in names if isinstance(name, str) and name]
    return plain if len(plain) == len(table) == len(set(plain)) else []
