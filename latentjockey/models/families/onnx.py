"""ONNX graphs that make pictures of latents: any of them, as they are. numpy only, pure.

Nothing of a graph becomes a network of ours: the file is kept as it is, byte by byte, with what its inputs and outputs
are to a player beside it. onnxruntime plays it, in the engine's process and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentjockey.models.card import ModelCard, card_from_data
from latentjockey.models.families.family import Converted
from latentjockey.models.families.onnx_roles import class_names, roles
from latentjockey.models.onnx_spec import FILE, KIND
from latentjockey.models.reading.plain import ONNX, Checkpoint

_CARD: Mapping[str, tuple[str, ...]] = {
    "author": ("author", "authors", "creator", "company"),
    "licence": ("licence", "license"),
    "data": ("data", "dataset", "training_data", "trained_on"),
    "data_licence": ("data_licence", "data_license", "dataset_licence", "dataset_license"),
    "consent": ("consent",),
    "note": ("note", "description", "summary"),
    "training": ("training",),
    "weak": ("weak", "limitations"),
}
"""Fields of a card, and the keys of a file's own words that tell them."""
_NAMES = ("name", "title", "model_name")
_LONGEST, _LONGEST_NAME = 2000, 80


class Onnx:
    """A :class:`latentjockey.models.families.family.Family`."""

    name = "ONNX graph"

    def convert(self, checkpoint: Checkpoint, asked: Mapping[str, Any]) -> Converted | None:
        """The graph in ``checkpoint``, ``None`` where it is no ONNX file. Raises RefusedError where it makes no
        picture of a latent."""
        root = checkpoint.root
        if checkpoint.form != ONNX or not isinstance(root, dict):
            return None
        shape = roles(root, asked)
        words = {key.lower().strip(): value for key, value in root["metadata"].items()}
        return Converted(
            KIND,
            shape.to_json(),
            {FILE: root["file"]},
            name=_told(words, _NAMES)[:_LONGEST_NAME],
            classes=class_names(asked, shape.class_count),
            card=_card(words, root["note"], root["producer"]),
        )


def _card(words: Mapping[str, str], note: str, producer: str) -> ModelCard:
    """What the file says of itself; what it does not say is undisclosed."""
    told = {field: said for field, keys in _CARD.items() if (said := _told(words, keys))}
    told.setdefault("note", note[:_LONGEST].strip() or (f"Written by {producer[:80]}." if producer else ""))
    return card_from_data(told)


def _told(words: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((said for key in keys if (said := words.get(key, "")[:_LONGEST].strip())), "")
