"""The recipes by name. A recipe's code is imported when it is asked for, so that listing them costs nothing."""

from collections.abc import Callable

from latentjockey.recipes.recipe import Recipe


def _night_garden() -> Recipe:
    from latentjockey.recipes.night_garden.garden import NightGarden

    return NightGarden()


_MAKERS: dict[str, Callable[[], Recipe]] = {"night-garden": _night_garden}

RECIPES: tuple[str, ...] = tuple(_MAKERS)


def recipe(name: str) -> Recipe:
    """The recipe called `name`. Raises KeyError, naming those there are."""
    maker = _MAKERS.get(name)
    if maker is None:
        raise KeyError(f"There is no recipe called {name!r}; there are: {', '.join(RECIPES)}.")
    return maker()
