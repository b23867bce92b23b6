"""The recipes by name. A recipe's code is imported when it is asked for, so that listing them costs nothing."""

from collections.abc import Callable

from latentjockey.recipes.made import MADE
from latentjockey.recipes.recipe import Recipe


def _night_garden() -> Recipe:
    from latentjockey.recipes.night_garden.garden import NightGarden

    return NightGarden()


_MAKERS: dict[str, Callable[[], Recipe]] = {"night-garden": _night_garden}

RECIPES: tuple[str, ...] = tuple(_MAKERS)
"""Those that are drawn when they are wanted; ``made.MADE`` has those that a script makes once."""


def recipe(name: str) -> Recipe:
    """The recipe called `name`. Raises KeyError, naming those there are."""
    if name in MADE:
        raise KeyError(f"{MADE[name].title} are not drawn when they are wanted: make them with {MADE[name].command}.")
    maker = _MAKERS.get(name)
    if maker is None:
        raise KeyError(f"There is no recipe called {name!r}; there are: {', '.join(RECIPES)}.")
    return maker()
