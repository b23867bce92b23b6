"""The controls of the effects chain, as data; and where the inputs of a shader find their addresses. Any thread.

What is declared here is there for every slot, always. The inputs of the shader that stands in a slot come along with
it, as guests of the layout: ``/fx/<slot>/<segment>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from latentjockey.control.names import FX_SLOTS
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value

FIXED_SEGMENTS = ("shader", "on", "mix", "place", "clear")
"""The ends of the addresses that every slot has: no input may take one of them."""


def fx_controls() -> list[ControlSpec]:
    """The fixed controls of all slots, and those of the chain as a whole."""
    return [
        ControlSpec("/fx/add", Kind.COMMAND, "", local=True, saved=False,
                    help="Put a shader, by name or path, into the first slot that is free, at the end of the chain."),
        ControlSpec("/fx/state", Kind.READOUT, "off", saved=False, local=True, help="How the effects chain does."),
        ControlSpec("/fx/ms", Kind.READOUT, 0.0, saved=False, local=True, unit="ms",
                    help="Time to draw the whole chain once."),
        *(spec for slot in FX_SLOTS for spec in _slot(slot)),
    ]  # fmt: skip


def _slot(n: int) -> list[ControlSpec]:
    at = f"/fx/{n}"
    return [
        ControlSpec(f"{at}/shader", Kind.TEXT, "", label=f"shader {n}", local=True,
                    help=f"The shader in slot {n}: its name in the library or the path of an .fs file; empty is none."),
        ControlSpec(f"{at}/on", Kind.BOOL, False, label="on", local=True, panic=True,
                    help=f"Whether the shader in slot {n} plays; on by itself when one is put in."),
        ControlSpec(f"{at}/mix", Kind.FLOAT, 1.0, 0.0, 1.0, label="mix", local=True, modulatable=True,
                    help="From the picture that goes in (0) to the one that comes out (1); it goes on beyond both."),
        ControlSpec(f"{at}/place", Kind.FLOAT, float(n), 1.0, 8.0, label="place", local=True,
                    help="The chain runs from the lowest place to the highest; where two are equal, by slot."),
        ControlSpec(f"{at}/clear", Kind.TRIGGER, label="clear", local=True, saved=False,
                    help=f"Take the shader out of slot {n}."),
    ]  # fmt: skip


def segments(names: Iterable[str]) -> tuple[str, ...]:
    """The last part of the address of each of a shader's inputs, in their order: lower-case letters, digits and
    underscores, none of them twice, and none of those that every slot has. A clash gets trailing underscores."""
    taken = set(FIXED_SEGMENTS)
    found: list[str] = []
    for name in names:
        segment = re.sub(r"[^a-z0-9_]", "_", name.lower()) or "input"
        while segment in taken:
            segment += "_"
        taken.add(segment)
        found.append(segment)
    return tuple(found)


def shader_played(spec: ControlSpec, text: str) -> list[tuple[str, Value]]:
    """What goes with a hand's write of ``/fx/<n>/shader``: a shader that is put in plays, an empty slot does not."""
    return [(spec.address.removesuffix("shader") + "on", bool(text))]
