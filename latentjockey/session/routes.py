"""What the conductor does for modulation: records that let no LFO jump, targets found again, presses by a source.

Thread ``conductor``. The functions are pure and give write batches; :class:`Presses` is one of its movers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from latentjockey.control.bay import Bay
from latentjockey.control.catalogue_modulation import LFOS, ROUTES, SOURCES
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import MODULATION
from latentjockey.control.spec import Kind
from latentjockey.control.values import Value
from latentjockey.modulation.lfo import Lfo, lfo_of
from latentjockey.modulation.matrix import component_of, source_level
from latentjockey.modulation.routes import why_not
from latentjockey.modulation.transport import transport_of

Writes = list[tuple[str, Value]]

_PACES = ("rate", "sync", "beats")
_RECORDS = frozenset(f"/lfo/{n}/{name}" for n in LFOS for name in ("anchor", "since", "beat"))
_SWITCHED = ("on", "source")
_PRESSED_AT = 0.5


def is_record(address: str) -> bool:
    """Whether the address is where an LFO was at some moment: nothing that a morph or undo brings back."""
    return address in _RECORDS


def kept(before: Snapshot, after: Snapshot, moved: Callable[[str], bool], t: float) -> Writes:
    """New anchors for the LFOs whose pace was ``moved``, so that each goes on at ``t`` from where it is."""
    writes: Writes = []
    for n in LFOS:
        if any(moved(f"/lfo/{n}/{name}") for name in _PACES):
            writes += _anchor(n, lfo_of(before, n).anchored(t, transport_of(before)))
    return writes


def undone(now: Snapshot, writes: Sequence[tuple[str, Value]], t: float) -> Writes:
    """``writes`` of an undo with what keeps LFOs where they are, instead of where they once were."""
    addresses = {address for address, _ in writes}
    own = kept(now, now, addresses.__contains__, t)
    return [*((address, value) for address, value in writes if not is_record(address)), *own]


def restarted(now: Snapshot, address: str, t: float) -> Writes:
    """What a press of ``/lfo/<n>/restart`` writes."""
    n = int(address.split("/")[2])
    return _anchor(n, lfo_of(now, n).restarted(t, transport_of(now)))


def places(now: Snapshot) -> Writes:
    """Where the routes' targets lie in the layout of now, for those that lie elsewhere than is noted: the engine knows
    them by nothing else."""
    if "/mod/1/target" not in now.texts:
        return []
    writes: Writes = []
    for n in ROUTES:
        target = now.texts[f"/mod/{n}/target"]
        found = component_of(now.layout, target) if target else None
        index = -1 if found is None else found
        if now.number(f"/mod/{n}/index") != index:
            writes.append((f"/mod/{n}/index", index))
    return writes


def refusals(now: Snapshot, told: Callable[[str], bool]) -> list[str]:
    """A sentence for each route whose target was ``told`` and cannot be one."""
    said = [f"/mod/{n}/target" for n in ROUTES if told(f"/mod/{n}/target")]
    return [why for address in said if now.text(address) and (why := why_not(now.layout, now.text(address)))]


def changes_over(before: Snapshot, after: Snapshot, address: str) -> bool:
    """Whether ``address`` is the amount of a route that leads from or to something else ``after``: its old way is to
    fade before the new one comes."""
    _, family, n, *rest = [*address.split("/"), "", ""]
    if family != "mod" or rest[:1] != ["amount"]:
        return False
    at = f"/mod/{n}"
    switched = any(before.number(f"{at}/{name}") != after.number(f"{at}/{name}") for name in _SWITCHED)
    return switched or before.texts.get(f"{at}/target") != after.texts.get(f"{at}/target")


def heard_amount(snapshot: Snapshot, address: str) -> float:
    """How much of a route with this amount's address is in the picture: 0 where it is off."""
    on = snapshot.number(address.removesuffix("/amount") + "/on")
    return snapshot.number(address) if on else 0.0


def _anchor(n: int, lfo: Lfo) -> Writes:
    return [(f"/lfo/{n}/anchor", lfo.anchor), (f"/lfo/{n}/since", lfo.since), (f"/lfo/{n}/beat", lfo.beat)]


@dataclass(frozen=True, slots=True)
class _Press:
    """A route to a TRIGGER; ``sign`` is that of its amount."""

    address: str
    source: int
    sign: float


class Presses:
    """A mover of the conductor: presses a TRIGGER whenever its source rises through half of its full swing; with a
    negative amount, when it falls through the negative half."""

    def __init__(self, bay: Bay) -> None:
        self._bay = bay
        self._seen: Snapshot | None = None
        self._routes: Mapping[int, _Press] = {}
        self._levels: dict[int, tuple[_Press, float]] = {}

    def move(self, t: float) -> bool:
        """Press what is due. Whether a source moves by itself."""
        now = self._bay.snapshot()
        if now is not self._seen:
            self._seen, self._routes = now, _presses(now)
        if not self._routes:
            self._levels = {}
            return False
        transport = transport_of(now)
        due: Writes = []
        levels: dict[int, tuple[_Press, float]] = {}
        for n, press in self._routes.items():
            level = press.sign * source_level(now, press.source, t, transport)
            known, last = self._levels.get(n, (press, level))
            if known == press and last < _PRESSED_AT <= level:
                due.append((press.address, 1))
            levels[n] = (press, level)
        self._levels = levels
        if due:
            self._bay.write(due, MODULATION)
        lfos = {SOURCES.index(f"lfo {n}"): n for n in LFOS}
        return any(p.source in lfos and lfo_of(now, lfos[p.source]).moving(transport) for p in self._routes.values())


def _presses(now: Snapshot) -> dict[int, _Press]:
    found: dict[int, _Press] = {}
    for n in ROUTES:
        at = f"/mod/{n}"
        address = now.texts.get(f"{at}/target", "")
        target = now.layout.resolve(address) if address else None
        if target is None or not now.number(f"{at}/on"):
            continue
        spec = now.layout.specs[target.index]
        amount, source = now.number(f"{at}/amount"), int(now.number(f"{at}/source"))
        if spec.kind is Kind.TRIGGER and spec.modulatable and amount and 0 < source < len(SOURCES):
            found[n] = _Press(spec.address, source, math.copysign(1.0, amount))
    return found
