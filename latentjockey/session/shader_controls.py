"""From the header of a shader to the controls of its inputs. Pure, any thread."""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.control.catalogue_fx import segments
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.frames.chain import ChainInput, ChainProgram
from latentjockey.session.shader_files import ShaderText
from latentjockey.stage.isf.header import Header, Input, parse

_THE_PICTURE = "inputImage"
"""The picture that the chain hands on. It has no control: where it comes from is what the chain is."""


@dataclass(frozen=True, slots=True)
class Shader:
    """A shader that was read: its files and what its header says. ``inputs`` are those that have a control, each with
    the end of its address."""

    text: ShaderText
    header: Header
    inputs: tuple[tuple[str, Input], ...]

    def controls(self, slot: int) -> tuple[ControlSpec, ...]:
        """The controls of its inputs in slot 1..8."""
        return tuple(_control(f"/fx/{slot}/{segment}", item, self.text.name) for segment, item in self.inputs)

    def program(self, slot: int) -> ChainProgram:
        """What the effects process gets for slot 1..8."""
        inputs = tuple(ChainInput(i.name, s, i.kind, i.values) for s, i in self.inputs)
        folder = str(self.text.path.parent)
        return ChainProgram(slot, self.text.name, self.text.source, self.text.vertex, folder, inputs)


def read(text: ShaderText) -> Shader:
    """What a shader's header says. Raises ShaderError, with the line where that is known."""
    header = parse(text.source)
    played = [item for item in header.inputs if _played(item)]
    return Shader(text, header, tuple(zip(segments(item.name for item in played), played, strict=True)))


def _played(item: Input) -> bool:
    """Whether an input has a control: sound comes by itself, and the picture to work on from the chain."""
    return item.kind not in ("audio", "audioFFT") and not (item.kind == "image" and item.name == _THE_PICTURE)


def _control(address: str, item: Input, shader: str) -> ControlSpec:
    label = " ".join(item.label.split())[:60]
    said = f"{item.name} of {shader}"[:120]
    match item.kind:
        case "bool":
            return ControlSpec(address, Kind.BOOL, bool(item.default), label=label, help=said, local=True)
        case "event":
            return ControlSpec(address, Kind.TRIGGER, label=label, help=said, local=True, saved=False)
        case "image":
            text = f"{said}: empty is the stage's picture, else the path of an image file"
            return ControlSpec(address, Kind.TEXT, "", label=label, help=text, local=True)
        case "long" if item.values:
            most = max(1.0, len(item.values) - 1.0)
            return ControlSpec(
                address, Kind.CHOICE, _chosen(item), 0.0, most, label=label, help=said, choices=_words(item),
                local=True, modulatable=True,
            )  # fmt: skip
        case _:
            return _numeric(address, item, label, said)


def _numeric(address: str, item: Input, label: str, said: str) -> ControlSpec:
    """A number, a colour or a point: what has a nominal range. Of a point, the one that holds both axes."""
    kind = Kind.INT if item.kind == "long" else Kind.VECTOR if isinstance(item.default, tuple) else Kind.FLOAT
    return ControlSpec(
        address,
        kind,
        item.default,
        min(item.lo) if isinstance(item.lo, tuple) else item.lo,
        max(item.hi) if isinstance(item.hi, tuple) else item.hi,
        label=label,
        help=said,
        size=len(item.default) if isinstance(item.default, tuple) else 1,
        local=True,
        modulatable=True,
    )


def _words(item: Input) -> tuple[str, ...]:
    """What the choices are called; a word that stands twice says which value it is."""
    labels = [label.strip() or str(value) for label, value in zip(item.labels, item.values, strict=True)]
    twice = {label for label in labels if labels.count(label) > 1}
    return tuple(f"{w} ({v})" if w in twice else w for w, v in zip(labels, item.values, strict=True))


def _chosen(item: Input) -> int:
    """Which of the choices it begins with."""
    return item.values.index(item.default) if item.default in item.values else 0
