"""A run's states on disk: one container each, whole or not at all, the newest two kept. Never pickle.

A state is all tensors of the run under plain names, and one JSON object of counters and the plan. Names that a version
does not know are passed over, those that it misses stay as they were made: states outlive changes of the trainer.
"""

from __future__ import annotations

import contextlib
import errno
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from latentjockey.base.diagnostics import StageError
from latentjockey.models.container import ContainerError, read_header, read_tensor, write

FORMAT = 1
_KEY = "latentjockey-training"
_PATTERN = "state-*.safetensors"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFullError(StageError):
    """Nothing more can be written; what was written before is whole."""


@dataclass(frozen=True, slots=True)
class State:
    """What was read: tensors by name, on the CPU, and the plain object beside them."""

    path: Path
    tensors: dict[str, Tensor]
    about: dict[str, Any]


def save(folder: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any], images: int, keep: int = 2) -> Path:
    """Write a state made after ``images`` pictures, then forget all but the newest ``keep``. Returns its path.

    Raises DiskFullError, with what can be done, and OSError for anything else that the file system says.
    """
    path = folder / f"state-{images:012d}.safetensors"
    arrays = {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in tensors.items()}
    with no_room(folder):
        write(path, arrays, {_KEY: json.dumps({"format": FORMAT, **about}, ensure_ascii=False)})
    for old in states(folder)[keep:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return path


def states(folder: Path) -> list[Path]:
    """All states in a run's folder, newest first."""
    return sorted(folder.glob(_PATTERN), reverse=True)


def load(path: Path) -> State:
    """Read a state. Raises ContainerError when it is none, or of a format that this version cannot read."""
    infos, metadata = read_header(path)
    try:
        about = json.loads(metadata[_KEY])
        form = int(about["format"])
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise ContainerError(f"{path.name} is no state of a training run.") from error
    if form > FORMAT:
        raise ContainerError(f"{path.name} was written by a newer latentjockey: train with that one.")
    return State(path, {name: torch.from_numpy(read_tensor(path, info)) for name, info in infos.items()}, about)


def newest(folder: Path) -> State | None:
    """The newest state that can be read, or None where there is none. Raises ContainerError when none can be read."""
    failure: ContainerError | None = None
    for path in states(folder):
        try:
            return load(path)
        except ContainerError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return None


@contextlib.contextmanager
def no_room(folder: Path) -> Any:
    """Within this, a disk that is full is told as one."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFullError(
            f"There is no room left for the training in {folder}: make some and go on with --resume; "
            "the last state that was saved is whole."
        ) from error


# -- tensors of modules and optimisers ---------------------------------------------------------------------------------


def of_module(prefix: str, module: nn.Module) -> dict[str, Tensor]:
    """A module's tensors under ``prefix``."""
    return {f"{prefix}.{name}": tensor for name, tensor in module.state_dict().items()}


def into_module(prefix: str, module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Give a module those of its tensors that are there and of its shape."""
    mine = module.state_dict()
    found = {n: tensors[k] for n in mine if (k := f"{prefix}.{n}") in tensors and tensors[k].shape == mine[n].shape}
    module.load_state_dict(found, strict=False)


def of_optimiser(prefix: str, optimiser: torch.optim.Optimizer, names: Mapping[nn.Parameter, str]) -> dict[str, Tensor]:
    """An optimiser's moments, by the names of its parameters."""
    found: dict[str, Tensor] = {}
    for parameter in names:
        values = optimiser.state.get(parameter, {})
        for key, value in values.items():
            if isinstance(value, Tensor):
                found[f"{prefix}.{names[parameter]}.{key}"] = value
    return found


def into_optimiser(
    prefix: str, optimiser: torch.optim.Optimizer, names: Mapping[nn.Parameter, str], tensors: Mapping[str, Tensor]
) -> None:
    """The reverse of :func:`of_optimiser`; parameters without moments begin with none."""
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            start = f"{prefix}.{names[parameter]}."
            moments = {key: tensors[start + key] for key in ("step", "exp_avg", "exp_avg_sq") if start + key in tensors}
            if len(moments) == 3 and moments["exp_avg"].shape == parameter.shape:
                step = moments.pop("step").clone()
                # in the parameter's own memory order: fused steps walk both side by side
                optimiser.state[parameter] = {
                    "step": step if parameter.device.type == "cpu" else step.to(parameter.device),
                    **{key: torch.empty_like(parameter).copy_(value) for key, value in moments.items()},
                }
