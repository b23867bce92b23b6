"""Converted StyleGANs beside the published networks that wrote their files: how far their pictures differ, in fp32.

The reference is not part of this project: ``STYLEGAN_REFERENCE`` names a folder with its source (and what it imports,
scipy among it, must be found). It is run in plain operations, writes a pickle of random weights of its own, our reader
converts that, and both draw the same places.
"""

from __future__ import annotations

import os
from typing import Any

from benchmarks.children import Child, ChildError
from benchmarks.figures import Row, number

_GOAL = 1e-3
_WITHIN_S = 1500.0
_SMALL_2 = {"z_dim": 24, "w_dim": 20, "channel_base": 1024, "channel_max": 32}
_SMALL_3 = {"z_dim": 24, "w_dim": 20, "channel_base": 1024, "channel_max": 32}
_R = {"conv_kernel": 1, "use_radial_filters": True}

_CASES: dict[str, dict[str, Any]] = {
    **{
        f"StyleGAN2 32 px, {architecture}{', conditional' if classes else ''}": {
            "family": 2, "size": 32, "classes": classes, **_SMALL_2, "architecture": architecture,
            "conv_clamp": 256 if classes else None,
        }
        for architecture in ("skip", "resnet", "orig")
        for classes in (0, 5)
    },
    "StyleGAN3-T 64 px": {"family": 3, "size": 64, "classes": 0, **_SMALL_3},
    "StyleGAN3-T 64 px, conditional": {"family": 3, "size": 64, "classes": 5, **_SMALL_3},
    "StyleGAN3-R 64 px": {"family": 3, "size": 64, "classes": 0, **_SMALL_3, **_R},
}  # fmt: skip
_LARGE: dict[str, dict[str, Any]] = {
    "StyleGAN2 256 px, full width, skip": {
        "family": 2, "size": 256, "classes": 0, "z_dim": 512, "w_dim": 512, "channel_base": 16384,
        "channel_max": 512, "conv_clamp": 256,
    },
    "StyleGAN2 256 px, full width, skip, conditional": {
        "family": 2, "size": 256, "classes": 10, "z_dim": 512, "w_dim": 512, "channel_base": 16384,
        "channel_max": 512, "conv_clamp": 256,
    },
    "StyleGAN3-T 256 px, half width": {
        "family": 3, "size": 256, "classes": 0, "z_dim": 512, "w_dim": 512, "channel_base": 16384,
        "channel_max": 512,
    },
    "StyleGAN3-R 256 px, half width": {
        "family": 3, "size": 256, "classes": 0, "z_dim": 512, "w_dim": 512, "channel_base": 32768,
        "channel_max": 1024, **_R,
    },
}  # fmt: skip


def run(quick: bool) -> list[Row]:
    """Each case by itself; the large ones are left out of a quick run."""
    rows = []
    with Child("benchmarks.agreement_child", environment=dict(os.environ)) as child:
        for what, case in (_CASES if quick else _CASES | _LARGE).items():
            try:
                made = child.ask(_WITHIN_S, places=4 if what in _CASES else 1, **case)
            except ChildError as error:  # a busy machine: what was measured until then counts
                made = {"why": str(error)}
            rows.append(_row(what, made))
            if "why" in made:
                break
    return rows


def _row(what: str, made: dict[str, Any]) -> Row:
    if "why" in made:
        return Row(what, "not compared", note=made["why"])
    ratio = made["reference_ms"] / made["ours_ms"]
    return Row(
        what,
        f"most {made['most']:.1e}, rms {made['rms']:.1e} of the range",
        f"most ≤ {_GOAL:g}",
        made["most"] <= _GOAL,
        f"{number(made['ours_ms'])} ms a picture, reference {number(made['reference_ms'])} ms: {number(ratio)} times"
        " as fast, both as they are in fp32",
    )
