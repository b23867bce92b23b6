"""The Textport script builds its component in a double of TouchDesigner, and what that sends and hears is real OSC.

The double knows the operators, parameters and methods that TouchDesigner's documentation names, and no others.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.names import EIGHT
from latentjockey.control.source import HAND
from latentjockey.surfaces.osc_server import OscServer

SCRIPT = (Path(__file__).parents[2] / "docs" / "touchdesigner_component.py").read_text(encoding="utf-8")
NAP = threading.Event()

# What each operator's page in the documentation calls its parameters.
PARAMETERS = {
    "baseCOMP": (),
    "textDAT": (),
    "oscoutDAT": ("active", "protocol", "address", "port"),
    "oscinDAT": ("active", "protocol", "address", "port", "callbacks"),
    "parameterexecuteDAT": ("active", "op", "pars", "custom", "builtin", "valuechange", "valueschanged", "onpulse"),
    "executeDAT": ("active", "start", "create", "exit", "framestart", "frameend"),
    "ndiinTOP": ("active", "name", "extraips", "bandwidth"),
    "syphonspoutinTOP": ("usespoutactivesender", "sendername"),
    "outTOP": ("label",),
}


class Par:
    """A parameter: a value or an expression."""

    def __init__(self, name: str, owner: Operator | None = None, value: Any = 0.0) -> None:
        self.name, self.owner = name, owner
        self.val = self.default = value
        self.expr = ""
        self.normMin, self.normMax = 0.0, 1.0
        self.menuNames: list[str] = []
        self.menuLabels: list[str] = []

    def eval(self) -> Any:
        if self.expr:
            assert self.owner is not None
            found = eval(self.expr, {"parent": lambda: self.owner and self.owner.above})  # noqa: S307 # our own words
            return found.eval() if isinstance(found, Par) else found
        return self.menuNames[0] if self.menuNames and not self.val else self.val


class Pars:
    """``par.x = 1`` sets a value; names that there are not raise, as in TouchDesigner."""

    def __init__(self, owner: Operator, names: tuple[str, ...]) -> None:
        vars(self)["known"] = {name: Par(name, owner) for name in names}

    def __getattr__(self, name: str) -> Par:
        if name not in vars(self)["known"]:
            raise AttributeError(f"there is no parameter {name!r}")
        found: Par = vars(self)["known"][name]
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        getattr(self, name).val = value

    def __getitem__(self, name: str) -> Par:
        found: Par = getattr(self, name)
        return found


class Page:
    def __init__(self, owner: Operator) -> None:
        self._owner = owner

    def _append(self, name: str, value: Any) -> list[Par]:
        assert name[0].isupper()
        assert name[1:].islower() or name[1:].rstrip("0123456789").islower()
        known = vars(self._owner.par)["known"]
        assert name not in known
        known[name] = Par(name, self._owner, value)
        return [known[name]]

    def appendFloat(self, name: str, label: str | None = None) -> list[Par]:  # noqa: N802
        return self._append(name, 0.0)

    def appendToggle(self, name: str, label: str | None = None) -> list[Par]:  # noqa: N802
        return self._append(name, False)

    def appendPulse(self, name: str, label: str | None = None) -> list[Par]:  # noqa: N802
        return self._append(name, None)

    def appendMenu(self, name: str, label: str | None = None) -> list[Par]:  # noqa: N802
        return self._append(name, "")

    def appendStr(self, name: str, label: str | None = None) -> list[Par]:  # noqa: N802
        return self._append(name, "")


class Operator:
    """A node, with the nodes inside it."""

    def __init__(self, world: World, kind: str, name: str, above: Operator | None) -> None:
        self.world, self.kind, self.name, self.above = world, kind, name, above
        self.par = Pars(self, PARAMETERS[kind])
        self.inside: dict[str, Operator] = {}
        self.text = ""
        self.nodeX = self.nodeY = 0
        self.wired: list[Operator] = []
        self.outputConnectors = [SimpleNamespace(connect=self.wired.append)]
        self._compiled: tuple[str, SimpleNamespace] | None = None

    def op(self, path: str) -> Operator | None:
        return self.inside.get(path)

    def create(self, kind: str, name: str) -> Operator:
        assert name not in self.inside
        self.inside[name] = Operator(self.world, kind, name, self)
        return self.inside[name]

    def destroy(self) -> None:
        assert self.above is not None
        del self.above.inside[self.name]

    def appendCustomPage(self, name: str) -> Page:  # noqa: N802
        return Page(self)

    def sendOSC(self, *what: Any, asBundle: bool = True) -> None:  # noqa: N802, N803
        assert self.kind == "oscoutDAT"
        self.world.send((str(self.par.address.eval()), int(self.par.port.eval())), what)

    @property
    def module(self) -> SimpleNamespace:
        if self._compiled is None or self._compiled[0] != self.text:
            above = self.above
            assert above is not None
            names = {"op": above.op, "parent": lambda: above, "me": self, "absTime": self.world.time,
                     "debug": self.world.said.append}  # fmt: skip
            exec(self.text, names)  # noqa: S102 # the script's own text
            self._compiled = self.text, SimpleNamespace(**names)
        return self._compiled[1]


class World:
    """TouchDesigner, as far as the script goes: networks, a clock, and real sockets."""

    def __init__(self, script: str) -> None:
        self.time = SimpleNamespace(frame=0)
        self.said: list[str] = []
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind(("127.0.0.1", 0))
        self.ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ear.bind(("127.0.0.1", 0))
        self.project = Operator(self, "baseCOMP", "project1", None)
        self.script = script.replace("REPLY_PORT = 9001", f"REPLY_PORT = {self.ear.getsockname()[1]}")

    def run(self) -> Operator:
        """Run the script in the Textport."""
        names = {kind: kind for kind in PARAMETERS} | {"op": {"/project1": self.project}.get}
        exec(self.script, names)  # noqa: S102 # it is what is tested
        made = self.project.op("latentjockey")
        assert made is not None
        return made

    def send(self, to: tuple[str, int], what: tuple[Any, ...]) -> None:
        bundle = OscBundleBuilder(IMMEDIATELY)
        for address, args in zip(what[::2], what[1::2], strict=True):
            message = OscMessageBuilder(address)
            for arg in args:
                message.add_arg(arg)
            bundle.add_content(message.build())
        self.line.sendto(bundle.build().dgram, to)

    def hear(self, comp: Operator) -> bool:
        """Give one packet that arrived to the OSC In DAT's callbacks. Whether there was one."""
        ready, _, _ = select.select([self.ear], [], [], 0.02)
        if not ready:
            return False
        into = comp.inside["osc_in"]
        assert into.par.port.eval() == self.ear.getsockname()[1]
        callbacks = comp.inside[into.par.callbacks.eval()].module
        for timed in OscPacket(self.ear.recv(65536)).messages:
            message = timed.message
            callbacks.onReceiveOSC(into, 0, "", b"", 0.0, message.address, message.params, None)
        return True

    def close(self) -> None:
        self.line.close()
        self.ear.close()


class Rig:
    """The instrument's real OSC server, and the component that was built for its port."""

    def __init__(self, script: str = SCRIPT) -> None:
        clock = SystemClock()
        self.bay = Bay(Layout(1, builtin(16, (64, 64), (), 8)), clock)
        self.messages = Messages()
        self.server = OscServer(self.bay, self.messages, clock, port=0)
        self.server.start()
        self.world = World(script.replace('"localhost", 9000', f'"127.0.0.1", {self.server.port}'))
        self.comp = self.world.run()

    def turn(self, name: str, value: Any) -> None:
        """A hand turns a parameter, and TouchDesigner calls what watches it."""
        par = self.comp.par[name]
        before, par.val = par.val, value
        watch = self.comp.inside["parameters"]
        assert (watch.par.op.eval(), watch.par.pars.eval(), watch.par.valuechange.eval()) == ("..", "*", True)
        watch.module.onValueChange(par, before)

    def pulse(self, name: str) -> None:
        watch = self.comp.inside["parameters"]
        assert watch.par.onpulse.eval() is True
        watch.module.onPulse(self.comp.par[name])

    def until(self, condition: Callable[[], object]) -> None:
        clock = SystemClock()
        end = clock.now() + 60.0
        while clock.now() < end:
            if condition():
                return
            if not self.world.hear(self.comp):
                NAP.wait(0.005)
        raise AssertionError("waited in vain")

    def close(self) -> None:
        self.server.close()
        self.world.close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    refused = [m.text for m in made.messages.recent()]
    made.close()
    assert refused == []
    assert made.world.said == []


def script_names() -> dict[str, Any]:
    """The script's own constants."""
    names: dict[str, Any] = {}
    exec(SCRIPT.replace("\nbuild()\n", "\n"), names)  # noqa: S102
    return names


def test_the_eight_knobs_are_ours_with_their_ranges() -> None:
    knobs = script_names()["KNOBS"]
    assert tuple((label, address) for _, label, address, *_ in knobs[:8]) == EIGHT
    layout = Layout(1, builtin(16, (64, 64), (), 8))
    for _, _, address, default, low, high in knobs:
        target = layout.resolve(address.replace("/@/", "/a/"))
        assert target is not None
        spec = layout.specs[target.index]
        assert (default, low, high) == (spec.default, spec.lo, spec.hi), address


def test_every_address_is_a_control() -> None:
    names = script_names()
    layout = Layout(1, builtin(16, (64, 64), (), 8))
    for entry in (*names["KNOBS"], *names["SWITCHES"], *names["PULSES"]):
        for deck in "ab":
            assert layout.resolve(entry[2].replace("/@/", f"/{deck}/")) is not None, entry[2]


def test_turning_a_parameter_moves_the_instrument(rig: Rig) -> None:
    rig.turn("Crossfade", 0.25)
    rig.turn("Reach", 3.7)  # beyond what is nominal: nothing is clamped
    rig.turn("Lead", -2.0)
    rig.turn("Blackout", True)
    rig.until(lambda: rig.bay.number("/stage/blackout") == 1.0)
    assert rig.bay.number("/mix/crossfade") == 0.25
    assert rig.bay.number("/deck/a/reach") == pytest.approx(3.7)
    assert rig.bay.value("/deck/a/dir").tolist()[:2] == [-2.0, 0.0]  # type: ignore[union-attr]


def test_the_knobs_play_and_show_the_chosen_deck(rig: Rig) -> None:
    rig.bay.write([("/deck/b/reach", 1.5)], HAND)
    rig.turn("Deck", "b")
    rig.until(lambda: rig.comp.par["Reach"].val == 1.5)
    rig.turn("Coarse", 0.5)
    rig.until(lambda: rig.bay.number("/deck/b/eq/coarse") == 0.5)
    assert rig.bay.number("/deck/a/eq/coarse") == 1.0


def test_cues_and_panic_are_presses(rig: Rig) -> None:
    rig.pulse("Cue3")
    rig.pulse("Panic")
    pressed: list[str] = []

    def both() -> bool:
        pressed.extend(event.address for event in rig.bay.drain_events())
        return len(pressed) >= 2

    rig.until(both)
    assert pressed == ["/deck/a/cue/3/recall", "/panic"]


def test_the_parameters_follow_the_instrument_and_do_not_echo(rig: Rig) -> None:
    rig.until(lambda: rig.comp.par["Reach"].val == 1.0 and rig.world.hear(rig.comp))  # where it is now was told
    rig.bay.write([("/mix/crossfade", 0.75)], HAND)
    rig.until(lambda: rig.comp.par["Crossfade"].val == 0.75)
    before = rig.bay.revision
    rig.turn("Crossfade", 0.75)  # as TouchDesigner does for a value that a script set
    rig.turn("Fine", 0.5)
    rig.until(lambda: rig.bay.number("/deck/a/eq/fine") == 0.5)
    changed = {change.spec.address for change in rig.bay.changes_since(before)[1]}
    assert "/mix/crossfade" not in changed


def test_the_clock_renews_the_subscription_in_time(rig: Rig) -> None:
    asked: list[Any] = []
    rig.world.send = lambda to, what: asked.append(what)  # type: ignore[method-assign]
    clock = rig.comp.inside["clock"]
    assert clock.par.framestart.eval() is True
    for frame in range(600):  # ten seconds
        rig.world.time.frame = frame
        clock.module.onFrameStart(frame)
    assert len(asked) >= 2
    assert "/lj/subscribe" in asked[0]


def test_the_picture_comes_back_by_ndi(rig: Rig) -> None:
    picture = rig.comp.inside["picture"]
    assert picture.kind == "ndiinTOP"
    assert picture.par.name.eval() == f"{socket.gethostname().upper()} (latentjockey)"
    assert picture.wired == [rig.comp.inside["out1"]]


def test_or_by_spout_and_syphon() -> None:
    rig = Rig(SCRIPT.replace('PICTURE = "ndi"', 'PICTURE = "spout"'))
    picture = rig.comp.inside["picture"]
    assert picture.kind == "syphonspoutinTOP"
    assert picture.par.sendername.eval() == "latentjockey"
    assert picture.par.usespoutactivesender.eval() is False
    rig.close()


def test_running_it_again_makes_it_anew(rig: Rig) -> None:
    again = rig.world.run()
    assert again is not rig.comp
    assert list(rig.world.project.inside) == ["latentjockey"]
