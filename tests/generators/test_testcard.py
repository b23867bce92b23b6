"""The test card: the position can be read back, rehearsals fail as named, and nothing of it needs torch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from latentjockey.generators.protocol import FrameRequest, FrameResult, Moment
from latentjockey.generators.testcard import BLOCKS, READABLE, Testcard, level, read_layers
from latentjockey.models.builtin import REHEARSALS, TESTCARD

_REHEARSE = """
import numpy as np
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.generators.testcard import Testcard
def latch():
    print("latched", flush=True)
    return Moment(np.zeros((3, 512), np.float32), {{"/gen/rehearse": {choice}}})
Testcard().frame(FrameRequest(96, 96), latch)
"""


def draw(rehearsal: str = "none", size: tuple[int, int] = (256, 256)) -> FrameResult:
    layers = np.zeros((TESTCARD.num_ws, TESTCARD.w_dim), np.float32)
    native = {"/gen/rehearse": float(REHEARSALS.index(rehearsal))}
    return Testcard().frame(FrameRequest(*size), lambda: Moment(layers, native))


@pytest.mark.parametrize("size", [(READABLE, READABLE), (256, 256), (640, 360), (1920, 1080)])
def test_the_position_is_read_back(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    layers = (rng.standard_normal((TESTCARD.num_ws, TESTCARD.w_dim)) * 3.0).astype(np.float32)
    picture = Testcard().frame(FrameRequest(*size), lambda: Moment(layers, {})).pixels.transpose(1, 2, 0)
    assert np.array_equal(read_layers(picture, TESTCARD.num_ws), level(layers[:, :BLOCKS]))


def test_levels_rise_with_the_value() -> None:
    values = np.array([-np.inf, -1e30, -3.0, -1.0, 0.0, 0.5, 1.0, 1e30, np.inf])
    with np.errstate(invalid="ignore"):
        finite = level(values[1:-1])
    assert finite[3] == 128
    assert (np.diff(finite.astype(int)) > 0).all()


def test_rehearsals_within_a_frame_fail_as_named() -> None:
    assert draw().finite
    assert not draw("not a number").finite
    with pytest.raises(RuntimeError, match="rehearsal"):
        draw("exception")
    with pytest.raises(MemoryError, match="rehearsal"):
        draw("out of memory")


def test_the_rehearsed_exit_ends_the_process() -> None:
    code = _REHEARSE.format(choice=REHEARSALS.index("exit"))
    assert subprocess.run([sys.executable, "-c", code], timeout=240, check=False).returncode == 3


def test_the_rehearsed_hang_hangs_after_the_position_was_read() -> None:
    code = _REHEARSE.format(choice=REHEARSALS.index("hang"))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "latched\n"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
        finally:
            process.kill()


def test_neither_the_card_nor_the_registry_imports_torch() -> None:
    code = (
        "import sys; from latentjockey.generators.registry import create; create('testcard');"
        "import latentjockey.models.builtin; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=240, check=False).returncode == 0
