"""The models that an engine has at hand: loaded, warmed, and kept while others play. Main thread of the engine.

A model is resident in one state of its file. What plays is never given up; what else is kept gives way, least recently
used first, when it is more than was allowed or when memory runs out.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from latentjockey.base.diagnostics import StageError, logger
from latentjockey.base.platform import allocated_bytes, give_freed_memory_back, shared_memory_free
from latentjockey.engine.memory import device_bytes, device_free, give_back, out_of_memory
from latentjockey.engine.warming import Costs, warm_up
from latentjockey.generators.protocol import Generator
from latentjockey.generators.registry import played
from latentjockey.models import library
from latentjockey.models.library import Entry, Stamp

Size = tuple[int, int]
SHARE = 8
"""Where nobody said how much, models may be kept in this part of the memory that was free: two engines each do."""
_LOG = logger("bank")


class NoRoomError(StageError):
    """A model for which there is no memory."""


@runtime_checkable
class Settling(Protocol):
    """A generator that has something to do while nobody waits for its pictures: to be compiled, say."""

    def settle(self, *, begin: bool) -> bool:
        """Do a little of it, and start what takes long only where ``begin`` says so. Whether it goes on by itself."""
        ...


@dataclass(slots=True, eq=False)
class Resident:
    """A model at hand. ``stamp`` is the state of its file, ``size`` the picture it was last warmed for, ``bytes`` what
    it takes, measured, and no less than its file."""

    name: str
    stamp: Stamp
    generator: Generator
    size: Size
    costs: Costs
    bytes: int


class Bank:
    """``make`` gives a generator by name, ``find`` what the library knows of one, ``warm`` draws its first pictures,
    ``counted`` tells the bytes that are in use and ``free`` those that are not, ``None`` where that is unknown;
    ``freed`` is called when some are."""

    def __init__(
        self,
        make: Callable[[str], Generator] = played,
        find: Callable[[str], Entry | None] = library.find,
        warm: Callable[[Generator, int, int], Costs] = warm_up,
        counted: Callable[[], int] | None = None,
        free: Callable[[], int | None] | None = None,
        freed: Callable[[], None] | None = None,
    ) -> None:
        self._make = make
        self._find = find
        self._warm = warm
        self._counted = counted or _in_use
        self._free = free or _free
        self._freed = freed or _give_back
        self._residents: dict[str, Resident] = {}  # the least recently used come first
        self._playing: frozenset[str] = frozenset()
        self._wished: tuple[str, ...] = ()
        self._hopeless: dict[str, str] = {}
        self._asked_budget = 0
        self._share: int | None = None

    # -- what plays ---------------------------------------------------------------------------------------------------

    def play(self, names: Sequence[str], size: Size, *, anew: bool = False) -> tuple[Resident, ...]:
        """The models of these names, in their order, ready for pictures of ``size``; from now on they are what plays.
        What is resident is had at once, unless its file has changed or ``anew`` asks for what lies there now.

        Raises StageError, in one sentence, where one cannot be played; NoRoomError where there is no memory for it.
        Before and after, what was at hand stays so, as far as there is memory.
        """
        before, self._playing = self._playing, frozenset(names)
        try:
            return tuple(self._had(name, size, anew=anew) for name in dict.fromkeys(names))
        except BaseException:
            self._playing = before
            raise
        finally:
            self._give_up_what_exceeds()

    def _had(self, name: str, size: Size, *, anew: bool) -> Resident:
        known = self._residents.get(name)
        if known is None or anew or not self._current(known):
            made = self._loaded(name, size)
            self._forget([name])  # not before: it plays on where the new one cannot
            known = made
        elif known.size != size:
            known.costs, known.size = self._warm(known.generator, *size), size
        self._residents.pop(name, None)
        self._residents[name] = known
        return known

    def _current(self, known: Resident) -> bool:
        """Whether it may be played as it is: its file is the one it was loaded from, and no directions were found for
        it since, or it is gone."""
        found = self._find(known.name)
        if found is None or found.spec is None:
            return True
        return found.spec.file == known.stamp and found.spec.directions == known.generator.spec.directions

    # -- what is kept -------------------------------------------------------------------------------------------------

    def keep(self, names: Iterable[str], budget: int) -> None:
        """Have these at hand as well, the most wanted first, within ``budget`` bytes for all; 0 is a share of what is
        free."""
        self._wished, self._asked_budget = tuple(dict.fromkeys(names)), budget
        self._hopeless.clear()
        self._give_up_what_exceeds()

    @property
    def missing(self) -> str:
        """The next one to fetch; empty where there is none."""
        for name in self._wished:
            known = self._residents.get(name)
            if name not in self._hopeless and (known is None or not self._current(known)):
                return name
        return ""

    def fetch(self, size: Size) -> str:
        """Load the next of those that are to be at hand. Waits for it. Returns why it cannot be, in a sentence, or
        nothing."""
        name = self.missing
        if not name:
            return ""
        try:
            if not self._make_room(name, self._least(name)):
                raise NoRoomError(f"{name} is not kept ready: the bank's {_mib(self.budget)} are full.")
            made = self._loaded(name, size, drop=False)
        except StageError as error:
            self._hopeless[name] = str(error)
            return str(error)
        self._forget([name])
        self._residents = {name: made, **self._residents}  # it was not used yet
        if self.bytes > self.budget and not self._make_room(name, 0):
            self._forget([name])
            why = f"{name} is not kept ready: it takes {_mib(made.bytes)} of the bank's {_mib(self.budget)}."
            self._hopeless[name] = why
            return why
        return ""

    def settle(self) -> bool:
        """Let those at hand that do not play do what they do while nobody waits for them, one after another. Whether
        one is at it."""
        for name in (*self._wished, *self._playing):
            known = self._residents.get(name)
            if known is None or not isinstance(known.generator, Settling):
                continue
            before = known.generator.device
            busy = known.generator.settle(begin=name not in self._playing)
            if known.generator.device != before and not busy:
                known.costs = self._warm(known.generator, *known.size)
            if busy:
                return True
        return False

    @property
    def residents(self) -> tuple[Resident, ...]:
        """Those at hand, the least recently used first."""
        return tuple(self._residents.values())

    @property
    def bytes(self) -> int:
        return sum(resident.bytes for resident in self._residents.values())

    @property
    def budget(self) -> int:
        """Bytes that all models at hand may take; what plays may take more."""
        if self._asked_budget:
            return self._asked_budget
        if self._share is None:
            free = self._free()
            self._share = self.bytes + (free // SHARE if free is not None else 1 << 30)
        return self._share

    def close(self) -> None:
        """Free all of them."""
        self._playing = frozenset()
        self._forget(list(self._residents))

    # -- memory -------------------------------------------------------------------------------------------------------

    def _loaded(self, name: str, size: Size, *, drop: bool = True) -> Resident:
        """A model, loaded now and warmed. Where memory runs out, all that does not play is given up for it, if it may
        be dropped."""
        made = self._tried(name, size)
        if made is None:
            self._freed()  # what was begun lies in the trace of the error until it is gone
        if made is None and drop:
            self._forget([each for each in self._residents if each not in self._playing])
            made = self._tried(name, size)
        if made is None:
            raise NoRoomError(
                f"There is not enough memory to have {name} ready beside what plays; close something, or choose a "
                "smaller model."
            )
        return made

    def _tried(self, name: str, size: Size) -> Resident | None:
        """The same, or ``None`` where memory ran out."""
        try:
            return self._measured(name, size)
        except (MemoryError, RuntimeError, ImportError, OSError) as error:
            if not out_of_memory(error):
                raise
            _LOG.warning("no memory for %s: %s", name, error)
        return None

    def _measured(self, name: str, size: Size) -> Resident:
        file = self._file_bytes(name)
        free = self._free()
        if free is not None and file > free:
            raise MemoryError(f"its file has {_mib(file)}, and {_mib(free)} are free")
        before = self._counted()
        generator = self._made(name)
        try:
            costs = self._warm(generator, *size)
        except BaseException:
            generator.close()
            raise
        return Resident(name, generator.spec.file, generator, size, costs, max(file, self._counted() - before))

    def _made(self, name: str) -> Generator:
        """The generator, made of one state of its file: one that changed while it was read is read again."""
        before = self._stamp(name)
        try:
            generator = self._make(name)
        except StageError:
            if self._stamp(name) == before:
                raise
            generator = self._make(name)
        if self._stamp(name) in (generator.spec.file, None):
            return generator
        generator.close()
        generator = self._make(name)
        if self._stamp(name) in (generator.spec.file, None):
            return generator
        generator.close()
        raise StageError(f"{name} was written to while it was loaded; choose it again when it is whole.")

    def _stamp(self, name: str) -> Stamp:
        found = self._find(name)
        return None if found is None or found.spec is None else found.spec.file

    def _file_bytes(self, name: str) -> int:
        found = self._find(name)
        return 0 if found is None else found.bytes

    def _least(self, name: str) -> int:
        """How much it takes at least."""
        known = self._residents.get(name)
        return 0 if known is not None else self._file_bytes(name)

    def _give_up_what_exceeds(self) -> None:
        self._make_room("", 0)

    def _make_room(self, name: str, need: int) -> bool:
        """Give up what is wanted less than ``name`` until ``need`` more bytes fit. Whether they do."""
        while self.bytes + need > self.budget:
            victim = self._least_wanted(name)
            if victim is None:
                return False
            self._forget([victim])
        return True

    def _least_wanted(self, name: str) -> str | None:
        """Who goes first: the least recently used of those that nobody wished for, then the last of the wishes, but
        none before ``name`` in them."""
        others = [each for each in self._residents if each not in self._playing and each != name]
        for each in others:
            if each not in self._wished:
                return each
        later = self._wished[self._wished.index(name) + 1 :] if name in self._wished else self._wished
        return next((each for each in reversed(later) if each in others), None)

    def _forget(self, names: Iterable[str]) -> None:
        gone = [self._residents.pop(name) for name in names if name in self._residents]
        if not gone:
            return
        for resident in gone:
            resident.generator.close()
        gone.clear()
        self._freed()


def _in_use() -> int:
    gc.collect()
    return (allocated_bytes() or 0) + device_bytes()


def _free() -> int | None:
    on_device = device_free()
    return shared_memory_free() if on_device is None else on_device


def _give_back() -> None:
    gc.collect()
    give_back()
    give_freed_memory_back()


def _mib(count: int) -> str:
    return f"{count / 2**20:.0f} MiB"
