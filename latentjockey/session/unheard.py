"""Says what lies beside a model and is not, or not wholly, played: once, when that model begins. Any one thread."""

from __future__ import annotations

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.models.spec import ModelSpec


class Unheard:
    """What was said is not said again, until the model's files say something else."""

    def __init__(self, messages: Messages, clock: Clock) -> None:
        self._messages, self._clock = messages, clock
        self._said: dict[str, tuple[str, ...]] = {}

    def begins(self, spec: ModelSpec | None) -> None:
        """This model, or both models of a pair, play from now on."""
        for one in () if spec is None else spec.pair or (spec,):
            before = self._said.get(one.name, ())
            self._said[one.name] = one.unheard
            for sentence in one.unheard:
                if sentence not in before:
                    self._messages.post(self._clock.now(), "model", sentence, serious=True)
