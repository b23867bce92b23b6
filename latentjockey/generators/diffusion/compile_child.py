"""``python -m latentjockey.generators.diffusion.compile_child MODEL FOLDER PARENT``: compile a model's network.

A process of its own, at the lowest priority, as for style networks. What ``wish.json`` tells of a call becomes a
package with the weights frozen in, and ``ready`` is written last. Where it fails, ``failed`` holds a sentence. Whoever
holds the folder's lock compiles; a second one ends at once.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from latentjockey.base.platform import FolderLock, die_with_parent


def main() -> int:
    """Compile what the arguments name. 0 when it is there, whoever made it."""
    model, place, parent = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    die_with_parent(parent)
    if hasattr(os, "nice"):
        os.nice(19)
    lock = FolderLock(place)
    if not lock.acquire() or (place / "ready").exists():
        return 0
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(place / "work")
    try:
        _compile(model, place)
    except Exception as error:  # noqa: BLE001 - whatever a compiler says, the show plays on without it
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        (place / "failed").write_text(f"compiling failed ({first[:160]})", encoding="utf-8")
        return 1
    finally:
        shutil.rmtree(place / "work", ignore_errors=True)
    (place / "ready").touch()
    return 0


def _compile(model: Path, place: Path) -> None:
    import torch

    from latentjockey.generators.diffusion.compiled import PACKAGE, WISH, wished
    from latentjockey.generators.diffusion.loaded import denoiser

    torch.set_num_threads(1)
    inputs, put = wished((place / WISH).read_text(encoding="utf-8"))
    network = denoiser(model)

    class Called(torch.nn.Module):
        """The call as a function of its tensors alone."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            args, kwargs = put(tensors)
            made: torch.Tensor = self.network(*args, return_dict=False, **kwargs)[0]
            return made

    with torch.no_grad():
        program = torch.export.export(Called().eval(), tuple(inputs))
        torch._inductor.aoti_compile_and_package(
            program, package_path=str(place / PACKAGE), inductor_configs={"freezing": True}
        )


if __name__ == "__main__":
    sys.exit(main())
