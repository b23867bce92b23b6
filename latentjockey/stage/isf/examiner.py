"""``python -m latentjockey.stage.isf.examiner PARENT``: tries one shader file after the other, in a process that may be
killed.

A path comes as one JSON line on standard input; the answer is one line on standard output. Main thread only.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

import moderngl
import numpy as np

from latentjockey.base.platform import die_with_parent
from latentjockey.frames.frame import Frame, Pixels, Stamp
from latentjockey.stage.isf.chain import ShaderChain
from latentjockey.stage.isf.fault import ShaderError
from latentjockey.stage.isf.sloppy_json import MOST_CHARACTERS
from latentjockey.stage.isf.step import Moment, Step
from latentjockey.stage.offscreen import open_context

SIDE: Final = 256
FRAMES: Final = 3


def examine(ctx: moderngl.Context, chain: ShaderChain, path: Path) -> tuple[str, int | None]:
    """Load the shader at ``path`` and draw three frames with its defaults: ("", None), or what is wrong with it."""
    try:
        vertex = path.with_suffix(".vs")
        chain.load(1, _text(path), _text(vertex) if vertex.is_file() else None, path.parent)
    except ShaderError as error:
        return (str(error), error.line) if not error.vertex else (error.located, None)
    except OSError as error:
        return f"The file cannot be read: {error.strerror or error}.", None
    for index in range(FRAMES):
        chain.draw(_picture(index), [Step(1)], Moment(index / 60, 1 / 60, index))
        chain.read()
    said = ctx.error
    chain.unload(1)
    return ("", None) if said == "GL_NO_ERROR" else (f"Drawing it is an error to the driver: {said}.", None)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(4 * MOST_CHARACTERS + 1)
    return data.decode("utf-8", "replace")


def _picture(index: int) -> Frame:
    """Slow waves of colour, a little different each time."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    waves = np.stack([np.sin(9 * x * y + index), np.cos(5 * x - 7 * y), np.sin(4 * x + index / 3)])
    pixels: Pixels = (waves * 127 + 128).astype(np.uint8)
    stamp = Stamp(1, index, 1, 1, 0.0, 0, 0, 0, 0, 0)
    return Frame(pixels, stamp, np.zeros(0), np.zeros((0, 0), np.float32))


def main() -> int:
    """Answer until there is nothing more to read."""
    die_with_parent(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what drivers print
    ctx, why = open_context()
    answers.write(json.dumps({"ready": ctx is not None, "why": why}) + "\n")
    if ctx is None:
        return 1
    chain = ShaderChain(ctx)
    for line in sys.stdin:
        sentence, number = examine(ctx, chain, Path(json.loads(line)))
        answers.write(json.dumps({"sentence": sentence, "line": number}) + "\n")
        if sentence:  # what one file broke must not be held against the next
            chain.release()
            chain = ShaderChain(ctx)
            ctx.clear_errors()
    return 0


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # a broken context may hang in ordinary exit handlers
