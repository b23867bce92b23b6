"""Which generator answers to which name. Each is imported when it is asked for, and only then."""

from __future__ import annotations

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.protocol import Generator
from latentjockey.models import library


def create(name: str, device: str | None = None) -> Generator:
    """The generator called ``name``, on ``device`` or the best there is; a model's file is found by the library.

    Raises StageError for a name nobody has, and for a file that cannot be played.
    """
    if name == "cppn":
        from latentjockey.generators.cppn import Cppn

        return Cppn(device)
    if name == "testcard":
        from latentjockey.generators.testcard import Testcard

        return Testcard()
    entry = library.get(name)
    if entry.path is None or entry.spec is None:
        raise StageError(f"Nothing here plays the model {name[:60]!r}.")
    from latentjockey.generators.style.player import StylePlayer

    return StylePlayer(entry.path, entry.spec, device)
