"""Beginning with a model that is trained already: its weights, its classes by name, and what taught it where that is
kept. No thread of its own.

A model's file holds what a player needs. The encoder and the critic it was trained with may lie beside it in a file of
the same name ending in ``.teachers``; without them they are learned anew, while the generator is held still at first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.style import model_file
from latentjockey.generators.style.deep import DeepMapping
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models import library
from latentjockey.models.card import CardError, Source, card_from_data
from latentjockey.models.container import ContainerError, read_header, read_tensor, write
from latentjockey.training.checkpoint import no_room, of_module
from latentjockey.training.config import Plan, stages_from
from latentjockey.training.learner import Learner
from latentjockey.training.networks import grow

TEACHERS = ".teachers"
_WARM_UP = 1000
_TRUST = 60.0
"""How many pictures of each class the model's own prior counts as, before the encoder has seen enough of the new."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The model to begin with, and its teachers' tensors, none where they are not kept."""

    model: model_file.StyleModel
    classes: tuple[str, ...]
    sources: tuple[Source, ...]
    teachers: Mapping[str, Tensor]


def find(word: str) -> Path:
    """The file of a model by path or by name. Raises StageError."""
    path = Path(word).expanduser()
    if path.suffix == library.SUFFIX and path.is_file():
        return path
    entry = library.get(word)
    if entry.path is None:
        raise StageError(f"{word} cannot be trained further: it is written, not learned; begin with a trained model.")
    return entry.path


def read(path: Path) -> Origin:
    """A model and what lies beside it. Raises ContainerError, ModelFileError, and StageError for a model that was
    converted: it has no prior, and its mapping is not one that an encoder's latents go into."""
    model = model_file.load(path)
    if isinstance(model.net.mapping, DeepMapping):
        raise StageError(
            f"{path.name} was made from another program's file, and cannot be trained further here: begin with a model "
            "that was trained here, such as night-garden."
        )
    classes = tuple(str(name) for name in model.header.get("classes", ()))
    try:
        sources = card_from_data(model.header.get("card", {})).sources
    except CardError:
        sources = ()
    teachers: dict[str, Tensor] = {}
    beside = path.with_suffix(TEACHERS)
    if beside.exists():
        try:
            infos, _ = read_header(beside)
            teachers = {n: torch.from_numpy(np.asarray(read_tensor(beside, i), np.float32)) for n, i in infos.items()}
        except ContainerError:
            teachers = {}  # they can be learned anew
    return Origin(model, classes, sources, teachers)


def fitted(plan: Plan, origin: Origin, sized: bool) -> Plan:
    """The plan with the network of the model it begins with; its size too, unless one was asked for (``sized``)."""
    config = origin.model.net.config
    size = plan.size if sized else config.size
    if size < config.size:
        raise StageError(f"The model to begin with makes {config.size} px: ask for that or more, not for {size}.")
    return replace(
        plan,
        size=size,
        stages=stages_from(config.size, size),
        z_dim=config.z_dim,
        w_dim=config.w_dim,
        channel_base=config.channel_base,
        channel_max=config.channel_max,
        noise=config.noise,
        warm_up=min(plan.warm_up, _WARM_UP),
        frozen=0.0 if origin.teachers else plan.frozen,
    )


def begin(learner: Learner, origin: Origin, classes: Sequence[str]) -> None:
    """Give the learner's networks what the model knows. Classes of the same name go on, new ones start as the mean of
    all."""
    columns = matched(classes, origin.classes)
    for net in (learner.generator, learner.averaged):
        grow(_recast(origin.model.net.state_dict(), columns, len(origin.classes)), net)
    for prefix, nets in (
        ("e", (learner.encoder, learner.averaged_encoder)),
        ("d", (learner.critic,)),
    ):
        known = {n.removeprefix(f"{prefix}."): t for n, t in origin.teachers.items() if n.startswith(f"{prefix}.")}
        for teacher in nets:
            if known:
                grow(_recast(known, columns, len(origin.classes)), teacher)
    learner.prior = _prior(origin.model.prior, columns)
    learner.running.trust(learner.prior, _TRUST)


def matched(classes: Sequence[str], known: Sequence[str]) -> Tensor:
    """How much of each known class (columns) goes into each new one (rows), each row of sum 1."""
    places = {name.casefold(): k for k, name in enumerate(known)}
    rows = torch.full((len(classes), max(1, len(known))), 1.0 / max(1, len(known)))
    for row, name in enumerate(classes):
        if name.casefold() in places:
            rows[row] = 0.0
            rows[row, places[name.casefold()]] = 1.0
    return rows


def write_teachers(path: Path, learner: Learner) -> None:
    """Keep the encoder and the critic beside the model at ``path``. Raises DiskFullError, OSError."""
    tensors = of_module("e", learner.averaged_encoder) | of_module("d", learner.critic)
    arrays = {name: tensor.detach().float().cpu().numpy() for name, tensor in tensors.items()}
    with no_room(path.parent):
        write(path.with_suffix(TEACHERS), arrays, {}, tuple(arrays))


def _recast(tensors: Mapping[str, Tensor], columns: Tensor, known: int) -> dict[str, Tensor]:
    """The tensors with the columns that belong to classes made those of the new classes."""
    ends = ("c_in.weight", "c_past.weight", "of_class.weight", "patch_class.weight", "whole_class.weight")
    return {
        name: value @ columns.t() if name.endswith(ends) and value.shape[1] == known else value
        for name, value in tensors.items()
    }


def _prior(prior: nn.Module, columns: Tensor) -> ClassPrior:
    """The Gaussian of each new class: that of the known one, or that of all together."""
    mean, root = prior.get_buffer("mean"), prior.get_buffer("root")
    second = root @ root.transpose(1, 2) + mean[:, :, None] * mean[:, None, :]
    made = ClassPrior(len(columns), mean.shape[1])
    for k, row in enumerate(columns):
        middle = row @ mean
        made.set(k, middle, torch.einsum("k,kij->ij", row, second) - torch.outer(middle, middle))
    return made
