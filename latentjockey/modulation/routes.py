"""Routes as people see them: which there are, what may be a target, and the writes that make, change or end one. Pure.

A route is four controls under ``/mod/<n>``. What makes one writes all of them in one batch.
"""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.control.catalogue_modulation import ROUTES, SOURCES
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.modulation.matrix import component_of

Writes = list[tuple[str, Value]]

USUAL = 0.25
"""The amount of a new route."""

FULL = 1.0
"""The amount of a new route to a switch or a choice, which less would not turn."""

_TURNED = (Kind.BOOL, Kind.CHOICE, Kind.TRIGGER)
_OWN = ("/lfo/", "/mod/", "/audio/")


@dataclass(frozen=True, slots=True)
class Route:
    """One route; ``source`` is a word of :data:`SOURCES`. ``plays`` is whether it does something here and now."""

    number: int
    on: bool
    source: str
    target: str
    amount: float
    plays: bool


def route(snapshot: Snapshot, n: int) -> Route:
    """Route ``n`` of a whole snapshot. Raises KeyError for a layout without it."""
    at = f"/mod/{n}"
    index = int(snapshot.number(f"{at}/source"))
    source = SOURCES[index] if 0 <= index < len(SOURCES) else SOURCES[0]
    target, on, amount = (
        snapshot.text(f"{at}/target"),
        bool(snapshot.number(f"{at}/on")),
        snapshot.number(f"{at}/amount"),
    )
    here = not why_not(snapshot.layout, target)
    return Route(n, on, source, target, amount, on and here and amount != 0.0 and source != SOURCES[0])


def routes(snapshot: Snapshot) -> tuple[Route, ...]:
    """Those that have a target, in order."""
    if "/mod/1/target" not in snapshot.texts:
        return ()
    return tuple(route(snapshot, n) for n in ROUTES if snapshot.texts[f"/mod/{n}/target"])


def route_to(snapshot: Snapshot, address: str) -> Route | None:
    """The first route that is switched on for the number behind ``address``, by whatever name it is called there."""
    wanted = snapshot.layout.resolve(address)
    if wanted is None:
        return None
    for n in ROUTES:
        target = snapshot.texts.get(f"/mod/{n}/target", "")
        if target and snapshot.number(f"/mod/{n}/on") and snapshot.layout.resolve(target) == wanted:
            return route(snapshot, n)
    return None


def why_not(layout: Layout, address: str) -> str:
    """A sentence that says why a control cannot be a target; empty where it can."""
    target = layout.resolve(address)
    if target is None:
        return f"{address[:80]} is not here now: the route waits for it." if address else "It has no target yet."
    spec = layout.specs[target.index]
    if spec.kind is Kind.TRIGGER and spec.modulatable:
        return ""
    if component_of(layout, address) is not None:
        return ""
    if spec.modulatable and spec.kind is Kind.VECTOR:
        count = target.stop - target.start
        return f"{address} is {count} numbers: modulate one of them, such as {spec.address}/0."
    return f"{spec.address} cannot be modulated: {_reason(spec)}."


def assigned(snapshot: Snapshot, address: str, source: str) -> Writes:
    """The writes that let ``source`` move ``address``: its route gets another source, or a free one is made.

    Raises ValueError with a sentence where that cannot be.
    """
    if why := why_not(snapshot.layout, address):
        raise ValueError(why)
    known = route_to(snapshot, address)
    if known is not None:
        return [(f"/mod/{known.number}/source", source)]
    free = next((n for n in ROUTES if not snapshot.texts[f"/mod/{n}/target"]), None)
    if free is None:  # one that a panic switched off gives its place
        free = next((n for n in ROUTES if not snapshot.number(f"/mod/{n}/on")), None)
    if free is None:
        raise ValueError(f"All {len(ROUTES)} routes are taken: end one in the modulation tab.")
    at = f"/mod/{free}"
    amount = FULL if snapshot.layout.spec(address).kind in _TURNED else USUAL
    return [(f"{at}/target", address), (f"{at}/source", source), (f"{at}/amount", amount), (f"{at}/on", True)]


def ended(n: int) -> Writes:
    """The writes that end route ``n`` and free its place."""
    at = f"/mod/{n}"
    return [(f"{at}/on", False), (f"{at}/source", SOURCES[0]), (f"{at}/target", ""), (f"{at}/amount", USUAL)]


def _reason(spec: ControlSpec) -> str:
    if spec.address.startswith(_OWN):
        return "modulation does not move what makes it"
    if spec.internal:
        return "it is a record of a movement"
    if spec.kind is Kind.READOUT:
        return "it is read, never moved"
    if spec.textual:
        return "it holds words"
    if spec.address.endswith("/drift/speed"):
        return "where a walk is follows from its speed as it was set; modulate the spread, or z itself"
    if spec.address.endswith("/seed"):
        return "it only fills z when it is set; modulate z, or let the source press randomise"
    if spec.kind is Kind.TRIGGER:
        return "only presses that belong to a picture are pressed by a source"
    return "no picture is made from it"
