"""Tiny diffusion models and their players. What is large is imported when the first test asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from latentjockey.generators.diffusion.player import DiffusionPlayer


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tiny models of a module lie, each in a folder of its name."""
    return tmp_path_factory.mktemp("diffusion")


@pytest.fixture(scope="module")
def player_of(home: Path) -> Iterator[Callable[[str], DiffusionPlayer]]:
    """The player of a tiny model by its name; each is made once."""
    from latentjockey.generators.diffusion.player import DiffusionPlayer
    from latentjockey.models.diffusion_spec import diffusion_spec
    from tests.generators import diffusion_folders

    made: dict[str, DiffusionPlayer] = {}

    def player(name: str) -> DiffusionPlayer:
        if name not in made:
            folder = home / name
            if not folder.exists():
                diffusion_folders.make(home, name)
            made[name] = DiffusionPlayer(folder, diffusion_spec(folder, name)[0], "cpu")
        return made[name]

    yield player
    for each in made.values():
        each.close()
