"""The families of networks whose checkpoints can be played, each in a module of its own."""

from __future__ import annotations

from latentjockey.models.families.biggan import BigGan
from latentjockey.models.families.dcgan import Dcgan
from latentjockey.models.families.family import Family
from latentjockey.models.families.onnx import Onnx
from latentjockey.models.families.stylegan2 import StyleGan2
from latentjockey.models.families.stylegan3 import StyleGan3

FAMILIES: tuple[Family, ...] = (Onnx(), StyleGan2(), StyleGan3(), BigGan(), Dcgan())
"""In the order in which they are asked; the first that knows a checkpoint has it."""
