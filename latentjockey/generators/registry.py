"""Which generator answers to which name. Each is imported when it is asked for, and only then."""

from __future__ import annotations

from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.protocol import Generator
from latentjockey.models import library
from latentjockey.models.clip_folder import is_clip
from latentjockey.models.diffusion_folder import is_diffusion
from latentjockey.models.header import BrokenError, ForeignError
from latentjockey.models.kinds import kind_at
from latentjockey.models.own_files import is_own
from latentjockey.models.spec import ModelSpec


def create(name: str, device: str | None = None, *, own_code: bool = False) -> Generator:
    """The generator called ``name``, on ``device`` or the best there is; a model's file is found by the library.

    The code of generators that somebody wrote runs only with ``own_code``, which only the engine's process says.
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
    if is_clip(entry.path) and not is_own(entry.path):
        from latentjockey.generators.clip.player import ClipPlayer

        return ClipPlayer(entry.path, entry.name)
    if is_diffusion(entry.path) and not is_own(entry.path):
        from latentjockey.generators.diffusion.trial import tried

        return tried(entry.path, entry.spec, device)
    if entry.path.is_dir():
        if not own_code:
            raise StageError(f"{entry.title} has code of its own, which runs only while it plays.")
        from latentjockey.generators.own.player import OwnPlayer

        return OwnPlayer(entry.path, entry.spec, device)
    return _player(entry.path, entry.spec, device)


def played(name: str) -> Generator:
    """The generator called ``name``, for the engine: also one whose code the player trusts. Raises StageError."""
    return create(name, None, own_code=True)


def _player(path: Path, spec: ModelSpec, device: str | None) -> Generator:
    """The player of a model in a file, by its kind."""
    try:
        kind = kind_at(path)
    except (ForeignError, BrokenError) as error:  # the file was changed a moment ago
        raise StageError(f"{path.name} cannot be played: {error}.") from error
    if kind == "stylegan3":
        from latentjockey.generators.stylegan3.player import Stylegan3Player

        return Stylegan3Player(path, spec, device)
    if kind == "biggan":
        from latentjockey.generators.biggan.player import BigganPlayer

        return BigganPlayer(path, spec, device)
    if kind == "dcgan":
        from latentjockey.generators.dcgan.player import DcganPlayer

        return DcganPlayer(path, spec, device)
    if kind == "onnx":
        from latentjockey.generators.onnx.player import OnnxPlayer

        return OnnxPlayer(path, spec, device)
    from latentjockey.generators.style.player import StylePlayer

    return StylePlayer(path, spec, device)
