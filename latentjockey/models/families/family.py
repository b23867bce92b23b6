"""What a family of networks is to the reader: it knows its own checkpoints and makes a model of them. Pure, numpy only.

It runs in a child process with limits of memory and time (:mod:`latentjockey.models.convert_child`), on data of
strangers: every number that it takes from a checkpoint is checked before anything is sized by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray

from latentjockey.models.card import ModelCard
from latentjockey.models.reading.plain import Checkpoint


@dataclass(frozen=True, slots=True)
class Converted:
    """A model in our own terms, before it is written.

    ``kind`` decides who reads its header and plays it. ``config`` is the shape of its network and can be JSON;
    ``tensors`` are float32 (integers where the network needs them), finite, in the names that our network of that kind
    has. ``name`` is a title for people, empty where the file's own name will do. ``classes`` are the names of its
    classes, ``bands`` the ends (exclusive) of the coarse and middle layers, empty for the kind's own; ``card`` without
    a name gets the title. ``extra`` are further fields of the header, which must not replace any other.
    """

    kind: str
    config: dict[str, Any]
    tensors: dict[str, NDArray[Any]]
    name: str = ""
    classes: tuple[str, ...] = ()
    card: ModelCard = field(default_factory=lambda: ModelCard(""))
    bands: tuple[int, ...] = ()
    direction_labels: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


class Family(Protocol):
    """One family of networks: ``name`` is what people call it, one or two words."""

    @property
    def name(self) -> str: ...

    def convert(self, checkpoint: Checkpoint, asked: Mapping[str, Any]) -> Converted | None:
        """The model in ``checkpoint``, or ``None`` where it is none of this family.

        ``asked`` holds what a person said where a file does not say it itself, by name. Raises RefusedError where it is
        of this family, and cannot be used. Never changes arrays of the checkpoint.
        """
        ...
