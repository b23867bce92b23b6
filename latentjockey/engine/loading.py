"""What an engine does about models but play them: it has them ready when told to, and those of its bank in spare time.

Main thread of the engine.
"""

from __future__ import annotations

import math

from latentjockey.base.diagnostics import StageError
from latentjockey.engine.bank import Bank
from latentjockey.engine.port import Port, Pulse
from latentjockey.engine.warming import Costs
from latentjockey.generators.protocol import Generator
from latentjockey.link.messages import Held, Holds, Keep, Load, Loaded, Problem
from latentjockey.models.pair import pair, parts

_ALLOWED_S = 600.0


class Loading:
    """``generators`` are what plays, or would: one, or one for each deck; none before, and after what could not be
    loaded. ``costs`` is what their pictures take, ``device`` where they run, in words."""

    def __init__(self, port: Port, pulse: Pulse) -> None:
        self._port = port
        self._pulse = pulse
        self._bank = Bank()
        self._size = (0, 0)
        self.generators: tuple[Generator, ...] = ()
        self.costs = Costs(0.0, 0.0)
        self.device = ""

    def load(self, message: Load) -> None:
        """Make ready what is to play, and answer."""
        self.generators = ()
        self._size = message.width, message.height
        self._begin()
        try:
            ready = self._bank.play(parts(message.model), self._size, anew=message.anew)
        except StageError as error:
            self._port.send(Problem(str(error), False))
        else:
            costs = [resident.costs for resident in ready]
            self.costs = Costs(sum(c.ns_per_pixel for c in costs), sum(c.small_s for c in costs))
            self.generators = tuple(resident.generator for resident in ready)
            specs = [generator.spec for generator in self.generators]
            self.device = " + ".join(dict.fromkeys(generator.device for generator in self.generators))
            self._port.send(Loaded(specs[0] if len(specs) == 1 else pair(*specs), self.device))
        self._tell()
        self._end()

    def keep(self, message: Keep) -> None:
        """From now on these are to be at hand."""
        self._begin()  # what has to go for it may take a while
        self._bank.keep([name for model in message.models for name in parts(model)], message.budget)
        self._tell()
        self._end()

    def look_after(self) -> bool:
        """Nothing plays here: do one thing for the models that are to be at hand. Whether there may be more to do."""
        if not self.generators:
            return False
        name = self._bank.missing
        if not name:
            self._bank.settle()
            return False
        self._begin()
        self._tell(loading=name)
        trouble = self._bank.fetch(self._size)
        self._tell(trouble=trouble)
        self._end()
        return True

    def _begin(self) -> None:
        self._pulse.phase("loading", _ALLOWED_S)
        self._pulse.beat()

    def _end(self) -> None:
        self._pulse.phase("waiting", math.inf)
        self._pulse.beat()

    def _tell(self, loading: str = "", trouble: str = "") -> None:
        held = tuple(Held(resident.name, resident.bytes) for resident in self._bank.residents)
        self._port.send(Holds(held, self._bank.budget, loading, trouble))
