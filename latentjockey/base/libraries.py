"""Large libraries, mapped into memory before they are imported, so that importing them keeps nobody waiting.

Python holds its one lock while the system loads an extension module. A video library with its relocations takes 30 to
100 ms of that, longer where it has to come from the disk: as long a surface stands still. A call through ctypes gives
the lock away (docs.python.org, ctypes: "CDLL … releases the GIL before calling"); what is mapped then, the import
finds mapped.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
from pathlib import Path


@functools.cache
def map_libraries(package: str) -> int:
    """Map the extension modules of a package that is about to be imported, and all that they need. Not for the
    surface's own thread: it waits for the disk. Once a process; where the system has no dlopen(3), or nothing of that
    name is installed, it does nothing, and importing says what is missing. Returns how many were mapped."""
    if not hasattr(os, "RTLD_NOW"):
        return 0
    spec = importlib.util.find_spec(package)
    if spec is None:
        return 0
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    files = [file for folder in folders for file in sorted(folder.rglob("*.so"))]
    return sum(dlopen(os.fsencode(file), os.RTLD_NOW) is not None for file in files)
