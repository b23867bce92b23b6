"""``python -m latentjockey.generators.style.compile_child MODEL DTYPE FOLDER PARENT``: compile a model's segments.

A process of its own, at the lowest priority: compiling in the engine tripled its frame times. Each segment becomes a
package (``torch._inductor`` ahead of time, with its weights frozen in), and ``ready`` is written last. Where it fails,
``failed`` holds a sentence. Whoever holds the folder's lock compiles; a second one ends at once.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from latentjockey.base.platform import FolderLock, die_with_parent

if TYPE_CHECKING:
    from torch import Tensor, nn

    from latentjockey.generators.style.layered import LayeredSegment, LayeredSynthesis

READY, FAILED = "ready", "failed"


def main() -> int:
    """Compile what the arguments name. 0 when it is there, whoever made it."""
    model, dtype, folder, parent = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    die_with_parent(parent)
    if hasattr(os, "nice"):
        os.nice(19)
    lock = FolderLock(folder)
    if not lock.acquire() or (folder / READY).exists():
        return 0
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder / "work")
    try:
        _compile(model, dtype, folder)
    except Exception as error:  # noqa: BLE001 - whatever a compiler says, the show plays on without it
        (folder / FAILED).write_text(_why(error), encoding="utf-8")
        return 1
    finally:
        shutil.rmtree(folder / "work", ignore_errors=True)
    (folder / READY).touch()
    return 0


def _compile(path: Path, dtype: str, folder: Path) -> None:
    import torch

    torch.set_num_threads(1)
    synthesis, segments = _cut(path)
    synthesis.typed(getattr(torch, dtype)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    ws = torch.zeros(1, synthesis.num_ws, synthesis.w_dim)
    maps = synthesis.noise_maps("const", 1)
    x = picture = None
    with torch.no_grad():
        for i, segment in enumerate(segments):
            rows = ws[:, segment.first : segment.first + segment.rows].contiguous()
            noise = [m for m in maps[segment.first : segment.first + segment.layers] if m is not None]
            program = torch.export.export(_shown(segment), (x, picture, rows, *noise))
            torch._inductor.aoti_compile_and_package(
                program, package_path=str(folder / f"{i}.pt2"), inductor_configs={"freezing": True}
            )
            x, picture = segment(x, picture, rows, *noise)


def _shown(segment: LayeredSegment) -> nn.Module:
    """The segment without the ``None`` that stands for a picture that is not there yet: a package cannot hold one."""
    from torch import nn

    class Shown(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.segment = segment

        def forward(self, *inputs: Tensor | None) -> tuple[Tensor, ...]:
            x, picture = self.segment(*inputs)
            return (x,) if picture is None else (x, picture)

    return Shown()


def _cut(path: Path) -> tuple[LayeredSynthesis, Sequence[LayeredSegment]]:
    """The synthesis of a model of any kind that is played by segments, and those."""
    from latentjockey.generators.biggan import network as big
    from latentjockey.generators.biggan.player import load as load_big
    from latentjockey.generators.style import model_file, segments
    from latentjockey.generators.stylegan3 import model_file as file_3
    from latentjockey.generators.stylegan3 import network as network_3
    from latentjockey.models import biggan_spec, stylegan3_spec
    from latentjockey.models.kinds import kind_at

    kind = kind_at(path)
    if kind == biggan_spec.KIND:
        deep = load_big(path).synthesis
        return deep, big.cut(deep)
    if kind == stylegan3_spec.KIND:
        alias_free = file_3.load(path).synthesis
        return alias_free, network_3.cut(alias_free)
    synthesis = model_file.load(path).net.synthesis
    return synthesis, segments.cut(synthesis)


def _why(error: Exception) -> str:
    if type(error).__name__ == "InvalidCxxCompiler":
        return "there is no C++ compiler on this machine"
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"compiling failed ({first[:160]})"


if __name__ == "__main__":
    sys.exit(main())
