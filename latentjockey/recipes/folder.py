"""Pictures of a recipe as files: a folder a class, with whose they are beside them. One thread; blocks as it draws."""

import csv
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image

from latentjockey.recipes.recipe import Recipe

AT_ONCE = 32


class FolderError(ValueError):
    """Why a folder cannot be written; ``str()`` is a sentence."""


def write(
    recipe: Recipe, out: Path, count: int, size: int, first: int = 0, told: Callable[[int], None] = lambda done: None
) -> None:
    """Draw `count` pictures of the seeds from `first` on, kinds in turn, to ``out/<class>/<seed>.png``.

    A ``sources.csv`` beside them says whose they are, as ``latentjockey data prepare`` reads it. `told` hears how many
    are done. Raises FolderError where the folder holds something already, OSError where it cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FolderError(f"{out} is there already; name a new or an empty folder.")
    for name in recipe.classes:
        (out / name).mkdir(parents=True, exist_ok=True)
    with (out / "sources.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("name", "author", "licence", "consent", "url"))
        rows.writerows((s.name, s.author, s.licence, s.consent, s.url) for s in recipe.sources)
    for done in range(0, count, AT_ONCE):
        numbers = torch.arange(done, min(done + AT_ONCE, count))
        kinds = numbers % len(recipe.classes)
        pictures = recipe.draw(numbers + first, kinds, size, "cpu").permute(0, 2, 3, 1).contiguous().numpy()
        for number, kind, picture in zip(numbers.tolist(), kinds.tolist(), pictures, strict=True):
            Image.fromarray(picture).save(out / recipe.classes[kind] / f"{number + first:08d}.png")
        told(int(numbers[-1]) + 1)
