"""The shape of a model: what the show process must know to offer its controls."""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.control.names import DECKS
from latentjockey.control.spec import ControlSpec
from latentjockey.models.card import ModelCard


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """``z_dim`` wide positions become ``num_ws`` layer latents of ``w_dim``; ``bands`` are the ends (exclusive) of the
    coarse and middle layers, the rest being fine. ``mix`` says how two layer latents are crossfaded: ``slerp`` for
    spaces like z, ``lerp`` for w; the last ``straight`` numbers of each, weights of classes, go straight in either
    case. ``w_avg`` free spaces have their mean at zero. ``controls`` stand under ``/gen``. ``directions`` is how many
    it knows, by visible effect. ``classes`` are the names of what it was taught to tell apart, in the order of its
    class vector; empty where it knows no classes. ``direction_labels`` say what a step along each direction changes,
    empty where that has no word; none at all where no direction has one; with ``layer_directions`` they are steps of
    layer latents, and not of z; ``faint_directions`` hardly show. ``noise`` is the shape (C, h, w) of z where that is
    the noise that a picture begins with. ``file`` tells one state of its file from the next, see
    :func:`latentjockey.models.library.stamp`; built-in models have none. ``pair`` are the models of deck A and
    deck B where they play two, see :mod:`latentjockey.models.pair`. ``begins`` says whether its pictures can begin
    with one from outside. ``unheard`` are sentences about what lies beside it and is not, or not wholly, played.
    """

    name: str
    card: ModelCard
    z_dim: int
    num_ws: int
    w_dim: int
    bands: tuple[int, int]
    mix: str = "slerp"
    straight: int = 0
    size: tuple[int, int] = (256, 256)
    controls: tuple[ControlSpec, ...] = ()
    directions: int = 0
    classes: tuple[str, ...] = ()
    direction_labels: tuple[str, ...] = ()
    layer_directions: bool = False
    faint_directions: tuple[int, ...] = ()
    file: tuple[int, int, int] | None = None
    pair: tuple[ModelSpec, ...] = ()
    noise: tuple[int, ...] = ()
    begins: bool = False
    unheard: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """How many layer latents a picture has, and how wide they are: of both models of a pair, the widest of them."""
        models = self.pair or (self,)
        return sum(model.num_ws for model in models), max(model.w_dim for model in models)

    def of(self, deck: str) -> ModelSpec:
        """The model that deck ``a`` or ``b`` plays."""
        return self.pair[DECKS.index(deck)] if self.pair else self
