"""What there is to learn from, as found by looking: a recipe, a folder, a packed file. Waits for the disk; opens no
picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from latentjockey.base.diagnostics import StageError
from latentjockey.models.card import WITHDRAWN, Source
from latentjockey.recipes.made import MADE

_FEW = 20


@dataclass(frozen=True, slots=True)
class Material:
    """``words`` say what it is, ``asks`` whether somebody has to tell whose pictures they are, ``trouble`` why it
    cannot be used, empty when it can. ``images`` is 0 for what is drawn without end."""

    data: str
    words: str = ""
    images: int = 0
    classes: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    asks: bool = False
    trouble: str = ""
    notes: tuple[str, ...] = ()

    @property
    def whose(self) -> str:
        """Whose pictures they are, in words, as far as it is told."""
        return (
            "; ".join(f"{s.name}: {s.author}, {s.licence}, {s.consent}" for s in self.sources) if not self.asks else ""
        )


RECIPES: Final = {
    "night-garden": Material(
        "night-garden",
        "drawn by this program while it learns, without end",
        sources=(Source("night garden", "latentjockey", "Apache-2.0", "own"),),
    )
}
"""The recipes by name. They are drawn by torch, which the show does not load: what it has to know of them is here."""


def look_at(data: str) -> Material:
    """What lies at ``data``, a recipe's name or an absolute path. Never raises: what is wrong stands in ``trouble``."""
    if data in RECIPES:
        return RECIPES[data]
    if data in MADE:
        return _made(data)
    path = Path(data)
    if not path.is_absolute():
        return Material(
            data, trouble=f"There is no recipe {data[:60]!r}: choose one of the list, or give a whole path."
        )
    try:
        listed = path.is_dir() or path.suffix.lower() in (".csv", ".json")
        return replace(_folder(path) if listed else _packed(path), data=data)
    except StageError as error:
        return Material(data, trouble=str(error))
    except OSError as error:
        return Material(data, trouble=f"{path} cannot be read: {(error.strerror or str(error)).lower()}.")


def _made(name: str) -> Material:
    recipe = MADE[name]
    try:
        found = _packed(recipe.found())
    except StageError as error:
        return Material(name, recipe.about, trouble=str(error))
    return replace(found, data=name, words=f"{recipe.about}: {found.words}")


def _folder(path: Path) -> Material:
    from latentjockey.data.folder import scan

    found = scan(path)
    usable = len(found.pictures) - found.withdrawn
    told = [source for source in found.sources if source.consent != WITHDRAWN]
    trouble = "" if usable else f"All pictures in {path.name} were withdrawn by who made them."
    words = _counted(usable, found.classes)
    if found.withdrawn:
        words += f"; {found.withdrawn} more were withdrawn and stay out"
    if not trouble and usable < _FEW:
        words += "; few: a model learns them by heart"
    asks = found.unclaimed > 0 or not all(source.told for source in told)
    return Material(str(path), words, usable, found.classes, tuple(told), asks, trouble, found.notes)


def _packed(path: Path) -> Material:
    from latentjockey.data.dataset import open_dataset

    found = open_dataset(path, room=0)
    asks = not all(source.told for source in found.sources)
    return Material(str(path), _counted(len(found), found.classes), len(found), found.classes, found.sources, asks)


def _counted(images: int, classes: Sequence[str]) -> str:
    pictures = f"{images:,} picture{'' if images == 1 else 's'}"
    if len(classes) < 2:
        return f"{pictures}, one class"
    named = ", ".join(classes[:6]) + (", …" if len(classes) > 6 else "")
    return f"{pictures} in {len(classes)} classes: {named}"
