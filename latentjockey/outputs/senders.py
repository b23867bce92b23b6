"""All ways out to other programs: starts and ends their threads as the bay says, and tells the bay how each goes.

``heed`` may be called from any thread and waits for nothing. Thread ``send watch``, alive while anything is on, writes
the states four times a second.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.cables import CABLES, Cable, cable
from latentjockey.control.names import SENDS
from latentjockey.control.source import ENGINE
from latentjockey.frames.frame import FrameSource
from latentjockey.frames.sink import VideoSink
from latentjockey.outputs.ndi import NdiSink, unfindable
from latentjockey.outputs.sender import Progress, Sender, Wish
from latentjockey.outputs.spout import SpoutSink
from latentjockey.outputs.syphon import SyphonSink
from latentjockey.outputs.v4l2 import V4l2Sink
from latentjockey.stage.fitting import FITS

Makers = Mapping[str, Callable[[], VideoSink]]

MAKERS: Makers = {"ndi": NdiSink, "spout": SpoutSink, "syphon": SyphonSink, "v4l2": V4l2Sink}
_LOOK_S = 0.25
_PARTS = ("on", "name", "width", "height", "fps", "fit")


@dataclass(slots=True)
class _Lane:
    """One way out: the sender of now, and those that have been told to end and have not yet."""

    sender: Sender | None = None
    leaving: list[Sender] = field(default_factory=list)


class Senders:
    """``start`` once the source can give pictures, ``close`` once. ``makers`` are for tests."""

    def __init__(
        self, bay: Bay, source: FrameSource, clock: Clock, messages: Messages, makers: Makers = MAKERS
    ) -> None:
        self._bay = bay
        self._source = source
        self._clock = clock
        self._messages = messages
        self._makers = makers
        self._lanes = {kind: _Lane() for kind in SENDS}
        self._lock = threading.RLock()
        self._running = False
        self._woken = threading.Event()
        self._watch: threading.Thread | None = None

    # -- from outside -------------------------------------------------------------------------------------------------

    def watchers(self) -> dict[str, Callable[[float | str], None]]:
        """What to call when a control of ours changes, by address."""
        return {f"/send/{kind}/{part}": _ignoring(self.heed, kind) for kind in SENDS for part in _PARTS}

    def start(self) -> None:
        """Begin: what is on sends from now."""
        self._running = True
        for kind in SENDS:
            self.heed(kind)

    def heed(self, kind: str) -> None:
        """The controls of ``kind`` may have changed: do as they say."""
        with self._lock:
            if not self._running:
                return
            lane, wish = self._lanes[kind], self._wish(kind)
            if not self._bay.number(f"/send/{kind}/on"):
                self._dismiss(lane)
            elif lane.sender is not None:
                lane.sender.use(wish)
            self._settle(kind, lane, wish)
            if self._watch is None and any(lane.sender or lane.leaving for lane in self._lanes.values()):
                self._watch = threading.Thread(target=self._run, name="send watch", daemon=True)
                self._watch.start()
        self._woken.set()

    def progress(self, kind: str) -> Progress:
        """How one way goes now. Any thread."""
        sender = self._lanes[kind].sender
        return sender.progress() if sender is not None else Progress()

    def close(self) -> None:
        """End everything; a sink that hangs is left behind, and is no reason to wait for longer than a second."""
        with self._lock:
            self._running = False
            for lane in self._lanes.values():
                self._dismiss(lane)
            leaving = [sender for lane in self._lanes.values() for sender in lane.leaving]
            watch = self._watch
        self._woken.set()
        for sender in leaving:
            sender.close()
        if watch is not None:
            watch.join(1.0)

    # -- carrying out, under the lock ---------------------------------------------------------------------------------

    def _wish(self, kind: str) -> Wish:
        at, number = f"/send/{kind}", self._bay.number
        fit = int(number(f"{at}/fit"))
        return Wish(
            str(self._bay.value(f"{at}/name")).strip() or ("" if kind == "v4l2" else "latentjockey"),
            int(number(f"{at}/width")), int(number(f"{at}/height")), number(f"{at}/fps"),
            FITS[fit] if 0 <= fit < len(FITS) else FITS[0],
        )  # fmt: skip

    def _dismiss(self, lane: _Lane) -> None:
        if lane.sender is not None:
            lane.sender.end()
            lane.leaving.append(lane.sender)
            lane.sender = None

    def _settle(self, kind: str, lane: _Lane, wish: Wish) -> None:
        """Start what is on and not there yet; the one before it has to be gone, for two would want the same name."""
        lane.leaving = [sender for sender in lane.leaving if sender.alive]
        wanted = self._running and self._bay.number(f"/send/{kind}/on")
        if wanted and lane.sender is None and not lane.leaving:
            if kind == "ndi" and (advice := unfindable()):
                self._say(kind, f"NDI: {advice}.", serious=False)
            lane.sender = Sender(
                kind, self._makers[kind](), self._source, self._clock, wish, lambda text: self._say(kind, text)
            )
            lane.sender.start()
        self._tell(kind, lane)

    def _tell(self, kind: str, lane: _Lane) -> None:
        """Write how it goes where everybody reads it, if it is another than before."""
        words = self._words(cable(kind), lane)
        if self._bay.value(f"/send/{kind}/state") != words:
            self._bay.write([(f"/send/{kind}/state", words)], ENGINE)

    def _words(self, way: Cable, lane: _Lane) -> str:
        if lane.sender is not None:
            return lane.sender.progress().words
        if lane.leaving:
            return "ending" if self._running else "off"
        return "off" if way.is_for(sys.platform) else f"off: {way.name} is for {way.where}"

    def _say(self, kind: str, text: str, serious: bool = True) -> None:
        self._messages.post(self._clock.now(), "send", text, serious=serious)

    # -- the watch ----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._woken.wait(_LOOK_S)
            self._woken.clear()
            with self._lock:
                for kind, lane in self._lanes.items():
                    if lane.sender is not None or lane.leaving:
                        self._settle(kind, lane, self._wish(kind))
                if not self._running or not any(lane.sender or lane.leaving for lane in self._lanes.values()):
                    self._watch = None
                    return


def _ignoring(call: Callable[[str], None], kind: str) -> Callable[[float | str], None]:
    return lambda _: call(kind)


def why_not() -> dict[str, str]:
    """For each way that this system has: why it cannot work here, or nothing."""
    return {way.kind: MAKERS[way.kind]().why_not() for way in CABLES if way.is_for(sys.platform)}


def advice() -> str:
    """What would let more ways work on this machine, in one or two sentences."""
    missing = any(why_not().values())
    words = ["Not needed to play; docs/outputs.md says how to set each up."] if missing else []
    if unfindable():
        words.append(f"NDI: {unfindable()}.")
    return " ".join(words)
