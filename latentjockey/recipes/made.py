"""Recipes that are made by a script, once, into a packed data set: their names, commands and where the file lies.

No torch: the show may read this. What is drawn by torch whenever it is wanted is in ``registry``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import cache_dir
from latentjockey.data.dataset import SUFFIX


@dataclass(frozen=True, slots=True)
class MadeRecipe:
    """A repeatable, finite set of labelled pictures. ``about`` says in a few words what it is."""

    name: str
    title: str
    about: str
    module: str

    @property
    def command(self) -> str:
        """What to type to make it."""
        return f"python -m {self.module}"

    @property
    def path(self) -> Path:
        """Where the script writes it unless told otherwise, and where it is looked for: it can be made again."""
        return cache_dir() / self.name / f"{self.name}{SUFFIX}"

    def found(self) -> Path:
        """The file. Raises StageError, with the command, when it was not made yet."""
        if not self.path.is_file():
            raise StageError(f"The pictures of {self.name} are not made yet: make them with {self.command}, once.")
        return self.path


MADE: Mapping[str, MadeRecipe] = {
    "portraits": MadeRecipe(
        "portraits",
        "Portraits",
        "faces in ten openly licensed drawing styles, put together by a script",
        "latentjockey.recipes.portraits",
    ),
}


def place(data: str) -> Path:
    """Where the pictures called ``data`` lie: the file of a made recipe, or the path that it is.

    Raises StageError for a recipe that was not made yet.
    """
    made = MADE.get(data)
    return made.found() if made is not None else Path(data).expanduser()
