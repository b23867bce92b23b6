"""The kinds of models that files hold, and who knows what the header of each says. Pure, any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from latentjockey.models import biggan_spec, dcgan_spec, onnx_spec, style_spec, stylegan3_spec
from latentjockey.models.container import TensorInfo, read_header
from latentjockey.models.header import said
from latentjockey.models.spec import ModelSpec

Describe: TypeAlias = Callable[[str, Mapping[str, TensorInfo], Mapping[str, str]], tuple[ModelSpec, str]]
"""(id, tensors, metadata) → the spec and the title. Raises ForeignError and BrokenError."""

KINDS: Mapping[str, Describe] = {
    style_spec.KIND: style_spec.style_spec,
    stylegan3_spec.KIND: stylegan3_spec.stylegan3_spec,
    biggan_spec.KIND: biggan_spec.biggan_spec,
    dcgan_spec.KIND: dcgan_spec.dcgan_spec,
    onnx_spec.KIND: onnx_spec.onnx_spec,
}


FAMILIES: Mapping[str, str] = {
    style_spec.KIND: "style network",
    stylegan3_spec.KIND: "StyleGAN3",
    biggan_spec.KIND: "BigGAN-deep",
    dcgan_spec.KIND: "DCGAN",
    onnx_spec.KIND: "ONNX graph",
}
"""What people call the models of a kind, where their file does not say it itself."""
_LONGEST_FAMILY = 24


def family_in(metadata: Mapping[str, str]) -> str:
    """The family of the model in a file of any kind, for people. Raises ForeignError and BrokenError."""
    words = said(metadata, KINDS)
    origin = words.get("from")
    told = origin.get("family") if isinstance(origin, dict) else None
    if isinstance(told, str) and told.strip() and told.isprintable():
        return told.strip()[:_LONGEST_FAMILY]
    return FAMILIES.get(words["kind"], str(words["kind"]))


def spec_in(name: str, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> tuple[ModelSpec, str]:
    """The spec of the model in a file of any kind, under the id ``name``, and its title.

    Raises ForeignError for a file of another program, BrokenError for one whose words do not fit together.
    """
    kind: str = said(metadata, KINDS)["kind"]
    return KINDS[kind](name, tensors, metadata)


def kind_at(path: Path) -> str:
    """The kind of the model in the file at ``path``. Raises ContainerError, ForeignError and BrokenError."""
    kind: str = said(read_header(path)[1], KINDS)["kind"]
    return kind
