"""Banks and the shift layer: which page of its bindings a device plays now. Any thread.

A map names its banks; the first is the one of the start. Bindings are told apart by the page on which they play: those
of one bank, those while shift is held or while it is not, those of every page. What turns pages is bound like anything
else, to these addresses, which are the device's own and no controls of the instrument:

=========================  ===========================================================================
``/midi/bank/next``        a press goes to the next bank, after the last to the first
``/midi/bank/previous``    the same backwards
``/midi/bank/NAME``        a press goes to the bank of that name
``/midi/shift``            shift is held while it is down (as ``toggle``: each press holds or lets go)
=========================  ===========================================================================
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

OWN = "/midi/"
BANK = "/midi/bank/"
SHIFT = "/midi/shift"
NEXT, PREVIOUS = BANK + "next", BANK + "previous"
MOST_BANKS = 64


def turns_page(address: str) -> bool:
    """Whether an address is one of the device's own, and no control of the instrument."""
    return address.startswith(BANK) or address == SHIFT


def why_no_bank(name: str) -> str:
    """Why a bank cannot be called so; empty when it can."""
    if not name or "/" in name or len(name) > 40:
        return f"a bank's name has 1 to 40 letters and no slash, unlike {name[:60]!r}"
    return f"no bank can be called {name}" if BANK + name in (NEXT, PREVIOUS) else ""


@dataclass(frozen=True, slots=True)
class Page:
    """The bank of now, empty where a map has none, and whether shift is held."""

    bank: str = ""
    shift: bool = False

    def shows(self, bank: str | None, shift: bool | None) -> bool:
        """Whether a binding for ``bank`` and ``shift`` plays now; ``None`` is any."""
        return bank in (None, self.bank) and shift in (None, self.shift)


class Pages:
    """The page that one device is on. Any thread may turn it; ``now`` is exchanged whole."""

    def __init__(self, banks: tuple[str, ...] = ()) -> None:
        self._lock = threading.Lock()
        self.banks = banks
        self.now = Page(banks[0] if banks else "")

    def use(self, banks: tuple[str, ...]) -> None:
        """Other banks; the one of now stays if it is among them."""
        if banks == self.banks:
            return
        with self._lock:
            self.banks = banks
            self.now = replace(self.now, bank=self.now.bank if self.now.bank in banks else banks[0] if banks else "")

    def turn_to(self, address: str) -> None:
        """Go where a bank's address leads; nowhere for a bank that is none."""
        with self._lock:
            if not self.banks:
                return
            at = self.banks.index(self.now.bank)
            if address == NEXT:
                name = self.banks[(at + 1) % len(self.banks)]
            elif address == PREVIOUS:
                name = self.banks[at - 1]
            else:
                name = address.removeprefix(BANK)
            if name in self.banks:
                self.now = replace(self.now, bank=name)

    def hold_shift(self, *, held: bool) -> None:
        """Shift goes down or up."""
        with self._lock:
            self.now = replace(self.now, shift=held)

    def value(self, address: str) -> float | None:
        """What a light shows of the device itself: 1 for the bank of now and for shift held, else 0.

        ``None`` for a bank that is none, and for what is no state.
        """
        if address == SHIFT:
            return float(self.now.shift)
        name = address.removeprefix(BANK)
        return float(name == self.now.bank) if address.startswith(BANK) and name in self.banks else None
