"""``python -m latentjockey.training.give_directions MODEL --data DATA --run FOLDER``: finds a model's directions and
writes them into its file. Without ``--run``, whose encoder reads pictures, none of them is labelled.

A process of its own; two minutes on two cores, most of them for drawing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.style import model_file
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models.card import card_from_data
from latentjockey.training import checkpoint, directions, gallery
from latentjockey.training.config import plan_from_json
from latentjockey.training.dataset_feed import sized
from latentjockey.training.directions import F64, Directions, Way
from latentjockey.training.gallery import Gallery
from latentjockey.training.networks import Encoder

Encode = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Pictures (n, 3, size, size) about -1..1 and class weights (n, K) → mean and log variance of latents (n, z_dim)."""

PICTURES = 4000
_AT_ONCE = 64


def encoder(state: checkpoint.State) -> tuple[Encoder, int]:
    """The averaged encoder of a run's state, and the size of the pictures it reads. Raises StageError."""
    try:
        plan = plan_from_json(state.about["plan"])
        size, classes = int(state.about["size"]), len(state.about["classes"])
        made = Encoder(size, classes, plan.z_dim, plan.width)
        known = {name.removeprefix("e_ema."): t for name, t in state.tensors.items() if name.startswith("e_ema.")}
        made.load_state_dict(known)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise StageError(f"{state.path.name} holds no encoder that this version can read.") from error
    return made.eval().requires_grad_(False), size


@torch.no_grad()
def places(encode: Encode, size: int, pictures: Gallery, prior: ClassPrior, classes: int) -> tuple[F64, F64]:
    """Where an encoder for ``size`` px puts pictures, as places u of a player (n, z_dim), and how much it leaves open
    (z_dim, z_dim); see :func:`directions.doubt`."""
    labels = torch.from_numpy(pictures.labels)
    means, variances = [], []
    for start in range(0, len(pictures), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        x = torch.from_numpy(sized(pictures.pixels[part], size)).float() / 127.5 - 1.0
        mean, log_variance = encode(x, F.one_hot(labels[part], max(1, classes)).float())
        means.append(mean.float().cpu())
        variances.append(log_variance.float().cpu().exp())
    u = directions.whitened(torch.cat(means), labels, prior)
    return u.double().numpy(), directions.doubt(torch.cat(variances), labels, prior).numpy()


def ways(
    encode: Encode, size: int, data: str, classes: Sequence[str], prior: ClassPrior, pictures: int, seed: int = 0
) -> tuple[Way, ...]:
    """The labelled ways of a model of ``data``, whose pictures an encoder for ``size`` px reads; ``seed`` is that of
    the run. None where the data tells no parts. Raises StageError."""
    if not gallery.has_parts(data):
        return ()
    shown = gallery.aligned(gallery.reals(data, size, pictures, 1, seed), tuple(classes)).learned
    u, noise = places(encode, size, shown, prior, len(classes))
    return directions.ways(u, shown.labels, shown.parts, noise)


def give(path: Path, made: Directions) -> None:
    """Write directions into a model's file, in place of those it has; all else stays. Raises as the file system does,
    and ContainerError or ModelFileError."""
    model = model_file.load(path)
    header = model.header
    model_file.save(
        path,
        model.net,
        model.prior,
        name=str(header.get("name", path.stem)),
        classes=header.get("classes", []),
        card=card_from_data(header.get("card", {}), path.stem),
        directions=made.rows,
        direction_labels=made.labels,
        training=header.get("training", {}),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Find and write; returns the exit code."""
    parser = argparse.ArgumentParser(prog="give_directions", description="Finds a style model's directions.")
    parser.add_argument("model", type=Path, help="the model's file, which is written anew")
    parser.add_argument("--data", help="what it learned from: a recipe, a folder, or a packed file")
    parser.add_argument("--run", type=Path, help="the folder of the run that trained it")
    parser.add_argument("--pictures", type=int, default=PICTURES, help=f"so many are read (default: {PICTURES})")
    parser.add_argument("--count", type=int, default=directions.COUNT, help="how many directions")
    parser.add_argument("--threads", type=int, help="processors to use")
    asked = parser.parse_args(arguments)
    if asked.threads:
        torch.set_num_threads(asked.threads)
    try:
        _find(asked)
    except StageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _find(asked: argparse.Namespace) -> None:
    model = model_file.load(asked.model)
    known: tuple[Way, ...] = ()
    if asked.run is not None and asked.data:
        state = checkpoint.newest(asked.run)
        if state is None:
            raise StageError(f"There is no run in {asked.run}.")
        reads, size = encoder(state)
        classes, seed = model.header.get("classes", []), int(model.header.get("training", {}).get("seed", 0))
        known = ways(reads, size, asked.data, classes, model.prior, asked.pictures, seed)
        for way in known:
            kept = " (no fader)" if directions.denied(way.label) else ""
            sys.stdout.write(f"{way.label}: tells {way.tells:.0%} of it{kept}\n")
    made = directions.found(model.net, model.prior, known, asked.count)
    give(asked.model, made)
    named = ", ".join(label for label in made.labels if label) or "none"
    sys.stdout.write(f"{len(made.rows)} directions are in {asked.model.name}; with labels: {named}.\n")


if __name__ == "__main__":
    sys.exit(main())
