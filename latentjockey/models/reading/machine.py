"""Our own pickle machine: it can make plain values, and what :mod:`latentjockey.models.reading.allowed` makes. Pure.

A pickle is a program for a machine with a stack. Python's own machine imports and calls whatever the program names;
this one has no way to import, and calls nothing but the makers of a table that is written down here, which make data.
Every operation is written out; one that is not is refused. Protocols 0 to 5, as the documentation of ``pickletools``
describes them. Nothing is sized by a number of the file before it was compared with what is left of the file.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

from latentjockey.models.reading.limits import damaged
from latentjockey.models.reading.plain import Persistent, RefusedError, TfNetwork, Thing
from latentjockey.models.reading.tape import Tape
from latentjockey.models.reading.workshop import Known, Unfinished, Workshop, fill_network, key, odd, state_of

_INTEGER = re.compile(rb"[+-]?[0-9]{1,400}L?\Z")
_WIDEST_INTEGER = 128
"""Bytes of an integer; torch's magic number has 10."""
_LONGEST_NAME = 512
_STOP = 0x2E


class Machine:
    """Runs one pickle, of ``data`` from ``place`` on; ``place`` is then where it ended.

    ``persistent`` gives what a persistent id stands for; without it such ids are refused.
    """

    def __init__(
        self,
        data: memoryview,
        workshop: Workshop,
        persistent: Callable[[Any], Any] | None = None,
        place: int = 0,
    ) -> None:
        self._tape = Tape(data, place, workshop.account)
        self._workshop = workshop
        self._account = workshop.account
        self._persistent = persistent
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    @property
    def place(self) -> int:
        """Where it is: after :meth:`run`, where the pickle ended."""
        return self._tape.place

    def run(self) -> Any:
        """The value that the pickle makes. Raises RefusedError."""
        next_code, operate, operations = self._tape.code, self._account.operate, _OPERATIONS
        while (code := next_code()) != _STOP:
            operation = operations[code]
            if operation is None:
                raise _refused_operation(code)
            operate()
            operation(self)
        value = self._pop()
        if self._stack or self._marks:
            raise damaged("more was made than is used")
        return value

    # -- the stack -----------------------------------------------------------------------------------------------------

    def _pop(self) -> Any:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise damaged("it uses what it has not made")
        return self._stack.pop()

    def _top(self) -> Any:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise damaged("it uses what it has not made")
        return self._stack[-1]

    def _since_mark(self) -> list[Any]:
        if not self._marks:
            raise damaged("it uses what it has not made")
        mark = self._marks.pop()
        items = self._stack[mark:]
        del self._stack[mark:]
        return items

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    # -- operations: numbers and texts ---------------------------------------------------------------------------------

    def _proto(self) -> None:
        if self._tape.number(1) > 5:
            raise RefusedError("it is a pickle of a newer protocol than 5; write it with an older one")

    def _frame(self) -> None:
        if self._tape.number(8) > self._tape.left:
            raise damaged("it ends in the middle")

    def _int(self) -> None:
        line = self._tape.line(_LONGEST_NAME)
        self._push({b"00": False, b"01": True}.get(line) if line in (b"00", b"01") else _integer(line))

    def _long(self) -> None:
        self._push(_integer(self._tape.line(_LONGEST_NAME)))

    def _binint(self) -> None:
        self._push(int.from_bytes(self._tape.take(4), "little", signed=True))

    def _binint1(self) -> None:
        self._push(self._tape.number(1))

    def _binint2(self) -> None:
        self._push(self._tape.number(2))

    def _long1(self) -> None:
        self._wide(self._tape.number(1))

    def _long4(self) -> None:
        self._wide(self._tape.number(4))

    def _wide(self, size: int) -> None:
        if size > _WIDEST_INTEGER:
            raise damaged("a number is too long")
        self._push(int.from_bytes(self._tape.take(size), "little", signed=True))

    def _float(self) -> None:
        try:
            self._push(float(self._tape.line(_LONGEST_NAME)))
        except ValueError as error:
            raise damaged("a number is none") from error

    def _binfloat(self) -> None:
        self._push(struct.unpack(">d", self._tape.take(8))[0])

    def _string(self) -> None:
        line = self._tape.line().rstrip(b"\r")
        if len(line) < 2 or line[:1] not in (b"'", b'"') or line[-1:] != line[:1]:
            raise damaged("a text is none")
        self._account.make(len(line))
        if b"\\" in line:
            raise RefusedError("it is a pickle of Python 2 in its first protocol; write it with protocol 2")
        self._push(str(line[1:-1], "latin-1"))

    def _unicode(self) -> None:
        line = self._tape.line()
        self._account.make(len(line))
        try:
            self._push(str(line, "raw-unicode-escape"))
        except UnicodeDecodeError as error:
            raise damaged("a text is none") from error

    # -- operations: lists and tables ----------------------------------------------------------------------------------

    def _append(self) -> None:
        value = self._pop()
        self._list().append(value)

    def _appends(self) -> None:
        values = self._since_mark()
        self._list().extend(values)

    def _list(self) -> list[Any]:
        target = self._top()
        if type(target) is not list:
            raise odd("puts things into what is no list")
        return target

    def _setitem(self) -> None:
        value = self._pop()
        word = key(self._pop())
        self._table()[word] = value

    def _setitems(self) -> None:
        items = self._since_mark()
        self._fill(self._table(), items)

    def _dict(self) -> None:
        items = self._since_mark()
        table: dict[Any, Any] = {}
        self._fill(table, items)
        self._push(table)

    def _fill(self, table: dict[Any, Any], items: list[Any]) -> None:
        if len(items) % 2:
            raise damaged("a table has a key without a value")
        self._account.operate(len(items) // 2)
        for i in range(0, len(items), 2):
            table[key(items[i])] = items[i + 1]

    def _table(self) -> dict[Any, Any]:
        target = self._top()
        if type(target) is not dict:
            raise odd("puts things into what is no table")
        return target

    def _additems(self) -> None:
        items = self._since_mark()
        target = self._top()
        if type(target) is not set:
            raise odd("puts things into what is no set")
        target.update(map(key, items))

    def _some_tuple(self, count: int) -> None:
        items = [self._pop() for _ in range(count)]
        self._push(tuple(reversed(items)))

    # -- operations: the memo ------------------------------------------------------------------------------------------

    def _recall(self, index: int) -> None:
        if index not in self._memo:
            raise damaged("it uses what it has not made")
        self._push(self._memo[index])

    def _keep(self, index: int) -> None:
        if index < 0:
            raise damaged("it keeps a thing nowhere")
        self._memo[index] = self._top()

    def _memoize(self) -> None:
        self._keep(len(self._memo))

    # -- operations: names and what they make --------------------------------------------------------------------------

    def _global(self) -> None:
        module, name = self._tape.line(_LONGEST_NAME), self._tape.line(_LONGEST_NAME)
        try:
            self._push(self._workshop.known(str(module, "utf-8"), str(name, "utf-8")))
        except UnicodeDecodeError as error:
            raise damaged("a name is none") from error

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        if type(module) is not str or type(name) is not str or max(len(module), len(name)) > _LONGEST_NAME:
            raise odd("names something by what is no name")
        self._push(self._workshop.known(module, name))

    def _reduce(self) -> None:
        arguments, known = self._pop(), self._pop()
        self._push(self._made(known, arguments))

    def _newobj_ex(self) -> None:
        named, arguments, known = self._pop(), self._pop(), self._pop()
        if type(named) is not dict or named:
            raise odd("makes an object with named arguments")
        self._push(self._made(known, arguments))

    def _made(self, known: Any, arguments: Any) -> Any:
        if type(known) is not Known or type(arguments) is not tuple:
            raise odd("calls what cannot be called")
        if known.make is None:
            raise odd(f"calls {known.module}.{known.name}")
        return known.make(self._workshop, arguments)

    def _build(self) -> None:
        state = self._pop()
        target = self._top()
        kind = type(target)
        if isinstance(target, Unfinished):
            target.build(self._account, state)
        elif kind is Thing:
            target.state = state_of(self._account, state)
        elif kind is TfNetwork:
            fill_network(self._account, target, state_of(self._account, state))
        elif state is None or (kind is dict and type(state) is dict):
            return  # an OrderedDict's attributes, such as the versions that torch notes there, are not data
        elif kind is Persistent and type(state) is dict:
            self._account.operate(len(state))
            target.state.update(state)
        else:
            raise odd("gives a state to what has none")

    def _binpersid(self) -> None:
        self._identify(self._pop())

    def _persid(self) -> None:
        self._identify(str(self._tape.line(_LONGEST_NAME), "latin-1"))

    def _identify(self, name: Any) -> None:
        if self._persistent is None:
            raise odd("asks for things outside of it by a persistent id")
        self._push(self._persistent(name))


def _integer(line: bytes) -> int:
    if not _INTEGER.match(line):
        raise damaged("a number is none")
    return int(line.rstrip(b"L"))


def _refused_operation(code: int) -> RefusedError:
    named = {0x69: "INST", 0x6F: "OBJ", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x97: "NEXT_BUFFER"}.get(code)
    if named is None:
        return damaged(f"there is no operation {code:#04x}")
    return odd(f"uses the pickle operation {named}")


def _drop_since_mark(machine: Machine) -> None:
    machine._since_mark()


def _pop_one(machine: Machine) -> None:
    if machine._marks and machine._marks[-1] == len(machine._stack):
        machine._marks.pop()
    else:
        machine._pop()


_OPERATIONS: list[Callable[[Machine], None] | None] = [None] * 256
_TABLE: dict[int, Callable[[Machine], None]] = {
    0x28: lambda m: m._marks.append(len(m._stack)),  # MARK
    0x30: _pop_one,  # POP
    0x31: _drop_since_mark,  # POP_MARK
    0x32: lambda m: m._push(m._top()),  # DUP
    0x80: Machine._proto,
    0x95: Machine._frame,
    # numbers and words
    0x4E: lambda m: m._push(None),  # NONE
    0x88: lambda m: m._push(True),  # NEWTRUE
    0x89: lambda m: m._push(False),  # NEWFALSE
    0x49: Machine._int,
    0x4A: Machine._binint,
    0x4B: Machine._binint1,
    0x4D: Machine._binint2,
    0x4C: Machine._long,
    0x8A: Machine._long1,
    0x8B: Machine._long4,
    0x46: Machine._float,
    0x47: Machine._binfloat,
    # texts
    0x53: Machine._string,
    0x54: lambda m: m._push(m._tape.latin(m._tape.number(4))),  # BINSTRING
    0x55: lambda m: m._push(m._tape.latin(m._tape.number(1))),  # SHORT_BINSTRING
    0x56: Machine._unicode,
    0x58: lambda m: m._push(m._tape.text(m._tape.number(4))),  # BINUNICODE
    0x8C: lambda m: m._push(m._tape.text(m._tape.number(1))),  # SHORT_BINUNICODE
    0x8D: lambda m: m._push(m._tape.text(m._tape.number(8))),  # BINUNICODE8
    0x42: lambda m: m._push(m._tape.raw(m._tape.number(4))),  # BINBYTES
    0x43: lambda m: m._push(m._tape.raw(m._tape.number(1))),  # SHORT_BINBYTES
    0x8E: lambda m: m._push(m._tape.raw(m._tape.number(8))),  # BINBYTES8
    0x96: lambda m: m._push(m._tape.raw(m._tape.number(8))),  # BYTEARRAY8, as bytes
    # lists, tuples, tables, sets
    0x5D: lambda m: m._push([]),  # EMPTY_LIST
    0x61: Machine._append,
    0x65: Machine._appends,
    0x6C: lambda m: m._push(m._since_mark()),  # LIST
    0x29: lambda m: m._push(()),  # EMPTY_TUPLE
    0x74: lambda m: m._push(tuple(m._since_mark())),  # TUPLE
    0x85: lambda m: m._some_tuple(1),  # TUPLE1
    0x86: lambda m: m._some_tuple(2),  # TUPLE2
    0x87: lambda m: m._some_tuple(3),  # TUPLE3
    0x7D: lambda m: m._push({}),  # EMPTY_DICT
    0x64: Machine._dict,
    0x73: Machine._setitem,
    0x75: Machine._setitems,
    0x8F: lambda m: m._push(set()),  # EMPTY_SET
    0x90: Machine._additems,
    0x91: lambda m: m._push(set(map(key, m._since_mark()))),  # FROZENSET, as a set
    # the memo
    0x67: lambda m: m._recall(_integer(m._tape.line(_LONGEST_NAME))),  # GET
    0x68: lambda m: m._recall(m._tape.number(1)),  # BINGET
    0x6A: lambda m: m._recall(m._tape.number(4)),  # LONG_BINGET
    0x70: lambda m: m._keep(_integer(m._tape.line(_LONGEST_NAME))),  # PUT
    0x71: lambda m: m._keep(m._tape.number(1)),  # BINPUT
    0x72: lambda m: m._keep(m._tape.number(4)),  # LONG_BINPUT
    0x94: Machine._memoize,
    # names, and what they make
    0x63: Machine._global,
    0x93: Machine._stack_global,
    0x52: Machine._reduce,
    0x81: Machine._reduce,  # NEWOBJ: the same here, for there is no __new__ that could differ
    0x92: Machine._newobj_ex,
    0x62: Machine._build,
    0x50: Machine._persid,
    0x51: Machine._binpersid,
}
for _code, _operation in _TABLE.items():
    _OPERATIONS[_code] = _operation
