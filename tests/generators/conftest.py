"""Players of tiny diffusion models, each made once a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.models.diffusion_spec import diffusion_spec
from tests.generators import diffusion_folders


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("diffusion")


@pytest.fixture(scope="module")
def player_of(home: Path) -> Iterator[Callable[[str], DiffusionPlayer]]:
    """The player of a tiny model by its name; each is made once."""
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
