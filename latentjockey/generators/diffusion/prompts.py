"""Texts as a text-to-image network hears them, encoded when they change and never else. Engine process, one thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentjockey.base.clock import now_ns
from latentjockey.generators.diffusion.blend import round_, straight
from latentjockey.generators.diffusion.lora import Loras
from latentjockey.generators.diffusion.parking import Parked
from latentjockey.generators.diffusion.parts import network, tokenizer
from latentjockey.generators.diffusion.turns import Spoken, Turns
from latentjockey.models.diffusion_folder import DiffusionFolder
from latentjockey.models.lora_beside import ENCODERS
from latentjockey.models.lora_fit import fits_encoder

_KEPT, _KEPT_TURNED = 128, 32
"""Texts that are remembered: as the encoders are, and as they are with weights of LoRAs, which come and go."""
LONGEST = 2000
"""Characters of a prompt; a text encoder hears far fewer."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What cross-attention hears (1, tokens, width), and what stands for all of a text (1, width) where the network
    hears that, too."""

    tokens: Tensor
    pooled: Tensor | None = None


class Prompts:
    """The text encoders of the model in ``folder``: one, or two as SDXL has."""

    def __init__(self, folder: Path, held: DiffusionFolder, device: torch.device, dtype: torch.dtype) -> None:
        self._device = device
        names = [name for name in ENCODERS if name in held.parts]
        self._encoders: list[Any] = [network(folder, held.parts[name], device, dtype) for name in names]
        self._tokenizers = [
            tokenizer(folder, held.parts[name.replace("text_encoder", "tokenizer")], held.parts[name]) for name in names
        ]
        self._silent = bool(held.words.get("force_zeros_for_empty_prompt", False)) and len(names) > 1
        self._loras = [
            Loras(encoder, held.loras, partial(fits_encoder, number=number))
            for number, encoder in enumerate(self._encoders)
        ]
        self._turning = frozenset(number for loras in self._loras for number in loras.numbers)
        self.parked = Parked([*self._encoders, *self._loras], device, now_ns() * 1e-9)
        self._known: dict[Spoken, Encoded] = {}
        self._turned: dict[Spoken, Encoded] = {}
        self._turns = Turns(self._knows)
        self.calls = 0
        """How often a text was encoded."""

    def turning(self, weights: Sequence[float]) -> tuple[float, ...]:
        """``weights`` of LoRAs, as far as they turn text encoders; none at all where they leave them as they are."""
        made = tuple(weight if number in self._turning else 0.0 for number, weight in enumerate(weights))
        return made if any(made) else ()

    def encoded(self, text: str, loras: tuple[float, ...] = ()) -> Encoded:
        """``text`` as the network hears it, with these weights of LoRAs; from memory where it was encoded before."""
        key = text[:LONGEST], loras
        known, most = (self._turned, _KEPT_TURNED) if loras else (self._known, _KEPT)
        found = known.pop(key, None)
        if found is None:
            found = self._encode(*key)
            while len(known) >= most:
                del known[next(iter(known))]
        known[key] = found
        return found

    def in_turn(self, wanted: Sequence[Spoken], heard: Sequence[bool]) -> tuple[Spoken, ...]:
        """What is ``wanted`` of texts, of which no more than one that is ``heard`` has to be encoded anew: in place of
        further ones stands what was there before."""
        return self._turns.of(wanted, heard)

    def _knows(self, spoken: Spoken) -> bool:
        text, loras = spoken
        return (text[:LONGEST], loras) in (self._turned if loras else self._known)

    def negative(self, text: str, loras: tuple[float, ...] = ()) -> Encoded:
        """``text`` to be led away from; where the model was taught so, nothing at all is silence."""
        found = self.encoded(text, loras)
        if text or not self._silent or found.pooled is None:
            return found
        return Encoded(torch.zeros_like(found.tokens), torch.zeros_like(found.pooled))

    def mixed(self, spoken: Sequence[Spoken], weights: Sequence[float], *, arc: bool = False) -> Encoded:
        """Texts in a mixture of any weights, along lines or, with ``arc``, along great circles; those of weight 0 are
        not even encoded."""
        parts = [(self.encoded(*each), weight) for each, weight in zip(spoken, weights, strict=True) if weight]
        if not parts:
            nothing = self.encoded("")
            pooled = None if nothing.pooled is None else torch.zeros_like(nothing.pooled)
            return Encoded(torch.zeros_like(nothing.tokens), pooled)
        mix = round_ if arc else straight
        heard = [weight for _, weight in parts]
        known = [each.pooled for each, _ in parts if each.pooled is not None]
        return Encoded(mix([each.tokens for each, _ in parts], heard), mix(known, heard) if known else None)

    def _encode(self, text: str, weights: tuple[float, ...]) -> Encoded:
        self.calls += 1
        self.parked.fetch(now_ns() * 1e-9)
        for loras in self._loras:
            loras.begin(weights)
        both = [self._heard(index, text) for index in range(len(self._encoders))]
        if len(both) == 1:
            return Encoded(both[0].last_hidden_state)
        tokens = torch.cat([each.hidden_states[-2] for each in both], -1)
        return Encoded(tokens, both[-1].text_embeds)

    def _heard(self, index: int, text: str) -> Any:
        encoder, cut = self._encoders[index], self._tokenizers[index]
        most = int(encoder.config.max_position_embeddings)
        numbers = cut(text, padding="max_length", max_length=most, truncation=True, return_tensors="pt").input_ids
        return encoder(numbers.to(self._device), output_hidden_states=len(self._encoders) > 1)
