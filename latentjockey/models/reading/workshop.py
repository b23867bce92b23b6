"""What a pickle is made with: names that are known, what they make, and the rules for keys and states. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from latentjockey.models.reading.limits import Account, damaged
from latentjockey.models.reading.plain import RefusedError, TfNetwork

_WIDEST_KEY = 1 << 63
_LONGEST_KEY = 1 << 12


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A name that a pickle may use. ``make`` gets the arguments and gives data; without it the name is only a word,
    such as a type."""

    module: str
    name: str
    make: Callable[[Workshop, tuple[Any, ...]], Any] | None = None


class Unfinished(ABC):
    """What a pickle makes first and gives its contents later. Each kind says in ``build`` what it takes."""

    __slots__ = ()

    @abstractmethod
    def build(self, account: Account, state: Any) -> None:
        """Take the contents. Raises RefusedError."""


@dataclass(slots=True, eq=False)
class Workshop:
    """What makers may use: the account of this reading, and how a stream of torch within this one is read."""

    account: Account
    known: Callable[[str, str], Known]
    inner: Callable[[memoryview, Workshop], Any]


def key(value: Any) -> Any:
    """``value`` when it can be a key: equal keys are found by short, flat comparisons only."""
    kind = type(value)
    if kind is str or kind is bool or value is None or kind is float or (kind is bytes and len(value) <= _LONGEST_KEY):
        return value
    if kind is int and -_WIDEST_KEY <= value < _WIDEST_KEY:
        return value
    raise RefusedError("it has a table whose keys are neither words nor numbers; keep the state_dict alone in a file")


def state_of(account: Account, state: Any) -> Any:
    """A state as ``__reduce_ex__`` gives it: a table, or a pair of tables of which one may be missing."""
    if type(state) is tuple and len(state) == 2 and all(part is None or type(part) is dict for part in state):
        account.operate(sum(len(part or ()) for part in state))
        return {**(state[0] or {}), **(state[1] or {})}
    if state is not None and type(state) is not dict:
        raise odd("gives an object a state that is no table")
    return state


def fill_network(account: Account, network: TfNetwork, state: Any) -> None:
    """Give ``network`` the fields of ``dnnlib.tflib.network.Network`` that are data. Raises RefusedError."""
    state = state or {}
    version, static, parts = state.get("version"), state.get("static_kwargs"), state.get("components") or {}
    if type(version) is not int or type(static) is not dict or type(parts) is not dict:
        raise damaged("a network has no version or no settings")
    variables = state.get("variables")
    if type(variables) not in (list, tuple) or not all(
        type(pair) in (tuple, list) and len(pair) == 2 and type(pair[0]) is str for pair in variables
    ):
        raise damaged("a network has no variables")
    if not all(type(part) is TfNetwork and part is not network for part in parts.values()):
        raise damaged("a part of a network is none")
    account.operate(len(variables))
    network.version, network.static_kwargs, network.components = version, static, parts
    network.variables = {pair[0]: pair[1] for pair in variables}
    network.name, network.build = _word(state.get("name")), _word(state.get("build_func_name"))


def _word(value: Any) -> str:
    return value[:200] if type(value) is str else ""


def odd(what: str) -> RefusedError:
    """The refusal of a pickle that does ``what``."""
    return RefusedError(f"it {what}, as no model does; nothing of it was run, and it is better not loaded anywhere")
