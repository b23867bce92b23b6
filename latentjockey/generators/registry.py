"""Which generator answers to which name. Each is imported when it is asked for, and only then."""

from __future__ import annotations

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.protocol import Generator
from latentjockey.models.builtin import BUILTIN


def create(name: str, device: str | None = None) -> Generator:
    """The generator called ``name``, on ``device`` or the best there is. Raises StageError for a name nobody has."""
    if name == "cppn":
        from latentjockey.generators.cppn import Cppn

        return Cppn(device)
    if name == "testcard":
        from latentjockey.generators.testcard import Testcard

        return Testcard()
    raise StageError(f"There is no model {name[:60]!r}; there are {', '.join(sorted(BUILTIN))}.")
