"""A diffusion model is tried before it counts as loaded: what its folder says may be whole and yet not fit together.

Engine process, one thread.
"""

from __future__ import annotations

from pathlib import Path

from latentjockey.generators.diffusion.parts import DiffusionError
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.spec import ModelSpec

_SMALL = FrameRequest(64, 64, draft=True)
_NO_ROOM = ("out of memory", "allocate memory", "failed to map segment")
_LONGEST = 200


def tried(folder: Path, spec: ModelSpec, device: str | None = None) -> DiffusionPlayer:
    """The player of the model in ``folder``, which has made its first picture; who asks for the same next has it
    without cost. Raises StageError, in one sentence; lack of memory as it comes."""
    player: DiffusionPlayer | None = None
    try:
        player = DiffusionPlayer(folder, spec, device)
        first = Moment(player.mean(), {})
        finite = player.frame(_SMALL, lambda: first).finite
    except (ArithmeticError, AttributeError, ImportError, LookupError, RuntimeError, TypeError, ValueError) as error:
        if player is not None:
            player.close()
        words = " ".join(str(error).split())[:_LONGEST].rstrip(".")
        if any(each in str(error) for each in _NO_ROOM):
            raise
        raise DiffusionError(f"{folder.name} cannot be played: its parts do not fit together: {words}.") from error
    if not finite:
        player.close()
        raise DiffusionError(
            f"{folder.name} cannot be played: its first picture is made of no numbers; its weights must be damaged."
        )
    return player
