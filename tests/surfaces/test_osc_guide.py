"""The guide for TouchDesigner: its script is run, and what it says of limits and commands is compared with the code."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.surfaces import osc_decode, osc_peers, osc_routes, osc_server, osc_talk
from latentjockey.surfaces.osc_talk import Talk

GUIDE = (Path(__file__).parents[2] / "docs" / "touchdesigner.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


class FakeOscOut:
    """Sends as TouchDesigner's documentation says: addresses, each followed by a list, in one bundle unless told."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear

    def sendOSC(self, *what: Any, asBundle: bool = True) -> None:  # noqa: N802, N803 # not our names
        assert asBundle
        bundle = OscBundleBuilder(IMMEDIATELY)
        for address, args in zip(what[::2], what[1::2], strict=True):
            message = OscMessageBuilder(address)
            for arg in args:
                message.add_arg(arg)
            bundle.add_content(message.build())
        self._hear(bundle.build().dgram)


def test_the_script_plays(tmp_path: Path) -> None:
    clock = ManualClock()
    bay = Bay(Layout(1, builtin(16, (64, 64))), clock, seed_from=len)
    sent: list[tuple[str, int]] = []
    talk = Talk(bay, Messages(), clock, lambda packet, to: sent.append((to[0], to[1])))
    out = FakeOscOut(lambda packet: talk.hear(osc_decode.decode(packet), ("127.0.0.1", 50_000)))
    (tmp_path / "lj.py").write_text(BLOCKS[0], encoding="utf-8")
    script = runpy.run_path(str(tmp_path / "lj.py"), {"op": {"oscout_lj": out}.__getitem__})
    script["fade"](0.5)
    script["z"]("a", range(16))
    script["z_part"]("a", 4, [-1, -2])
    script["eq"]("b", 0, 0.5, -1)
    script["seed"]("b", "moon")
    script["recall_cue"]("a", 3)
    script["recall"]("night garden")
    script["listen"]()
    assert bay.number("/mix/crossfade") == 0.5
    assert bay.value("/deck/a/z").tolist() == [0, 1, 2, 3, -1, -2, *range(6, 16)]  # type: ignore[union-attr]
    assert [bay.number(f"/deck/b/eq/{band}") for band in ("coarse", "middle", "fine")] == [0, 0.5, -1]
    assert bay.number("/deck/b/seed") == 4
    assert [(e.address, e.text) for e in bay.drain_events()] == [
        ("/deck/a/cue/3/recall", ""),
        ("/preset/recall", "night garden"),
    ]
    assert {s.pattern for _, s in talk.peers.active} == {"/mix/*", "/engine/fps"}
    assert talk.peers.active[0][0].reply == ("127.0.0.1", 9001)
    assert talk.refused == 0
    assert sent == []


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_the_other_snippets_are_python(block: str) -> None:
    compile(block, "guide", "exec")


@pytest.mark.parametrize(
    "words",
    [
        f"{osc_decode.LARGEST_PACKET:,} bytes",
        f"{osc_decode.MOST_MESSAGES:,}; bundles nested {osc_decode.DEEPEST} deep",
        f"| {osc_decode.LONGEST_ADDRESS} printable",
        f"| {osc_talk.MOST_WRITES:,} |",
        f"| {osc_talk.MOST_COMMANDS} |",
        f"patterns not met before, in one packet | {osc_routes.MOST_SEARCHES} |",
        f"{osc_server.FURTHEST:g} s ahead; {osc_server.MOST_WAITING // 2**20} MiB",
        f"{osc_peers.MOST_PER_PEER} for each sender, {osc_peers.MOST_SUBSCRIPTIONS} in all",
        f"| {osc_peers.MOST_PEERS} |",
        f"({osc_peers.RATES[0]:g} to {osc_peers.RATES[1]:g}; {osc_peers.USUAL_RATE:g} if left out), "
        f"until {osc_peers.LASTS:g} s",
    ],
)
def test_limits_are_those_of_the_code(words: str) -> None:
    assert words in GUIDE


def test_every_command_is_explained() -> None:
    clock = ManualClock()
    talk = Talk(Bay(Layout(1, builtin(2, (64, 64))), clock), Messages(), clock, lambda packet, to: None)
    assert all(f"`{command} " in GUIDE for command in talk._commands)
