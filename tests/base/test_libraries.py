"""Libraries that are mapped before they are imported."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from latentjockey.base.libraries import map_libraries

_IN_ITS_OWN_PROCESS = """
import importlib.machinery, json, sys, threading
from latentjockey.base.libraries import map_libraries

def mapped():
    with open("/proc/self/maps") as maps:
        return {line.split()[-1] for line in maps if "/av" in line and ".so" in line}

done = []
thread = threading.Thread(target=lambda: done.append(map_libraries("av")))
thread.start()
thread.join()
before, imported = mapped(), "av" in sys.modules
import av
print(json.dumps([done[0], len(before), imported, len(mapped() - before)]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what is mapped is asked of /proc")
def test_a_library_is_mapped_whole_and_not_imported() -> None:
    out = subprocess.run(
        [sys.executable, "-c", _IN_ITS_OWN_PROCESS], capture_output=True, text=True, check=True, timeout=120
    )
    count, before, imported, later = json.loads(out.stdout)
    assert count > 10
    assert before >= count
    assert not imported
    assert later == 0  # importing found all of it there


@pytest.mark.parametrize("name", ["no_library_has_this_name", "json"])
def test_what_is_not_there_or_has_no_extension_modules_is_nothing(name: str) -> None:
    assert map_libraries(name) == 0
