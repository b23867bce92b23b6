"""What a hand does to the network itself, step by step, and takes back without a trace. Engine process, one thread.

All of it is hooks, which are there only while something differs from neutral: else the network is called as it was
loaded, in whatever form is fastest. While they are there it is called operation by operation, because a recording of it
would keep the numbers of the moment at which it was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from latentjockey.generators.diffusion.breaking import Breaking
from latentjockey.generators.diffusion.fast import first_of
from latentjockey.generators.diffusion.gains import Gains
from latentjockey.generators.diffusion.lora import Loras
from latentjockey.generators.diffusion.networks import Network, Wanted
from latentjockey.models.lora_file import LoraFile
from latentjockey.models.lora_fit import fits_network, layers_in


class Altered:
    """What is done to ``network``, whose config is this, whose ``blocks`` are called so, with the LoRA files ``loras``
    beside it."""

    def __init__(
        self, network: nn.Module, config: Mapping[str, Any], blocks: Sequence[str], loras: Sequence[LoraFile]
    ) -> None:
        self._plain = first_of(network)
        self.gains = Gains(network, blocks)
        self.breaking = Breaking(network)
        self.keep = True
        """Whether what is made now is heard by the next picture; not of small pictures between two."""
        layers = layers_in(config)
        self.loras = Loras(network, loras, lambda lora, shapes: fits_network(lora, shapes, layers))

    @property
    def active(self) -> bool:
        """Whether the network is another now than it was loaded."""
        return self.loras.active or self.gains.active or self.breaking.active

    def predicted(self, net: Network, heard: Tensor, times: Sequence[float], wanted: Wanted) -> Tensor:
        """:meth:`Network.predict` of the network as ``wanted`` says it shall be."""
        self.loras.begin(wanted.loras)
        self.gains.begin(wanted.gains)
        self.breaking.begin(wanted.breaks, wanted.at, times, keep=self.keep)
        if not self.active:
            return net.predict(heard, times, wanted)
        usual, net.call = net.call, self._plain
        try:
            return net.predict(heard, times, wanted)
        finally:
            net.call = usual

    def close(self) -> None:
        """Leave the network as it was."""
        self.loras.close()
        self.gains.close()
        self.breaking.close()
