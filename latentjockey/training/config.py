"""What a training run is to do, as data: the plan. Pure, no torch; kept in every checkpoint as a plain object."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

AUGMENTS = ("auto", "none", "light", "strong")
STYLE, DIFFUSION = "style", "diffusion"
KINDS = (STYLE, DIFFUSION)
"""What can be trained: a style network, or a latent diffusion."""
DEFAULT_MINUTES = 120.0
_SMALLEST, _SMALLEST_STAGE = 16, 64


@dataclass(frozen=True, slots=True)
class Stage:
    """One size in pixels, and the share of the budget that is spent on it."""

    size: int
    share: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that determines a run. Two runs of one plan on one machine see the same pictures in the same order.

    ``data`` is a folder, a packed file or the name of a recipe. The budget is ``minutes`` of training or ``images``
    seen; both are counted since the first start, whichever ends first. ``stages`` grow the picture. ``kl`` is the
    weight of the latents' information; ``adversarial_from`` the share of the budget after which the critic joins,
    ``adversarial`` how strong its gradient at the pixels may be beside that of the reconstruction, ``gamma`` the
    strength of its gradient penalty, taken each ``penalty_every`` steps. ``samples`` is how many pictures drawn from
    the class prior go with each reconstruction before the critic, ``mixed`` the share of those between two classes,
    ``recover`` the weight of finding their latents again. ``ema_images`` is the half-life of the averaged weights,
    in pictures. ``start`` is the model's file to begin with, and ``frozen`` the share of the budget in which its
    network is held still while what teaches it is learned anew. ``batch`` pictures make a step, of all processes
    together. ``pool`` pictures of a recipe are held, and one is replaced each ``turnover`` pictures seen.

    ``kind`` is one of :data:`KINDS`. A latent diffusion learns from the latents of no more than ``pool`` pictures;
    ``breadth`` and ``depth`` are those of its transformer, ``steps`` the fewest in which it learns to draw (0: it
    learns from pictures alone), ``guidance`` how far it is led beyond its classes while it learns that.
    """

    name: str
    data: str
    title: str = ""
    size: int = 128
    stages: tuple[Stage, ...] = (Stage(128, 1.0),)
    batch: int = 24
    seed: int = 0
    minutes: float | None = DEFAULT_MINUTES
    images: int | None = None
    z_dim: int = 96
    w_dim: int = 192
    channel_base: int = 3072
    channel_max: int = 256
    width: int = 64
    noise: bool = True
    rate: float = 8e-4
    kl: float = 2.5e-5
    adversarial_from: float = 0.2
    adversarial: float = 0.6
    gamma: float = 0.25
    penalty_every: int = 4
    samples: float = 0.5
    mixed: float = 0.0
    recover: float = 0.02
    warm_up: int = 6000
    ema_images: float = 5000.0
    augment: str = "auto"
    flip: bool = True
    pool: int = 12_000
    turnover: int = 16
    save_minutes: float = 5.0
    sheet_minutes: float = 5.0
    without: tuple[str, ...] = ()
    start: str = ""
    frozen: float = 0.12
    author: str = ""
    licence: str = ""
    consent: str = ""
    kind: str = STYLE
    breadth: int = 224
    depth: int = 7
    steps: int = 2
    guidance: float = 2.0

    def __post_init__(self) -> None:
        if not self.stages or self.stages[-1].size != self.size:
            raise ValueError("the last stage is of the size that is wanted")
        if any(a.size >= b.size for a, b in zip(self.stages, self.stages[1:], strict=False)):
            raise ValueError("stages grow")
        if any(s.size < _SMALLEST or s.size & (s.size - 1) for s in self.stages):
            raise ValueError(f"pictures are {_SMALLEST}, 32, 64, 128, 256, … px wide")
        if any(not math.isfinite(s.share) or s.share <= 0 for s in self.stages):
            raise ValueError("each stage has a share above 0")
        if self.batch < 1 or self.penalty_every < 1 or self.pool < 1 or self.turnover < 1:
            raise ValueError("batch, penalty_every, pool and turnover are 1 at least")
        if not (self.minutes or self.images) or (self.images or 0) < 0:
            raise ValueError("training wants a budget: --minutes or --images above 0")
        if self.augment not in AUGMENTS:
            raise ValueError(f"there is no augmentation {self.augment!r}")
        if self.kind not in KINDS:
            raise ValueError(f"there is no kind of model {self.kind!r}")
        if self.breadth < 1 or self.depth < 1 or self.steps < 0:
            raise ValueError("breadth and depth are 1 at least, steps 0")

    def to_json(self) -> dict[str, Any]:
        """A plain object of all fields."""
        return {
            **asdict(self),
            "stages": [[stage.size, stage.share] for stage in self.stages],
            "without": list(self.without),
        }


def plan_from_json(given: dict[str, Any]) -> Plan:
    """What :meth:`Plan.to_json` gave, also of a newer version: fields that are not known are passed over."""
    known = {f.name for f in fields(Plan)}
    values = {name: value for name, value in given.items() if name in known}
    values["stages"] = tuple(Stage(int(size), float(share)) for size, share in values["stages"])
    values["without"] = tuple(values.get("without", ()))
    return Plan(**values)


def stages_to(size: int, shares: tuple[float, ...] = ()) -> tuple[Stage, ...]:
    """Stages that double from 64 px to ``size``. The default gives half of the budget to the last and halves of the
    rest downwards; ``shares`` are for the last sizes, one each."""
    sizes = [size]
    while sizes[0] > _SMALLEST_STAGE:
        sizes.insert(0, sizes[0] // 2)
    if shares:
        if len(shares) > len(sizes):
            raise ValueError(f"there are {len(sizes)} sizes up to {size} px, and {len(shares)} shares")
        sizes = sizes[-len(shares) :]
        return tuple(Stage(s, share) for s, share in zip(sizes, shares, strict=True))
    portions = [0.5 ** max(1, len(sizes) - i) for i in range(len(sizes))]
    return tuple(Stage(s, portion / sum(portions)) for s, portion in zip(sizes, portions, strict=True))


def stages_from(first: int, size: int) -> tuple[Stage, ...]:
    """Stages that double from ``first`` px to ``size``, of equal shares."""
    sizes = [first]
    while sizes[-1] < size:
        sizes.append(sizes[-1] * 2)
    return tuple(Stage(s, 1.0) for s in sizes)
