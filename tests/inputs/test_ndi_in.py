"""An NDI source comes in for real, within this machine: discovery asks 127.0.0.1 alone, by the loopback adapter."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or importlib.util.find_spec("cyndilib") is None,
    reason="NDI is tried on Linux, with cyndilib installed (extra ndi)",
)

SENDER = """
import sys, threading
import numpy as np
from latentjockey.outputs.ndi import NdiSink

sink, rest, number = NdiSink(), threading.Event(), 0
sink.open(sys.argv[1], 64, 32, 20.0)
while True:
    picture = np.full((32, 64, 4), 255, np.uint8)
    picture[..., 0], picture[:, :32, 1], picture[..., 2] = 40 + number % 8 * 20, 200, 0
    sink.send(picture)
    number += 1
    rest.wait(0.05)
"""
RECEIVER = """
import sys, threading
import numpy as np
from latentjockey.inputs.ndi import NdiSource, ndi_names

print(json.dumps([name for name in ndi_names() if sys.argv[1] in name]))
source, rest, seen = NdiSource(sys.argv[1]), threading.Event(), []
for _ in range(6000):
    picture, wait = source.picture(0.0)
    if picture is not None:
        pixels = picture.to_ndarray(format="rgb24").astype(int)
        seen.append([picture.width, picture.height, *pixels[16, 10].tolist(), *pixels[16, 50].tolist()])
    if len(seen) > 12:
        break
    rest.wait(wait)
source.close()
print(json.dumps(seen))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    here = {
        "ndi": {
            "machinename": f"lj{uuid.uuid4().hex[:6]}",
            "networks": {"ips": "127.0.0.1,", "discovery": ""},
            "adapters": {"allowed": ["127.0.0.1"]},
            "multicast": {"send": {"enable": False}, "recv": {"enable": False}},
        }
    }
    (tmp_path / "ndi-config.v1.json").write_text(json.dumps(here))
    return {**os.environ, "NDI_CONFIG_DIR": str(tmp_path)}


@pytest.fixture
def sender(environment: dict[str, str]) -> Iterator[str]:
    """The name of a source that sends."""
    name = f"door {uuid.uuid4().hex[:8]}"
    process = subprocess.Popen([sys.executable, "-c", SENDER, name], env=environment)
    yield name
    process.kill()
    process.wait()


def test_what_is_sent_comes_in(sender: str, environment: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import json\n" + RECEIVER, sender],
        env=environment, capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    names, seen = (json.loads(line) for line in ended.stdout.splitlines())
    assert len(names) == 1
    assert {tuple(each[:2]) for each in seen} == {(64, 32)}
    assert len({each[2] for each in seen}) > 4, "each picture is another"
    for _, _, _, left_green, left_blue, _, right_green, right_blue in seen:
        assert abs(left_green - 200) < 12
        assert right_green > 240
        assert max(left_blue, right_blue) < 16
