"""The command line of ``latentjockey train``. No torch: help is there at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from latentjockey.models.card import CONSENTS
from latentjockey.training.config import AUGMENTS, DIFFUSION, KINDS, Plan, stages_to

_ABOUT = """\
Train a generator on your own pictures, or on a recipe's, and play it while it learns.

DATA is a folder of pictures (its subfolders are classes), a packed data set (.ljdata), or a recipe's name.
The model lands among your own models, newly at every save; docs/training.md begins with a hundred pictures.
"""
_FINE_TUNING: dict[str, Any] = {"batch": 12, "adversarial_from": 0.5}
"""Unless told otherwise: few pictures are copied better in more steps, and well before a critic looks at them."""


def add(parser: argparse.ArgumentParser) -> None:
    """All options of training."""
    parser.description, parser.formatter_class = _ABOUT, argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", nargs="?", metavar="DATA", help="a folder, a packed file, or a recipe")
    parser.add_argument("--out", metavar="NAME", help="the model's name; also that of the run, to resume it")
    parser.add_argument("--resume", nargs="?", const="", metavar="NAME", help="go on where a run was interrupted")
    budget = parser.add_argument_group("how long")
    budget.add_argument("--minutes", type=_number, help="train so long in all (default: 120)")
    budget.add_argument("--images", type=int, help="or until so many pictures were seen")
    shape = parser.add_argument_group("what")
    shape.add_argument("--kind", choices=KINDS, help="a style network, or a latent diffusion (default: style)")
    shape.add_argument("--size", type=int, help="side of the pictures in pixels, a power of two (default: 128)")
    shape.add_argument("--grow", action=argparse.BooleanOptionalAction, default=None, help="begin small (default)")
    shape.add_argument("--shares", type=_shares, metavar="A,B", help="of the budget, for the last sizes (default: 1,1)")
    shape.add_argument("--batch", type=int, help="pictures a step, in each process (default: 24; 12 with --from)")
    shape.add_argument("--seed", type=int, help="the run's seed (default: 0)")
    shape.add_argument("--channels", type=int, help="channels times resolution (default: 3072); more is finer, slower")
    shape.add_argument("--z-dim", type=int, help="size of the latent (default: 96)")
    shape.add_argument("--from", dest="start", metavar="MODEL|FILE", help="begin with a model: fine-tuning")
    data = parser.add_argument_group("the pictures")
    data.add_argument("--without", action="append", metavar="SOURCE", help="leave a source out; may be repeated")
    data.add_argument("--augment", choices=AUGMENTS, help="make few pictures go further (default: auto)")
    data.add_argument("--flip", action=argparse.BooleanOptionalAction, default=None, help="also mirrored (default)")
    data.add_argument("--pool", type=int, help="how many of a recipe's pictures, or latents, are held (default: 12000)")
    card = parser.add_argument_group("the model card")
    card.add_argument("--title", help="the model's name as people read it")
    card.add_argument("--author", help="who made the pictures that no manifest names")
    card.add_argument("--licence", help="under which licence")
    card.add_argument("--consent", choices=CONSENTS[:-1], help="and what they said")
    finer = parser.add_argument_group("finer")
    finer.add_argument("--rate", type=_number, help="learning rate (default: 0.0008)")
    finer.add_argument("--kl", type=_number, help="weight of the latents' information (default: 0.000025)")
    finer.add_argument("--adversarial", type=_number, help="strength of the critic, 0 for none (default: 0.6)")
    finer.add_argument(
        "--adversarial-from", type=_number, help="share of the budget before it joins (default: 0.2; 0.5 with --from)"
    )
    finer.add_argument("--gamma", type=_number, help="how the critic is held back (default: 0.25)")
    finer.add_argument("--samples", type=_number, help="samples before the critic to each picture (default: 0.5)")
    finer.add_argument("--mixed", type=_number, help="share of them between two classes (default: 0)")
    finer.add_argument("--recover", type=_number, help="weight of finding samples' latents again (default: 0.02)")
    few = parser.add_argument_group("of a latent diffusion")
    few.add_argument("--breadth", type=int, help="width of its transformer (default: 224)")
    few.add_argument("--depth", type=int, help="blocks of its transformer (default: 7)")
    few.add_argument("--steps", type=int, help="in how few steps it learns to draw, 0 for as it comes (default: 2)")
    few.add_argument("--guidance", type=_number, help="how far it is led beyond its classes meanwhile (default: 2)")
    here = parser.add_argument_group("this machine")
    here.add_argument("--threads", type=int, help="processors to use (default: all)")
    here.add_argument("--processes", type=int, help="so many share the work on this machine (default: 1)")
    here.add_argument("--device", help="cpu, cuda, cuda:1, mps, xpu (default: the fastest)")
    here.add_argument(
        "--compile", action=argparse.BooleanOptionalAction, help="compile the networks first (default: for long runs)"
    )
    here.add_argument("--save-minutes", type=_number, help="between saves (default: 5)")
    here.add_argument("--sheet-minutes", type=_number, help="between sheets of samples (default: 5)")
    here.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    here.add_argument("--events", action="store_true", help="tell what happens as JSON lines, for other programs")


def plan_of(given: argparse.Namespace, base: Plan | None = None) -> Plan:
    """The plan that was asked for; where it changes one that is under way, ``base`` is that one.

    Raises ValueError.
    """
    values = {
        name: value
        for name, value in vars(given).items()
        if value is not None and name in Plan.__dataclass_fields__ and name not in ("without",)
    }
    if given.channels is not None:
        values["channel_base"] = given.channels
    if given.without is not None:
        values["without"] = tuple(given.without)
    if given.images is not None and given.minutes is None:
        values["minutes"] = None
    if base is not None:
        fixed = ("data", "size", "seed", "z_dim", "channel_base", "start", "kind", "breadth", "depth")
        return Plan(**{**_fields(base), **{k: v for k, v in values.items() if k not in fixed}})
    if given.start:
        values = _FINE_TUNING | values
    size = int(values.get("size", Plan.__dataclass_fields__["size"].default))
    grow = given.grow if given.grow is not None else values.get("kind") != DIFFUSION
    values["stages"] = stages_to(size, given.shares or (() if grow else (1.0,)))
    return Plan(name=given.out, **values)


def _fields(plan: Plan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"a number from 0, not {text!r}")
    return number


def _shares(text: str) -> tuple[float, ...]:
    numbers = tuple(_number(part) for part in text.split(","))
    if not all(numbers):
        raise argparse.ArgumentTypeError(f"numbers above 0, such as 1,1, not {text!r}")
    return numbers
