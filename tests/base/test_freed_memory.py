"""Memory that a process gives back, and takes again."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SECOND_TIME = """
import resource, sys
import numpy as np
from latentjockey.base.platform import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
for _ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    piece = np.ones(20 << 20, np.uint8)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    del piece
print(faults)
"""


def _faults(how: str) -> int:
    ran = subprocess.run([sys.executable, "-c", _SECOND_TIME, how], capture_output=True, text=True, check=True)
    return int(ran.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc is told")
def test_what_was_given_back_is_not_mapped_anew() -> None:
    plain = _faults("plain")
    if plain < 40:  # huge pages, or an allocator that keeps everything by itself
        pytest.skip("this machine's allocator keeps memory anyway")

    assert _faults("kept") < plain / 4
