"""How the layers of a DCGAN-like generator hang together, found from the names and shapes of its tensors. numpy only.

A state dict tells the shape of each weight, and no more. What is certain is taken from it: the order in which channels
fit, which of two ways a convolution goes (its norm or bias is as long as its outputs), how large a first map is, and,
in networks that are numbered in a row, how many modules without numbers lie between two that have some. Strides and
paddings are those that such networks have, the likeliest first; where the picture's size is told, the likeliest that
give it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from numpy.typing import NDArray

from latentjockey.models.dcgan_shape import CONV, LARGEST_SIDE, LINEAR, MOST_STAGES, TRANSPOSED
from latentjockey.models.families.folding import weight_of

Tensors = Mapping[str, NDArray[Any]]

_LABEL = re.compile(r"emb|label|class", re.IGNORECASE)
_PARTS = re.compile(r"^(?P<module>.*?)\.?(?P<part>(?:parametrizations\.weight\.)?[^.]*(?:\.(?:_u|_v))?)$")
_MOST_MODULES = 4 * MOST_STAGES


class NoChainError(ValueError):
    """Why tensors are no DCGAN-like generator; ``str()`` is the end of a sentence."""


@dataclass(slots=True)
class Module:
    """Tensors of one module, by the last part of their names. ``kind`` is ``conv``, ``linear``, ``norm``, ``slope`` or
    ``label``; ``weight`` is the one that it plays with."""

    name: str
    tensors: dict[str, NDArray[Any]] = field(default_factory=dict)
    kind: str = ""
    weight: Any = None

    @property
    def features(self) -> int:
        """How many channels a norm or a slope is for."""
        return len(self.tensors["running_mean"]) if self.kind == "norm" else int(self.weight.size)


@dataclass(frozen=True, slots=True)
class Link:
    """One matrix or convolution of a chain with what follows it. ``op`` as in :class:`Stage`, ``before`` and ``after``
    are the norms on either side of the activation, ``slope`` a learned one; ``gap`` is how many modules without
    numbers lie before it, −1 where that cannot be told."""

    module: Module
    op: str
    inputs: int
    outputs: int
    side: int = 1
    before: tuple[Module, ...] = ()
    after: tuple[Module, ...] = ()
    slope: Module | None = None
    gap: int = -1

    @property
    def kernel(self) -> int:
        return int(self.module.weight.shape[-1]) if self.op != LINEAR else 1


@dataclass(frozen=True, slots=True)
class Step:
    """How a convolution steps over its map, and how unlikely that is: 0 for what nearly all networks do."""

    stride: int
    padding: int
    extra: int = 0
    grow: int = 1
    cost: int = 0


def modules_of(tensors: Tensors) -> list[Module]:
    """The modules in the order of the tensors. Raises NoChainError for one that no such network has."""
    found: dict[str, Module] = {}
    for key, value in tensors.items():
        match = _PARTS.match(key.removeprefix("module."))
        if match is None or match["part"] == "num_batches_tracked":
            continue
        found.setdefault(match["module"], Module(match["module"])).tensors[match["part"]] = value
    if not 2 <= len(found) <= _MOST_MODULES:
        raise NoChainError(f"it has {len(found)} parts with numbers")
    for module in found.values():
        _classify(module)
    return list(found.values())


def _classify(module: Module) -> None:
    if "running_mean" in module.tensors and "running_var" in module.tensors:
        wanted = {t.shape for key, t in module.tensors.items()}
        if len(wanted) != 1 or len(next(iter(wanted))) != 1:
            raise NoChainError(f"the statistics of {module.name[:60]!r} are no channels")
        module.kind = "norm"
        return
    module.weight = weight_of(module.tensors, module.name)
    shape: tuple[int, ...] = () if module.weight is None else module.weight.shape
    bias = module.tensors.get("bias")
    if len(shape) == 4 and shape[2] == shape[3]:
        module.kind = "conv"
    elif len(shape) == 2:
        module.kind = "label" if bias is None and _LABEL.search(module.name) else "linear"
    elif len(shape) == 1 and bias is None:
        module.kind = "slope"
    elif len(shape) == 1:
        raise NoChainError(f"{module.name[:60]!r} takes its statistics from each picture, which is not played here")
    else:
        raise NoChainError(f"{module.name[:60]!r} is no layer of such a network")


def chain(modules: Sequence[Module]) -> tuple[list[Link], Module | None]:
    """The links from the latent to the picture, and the embedding of labels where there is one.

    Raises NoChainError, with what was wrong in the order of the file, where no order of the modules fits.
    """
    labels = [module for module in modules if module.kind == "label"]
    if len(labels) > 1:
        raise NoChainError("it has several embeddings of labels")
    rest = [module for module in modules if module.kind != "label"]
    first: NoChainError | None = None
    for order in _orders(rest):
        try:
            return _linked(order), labels[0] if labels else None
        except NoChainError as error:
            first = first or error
    raise first or NoChainError("it has no layers")


def _orders(modules: Sequence[Module]) -> Iterator[list[Module]]:
    """As they stand in the file; by name with numbers counted; by their numbers, a norm after its layer."""
    yield list(modules)
    yield sorted(modules, key=lambda m: _natural(m.name))
    yield sorted(modules, key=lambda m: (_number(m.name), m.kind == "norm", m.kind == "slope"))
    yield sorted(modules, key=lambda m: (m.kind != "linear", _number(m.name), m.kind == "norm", m.kind == "slope"))


def _natural(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d{1,9})", name) if part]


def _number(name: str) -> int:
    found = re.findall(r"\d{1,9}", name)
    return int(found[-1]) if found else 1 << 30


def _linked(order: Sequence[Module]) -> list[Link]:
    links: list[Link] = []
    previous: Module | None = None
    for place, module in enumerate(order):
        gap = _gap(previous, module)
        if module.kind in ("conv", "linear"):
            links.append(_link(links, module, order[place + 1 :], gap))
        elif not links:
            raise NoChainError("it begins with a norm, before any layer")
        else:
            links[-1] = _followed(links[-1], module, gap)
        previous = module
    _check_ends(links)
    return links


def _gap(before: Module | None, module: Module) -> int:
    """How many modules lie between two of one numbered row."""
    if before is None:
        return -1
    (above, _, here), (beside, _, there) = before.name.rpartition("."), module.name.rpartition(".")
    if above != beside or not here.isdigit() or not there.isdigit() or len(here + there) > 12:
        return -1
    return int(there) - int(here) - 1


def _link(links: Sequence[Link], module: Module, rest: Sequence[Module], gap: int) -> Link:
    a, b = module.weight.shape[:2]
    if not links:
        if module.kind == "linear":
            return Link(module, LINEAR, b, a, gap=gap)
        if _fits(module, b, rest):
            return Link(module, TRANSPOSED, a, b, gap=gap)
        raise NoChainError("it does not begin with a latent")
    last = links[-1]
    if module.kind == "linear":
        if last.op != LINEAR or last.outputs != b:
            raise NoChainError(f"{module.name[:60]!r} does not hear what comes before it")
        return Link(module, LINEAR, b, a, gap=gap)
    ways = [(TRANSPOSED, a, b), (CONV, b, a)]
    if module.weight.shape[-1] % 2:  # an odd kernel is an ordinary convolution where both would fit
        ways.reverse()
    for op, inputs, outputs in ways:
        if _hears(last, inputs) and _fits(module, outputs, rest):
            return Link(module, op, inputs, outputs, gap=gap)
    raise NoChainError(f"{module.name[:60]!r} does not hear what comes before it")


def _fits(module: Module, outputs: int, rest: Sequence[Module]) -> bool:
    """Whether so many outputs are as many as its bias and the norm after it have."""
    bias = module.tensors.get("bias")
    if bias is not None and bias.shape != (outputs,):
        return False
    return not rest or rest[0].kind != "norm" or rest[0].features == outputs


def _hears(last: Link, inputs: int) -> bool:
    if last.op != LINEAR:
        return last.outputs == inputs
    norms = [norm.features for norm in (*last.before, *last.after)]
    return _side(last.outputs, inputs) > 0 and all(n in (inputs, last.outputs) for n in norms)


def _side(numbers: int, channels: int) -> int:
    """The side of the square map that so many numbers make with so many channels, 0 where they make none."""
    side = math.isqrt(numbers // channels) if channels else 0
    return side if side * side * channels == numbers else 0


def _followed(link: Link, module: Module, gap: int) -> Link:
    fits = module.features == link.outputs or (link.op == LINEAR and _side(link.outputs, module.features) > 0)
    if module.kind == "slope":
        if module.features not in (1, link.outputs) or link.slope is not None:
            raise NoChainError(f"{module.name[:60]!r} fits no layer")
        return replace(link, slope=module)
    if not fits or module.features < 1:
        raise NoChainError(f"the norm {module.name[:60]!r} fits no layer")
    # a module without numbers between a layer and its norm is its activation; after a matrix it only makes a map of it
    if link.slope is not None or (gap > 0 and link.op != LINEAR):
        return replace(link, after=(*link.after, module))
    return replace(link, before=(*link.before, module))


def _check_ends(links: list[Link]) -> None:
    if len(links) < 2 or links[-1].op == LINEAR:
        raise NoChainError("it does not end in a picture")
    if links[-1].outputs not in (1, 3, 4):
        raise NoChainError(f"it ends in {links[-1].outputs} channels, which are no picture")
    for i, link in enumerate(links[:-1]):
        if link.op == LINEAR and links[i + 1].op != LINEAR:
            channels = links[i + 1].inputs
            links[i] = replace(link, outputs=channels, side=math.isqrt(link.outputs // channels))


# -- how they step ----------------------------------------------------------------------------------------------------


def steps_of(
    links: Sequence[Link], size: int = 0, strides: Sequence[int] = (), paddings: Sequence[int] = ()
) -> list[Step]:
    """For each link how it steps: the likeliest of all, or of those that give a picture of ``size`` px. ``strides`` and
    ``paddings`` are those of the convolutions, where somebody knows them.

    Raises NoChainError where nothing likely gives the size.
    """
    best: dict[int, tuple[int, list[Step]]] = {1: (0, [])}
    place = 0
    for i, link in enumerate(links):
        if link.op == LINEAR:
            cost, steps = min(best.values(), key=lambda found: found[0])
            best = {link.side: (cost, [*steps, Step(1, 0)])}
            continue
        known = (_at(strides, place), _at(paddings, place))
        place += 1
        best = _grown(best, partial(_likely, links, i, *known), link)
    fitting = {side: found for side, found in best.items() if not size or side == size}
    if not fitting:
        raise NoChainError(f"no strides and paddings that are likely give a picture of {size} px")
    return min(fitting.values(), key=lambda found: found[0])[1]


def _grown(
    best: Mapping[int, tuple[int, list[Step]]], likely: Callable[[int], list[Step]], link: Link
) -> dict[int, tuple[int, list[Step]]]:
    grown: dict[int, tuple[int, list[Step]]] = {}
    for side, (cost, steps) in best.items():
        for step in likely(side):
            made = leaves(link, step, side)
            total = cost + step.cost
            if 1 <= made <= LARGEST_SIDE and (made not in grown or total < grown[made][0]):
                grown[made] = (total, [*steps, step])
    if not grown:
        raise NoChainError(f"{link.module.name[:60]!r} would leave no map, or one too large")
    return grown


def leaves(link: Link, step: Step, side: int) -> int:
    """The side of the map that a convolution makes of one of ``side``."""
    if link.op == TRANSPOSED:
        return (side - 1) * step.stride - 2 * step.padding + link.kernel + step.extra
    return (side * step.grow + 2 * step.padding - link.kernel) // step.stride + 1


def _likely(links: Sequence[Link], place: int, stride: int | None, padding: int | None, side: int) -> list[Step]:
    link, k = links[place], links[place].kernel
    if link.op == CONV:
        steps = _conv_steps(links, place)
    elif side == 1 and place == 0:
        steps = [Step(1, 0), *(Step(1, p, cost=2 + p) for p in range(1, (k + 1) // 2))]
    else:
        steps = _transposed_steps(k)
    steps = [s for s in steps if stride in (None, s.stride) and padding in (None, s.padding)]
    if steps:
        return steps
    return [Step(stride or 1, padding if padding is not None else (k - 1) // 2)]


def _transposed_steps(k: int) -> list[Step]:
    if k % 2 == 0:
        return [
            Step(2, (k - 2) // 2),
            Step(1, (k - 2) // 2, cost=3),
            Step(2, 0, cost=4),
            Step(1, 0, cost=4),
            *([Step(4, (k - 4) // 2, cost=5)] if k >= 4 else []),
        ]
    half = (k - 1) // 2
    if k == 1:
        return [Step(1, 0)]
    return [
        Step(2, half, 1),
        Step(1, half, cost=1),
        Step(2, half, cost=2),
        Step(2, 0, cost=3),
        Step(1, 0, cost=4),
    ]


def _conv_steps(links: Sequence[Link], place: int) -> list[Step]:
    """An ordinary convolution keeps its map's size; what may lie before it is a doubling. Where the row is numbered,
    two modules without numbers before it are an activation and a doubling, and a single one after a matrix, or after
    its norm, is a doubling."""
    link, last = links[place], links[place - 1]
    half = (link.kernel - 1) // 2
    if link.gap >= 0:
        doubles = link.gap >= (1 if last.op == LINEAR and last.before else 2)
    else:
        doubles = place < len(links) - 1 and link.kernel > 1
    if any(other.op == TRANSPOSED for other in links[1:]):
        doubles = False
    return [
        Step(1, half, grow=2 if doubles else 1),
        Step(1, half, grow=1 if doubles else 2, cost=3),
        Step(1, 0, cost=5),
    ]


def _at(values: Sequence[int], place: int) -> int | None:
    return values[place] if place < len(values) else None
