"""Picture files for shaders: bounded, and only from where they may come.

No OpenGL; reads files on the caller's thread.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from latentjockey.stage.isf.fault import ShaderError

MOST_BYTES: Final = 64 << 20
MOST_PIXELS: Final = 36_000_000
LONGEST_SIDE: Final = 4096
_FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "TGA")


def beside(folder: Path | None, path: str) -> Path:
    """The file that a shader in ``folder`` names by the relative ``path``.

    Raises ShaderError for what lies outside that folder and the folders beside it: a shader file may come from
    anywhere, and has no business elsewhere.
    """
    name = path[:80]
    if folder is None:
        raise ShaderError(f"The shader wants the picture {name!r}, but it has no folder to look in.")
    if "\0" in path or Path(path).is_absolute() or path.startswith(("~", "\\")) or path[1:2] == ":":
        raise ShaderError(f"The shader wants the picture {name!r}; only paths relative to its own folder are followed.")
    home = folder.resolve()
    found = (home / path.replace("\\", "/")).resolve()
    around = home.parent if home.parent != home.parent.parent else home  # never the root of the file system
    if not found.is_relative_to(around):
        raise ShaderError(f"The shader wants the picture {name!r}, which is outside its folder and those beside it.")
    return found


def load(path: Path) -> NDArray[np.uint8]:
    """Pixels as (H, W, 4) RGBA with the bottom row first, as OpenGL has it; at most 4096 a side, larger is reduced.

    Raises ShaderError for what is missing, no picture or too large.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        if not path.is_file():
            raise ShaderError(f"The picture {path.name!r} is not there; the shader looks for it at {path}.")
        if path.stat().st_size > MOST_BYTES:
            raise ShaderError(f"The picture {path.name!r} is larger than {MOST_BYTES >> 20} MiB.")
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ShaderError(f"The picture {path.name!r} has more than {MOST_PIXELS // 1_000_000} million pixels.")
            whole = image.convert("RGBA")
        whole.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return np.ascontiguousarray(np.asarray(whole, np.uint8)[::-1])
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ShaderError(f"The picture {path.name!r} cannot be read: {error}.") from None
