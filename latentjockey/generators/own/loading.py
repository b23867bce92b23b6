"""Runs the code of a generator that its player trusts, from the bytes whose hash was trusted. Engine process.

The modules of the folder become one package in memory, named by its fingerprint: ``from .colours import mix`` finds
``colours.py`` among these bytes and nowhere else. The folder is never put on Python's path, and no compiled file is
read or written, so nothing of it runs that was not hashed.
"""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import decode_source, spec_from_loader
from types import CodeType, ModuleType, TracebackType

from latentjockey.models.own_files import CODE

_PREFIX = "latentjockey_own_"


class OwnCode:
    """The modules of the folder called ``folder`` as one package: ``sources`` are its files by name."""

    def __init__(self, folder: str, sha256: str, sources: Mapping[str, bytes | bytearray]) -> None:
        self._folder = folder
        self._package = f"{_PREFIX}{sha256[:32]}"
        modules = {name.removesuffix(".py"): bytes(data) for name, data in sources.items() if name.endswith(".py")}
        self._finder = _InMemory(self._package, folder, {n: data for n, data in modules.items() if n.isidentifier()})

    def module(self) -> ModuleType:
        """``generator.py``, run now. Raises whatever it raises."""
        self.forget()
        sys.meta_path.insert(0, self._finder)
        return importlib.import_module(f"{self._package}.{CODE.removesuffix('.py')}")

    def forget(self) -> None:
        """Take its modules out of Python's tables. What was made of them lives on for as long as it is used."""
        sys.meta_path[:] = [each for each in sys.meta_path if getattr(each, "package", None) != self._package]
        for name in [n for n in sys.modules if n == self._package or n.startswith(f"{self._package}.")]:
            del sys.modules[name]

    def line_of(self, trace: TracebackType | None) -> str:
        """Where in the folder's own code something went wrong: ``folder/generator.py, line 12``; else the folder."""
        found = self._folder
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file.startswith(f"{self._folder}/") and file in linecache.cache:
                found = f"{file}, line {trace.tb_lineno},"
            trace = trace.tb_next
        return found


class _InMemory(MetaPathFinder, InspectLoader):
    """Finds and loads the modules of one package in memory."""

    def __init__(self, package: str, folder: str, sources: Mapping[str, bytes]) -> None:
        self.package = package
        self._folder = folder
        self._sources = {f"{package}.{name}": data for name, data in sources.items()}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == self.package:
            return spec_from_loader(fullname, self, origin=self._folder, is_package=True)
        if fullname in self._sources:
            return spec_from_loader(fullname, self, origin=self._file(fullname), is_package=False)
        return None

    def is_package(self, fullname: str) -> bool:
        return fullname == self.package

    def get_source(self, fullname: str) -> str:
        return decode_source(self._sources[fullname]) if fullname in self._sources else ""

    def get_code(self, fullname: str) -> CodeType:
        file = self._file(fullname)
        if fullname in self._sources:
            lines = self.get_source(fullname).splitlines(keepends=True)
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
        return self.source_to_code(self._sources.get(fullname, b""), file)

    def _file(self, fullname: str) -> str:
        return f"{self._folder}/{fullname.rpartition('.')[2]}.py" if fullname != self.package else self._folder
