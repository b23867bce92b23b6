"""Texts as a text-to-image network hears them, encoded when they change and never else. Engine process, one thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentjockey.base.clock import now_ns
from latentjockey.generators.diffusion.blend import round_, straight
from latentjockey.generators.diffusion.parking import Parked
from latentjockey.generators.diffusion.parts import network, tokenizer
from latentjockey.models.diffusion_folder import DiffusionFolder

_KEPT = 128
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
        names = [name for name in ("text_encoder", "text_encoder_2") if name in held.parts]
        self._encoders: list[Any] = [network(folder, held.parts[name], device, dtype) for name in names]
        self._tokenizers = [
            tokenizer(folder, held.parts[name.replace("text_encoder", "tokenizer")], held.parts[name]) for name in names
        ]
        self._silent = bool(held.words.get("force_zeros_for_empty_prompt", False)) and len(names) > 1
        self.parked = Parked(self._encoders, device, now_ns() * 1e-9)
        self._known: dict[str, Encoded] = {}
        self.calls = 0
        """How often a text was encoded."""

    def encoded(self, text: str) -> Encoded:
        """``text`` as the network hears it; from memory where it was encoded before."""
        text = text[:LONGEST]
        found = self._known.pop(text, None)
        if found is None:
            found = self._encode(text)
            while len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
        self._known[text] = found
        return found

    def in_turn(self, texts: Sequence[str], weights: Sequence[float], before: Sequence[str]) -> tuple[str, ...]:
        """``texts``, of which only one that is heard will have to be encoded anew: in place of further ones those that
        stood there ``before``. So that many new texts at once, as of a preset, cost many pictures a little."""
        made, new = [], 0
        for index, (text, weight) in enumerate(zip(texts, weights, strict=True)):
            new += bool(weight) and not self._knows(text)
            waits = new > 1 and bool(weight) and not self._knows(text) and index < len(before)
            made.append(before[index] if waits and self._knows(before[index]) else text)
        return tuple(made)

    def _knows(self, text: str) -> bool:
        return text[:LONGEST] in self._known

    def negative(self, text: str) -> Encoded:
        """``text`` to be led away from; where the model was taught so, nothing at all is silence."""
        found = self.encoded(text)
        if text or not self._silent or found.pooled is None:
            return found
        return Encoded(torch.zeros_like(found.tokens), torch.zeros_like(found.pooled))

    def mixed(self, texts: Sequence[str], weights: Sequence[float], *, arc: bool = False) -> Encoded:
        """Texts in a mixture of any weights, along lines or, with ``arc``, along great circles; those of weight 0 are
        not even encoded."""
        parts = [(self.encoded(text), weight) for text, weight in zip(texts, weights, strict=True) if weight]
        if not parts:
            nothing = self.encoded("")
            pooled = None if nothing.pooled is None else torch.zeros_like(nothing.pooled)
            return Encoded(torch.zeros_like(nothing.tokens), pooled)
        mix = round_ if arc else straight
        heard = [weight for _, weight in parts]
        known = [each.pooled for each, _ in parts if each.pooled is not None]
        return Encoded(mix([each.tokens for each, _ in parts], heard), mix(known, heard) if known else None)

    def _encode(self, text: str) -> Encoded:
        self.calls += 1
        self.parked.fetch(now_ns() * 1e-9)
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
