"""``python -m latentjockey.recipes NAME --out FOLDER``: pictures of a recipe. ``latentjockey data draw`` starts it,
as a process of its own because the drawings need torch."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Draw as the command line says; returns the exit code. Mistakes are one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="latentjockey data draw")
    parser.add_argument("recipe")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    given = parser.parse_args()

    from rich.progress import Progress

    from latentjockey.recipes.folder import write
    from latentjockey.recipes.made import MADE
    from latentjockey.recipes.registry import RECIPES, recipe

    if given.recipe in MADE:
        sys.stderr.write(
            f"{MADE[given.recipe].title} are made by a script of their own: {MADE[given.recipe].command}.\n"
        )
        return 2
    if given.recipe not in RECIPES:
        sys.stderr.write(f"There is no recipe called {given.recipe!r}; there are: {', '.join(RECIPES)}.\n")
        return 2
    try:
        with Progress(transient=True) as bar:
            task = bar.add_task(given.recipe, total=given.count)
            write(
                recipe(given.recipe), given.out, given.count, given.size, given.seed,
                lambda done: bar.update(task, completed=done),
            )  # fmt: skip
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}.\n")
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"{given.count} pictures in {given.out}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
