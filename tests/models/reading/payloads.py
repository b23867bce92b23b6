"""Files that want to act, or to be believed: each shape of attack, aimed at making one harmless folder.

``LIVE`` are pickles whose folder Python's own machine makes; the test shows that, so that it can fail. The others need
the loader of the program that they pretend to be from, or only try to take memory, time or trust.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import torch

from tests.models.reading import forms

Make = Callable[[str], bytes]


def word(text: str) -> bytes:
    data = text.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def stacked(module: str, attribute: str) -> bytes:
    return word(module) + word(attribute) + b"\x93"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + b"(" + b"".join(arguments) + b"tR"


def whole(body: bytes, protocol: int = 4) -> bytes:
    return bytes([0x80, protocol]) + body + b"."


def _code(where: str) -> bytes:
    return word(f"__import__('os').mkdir({where!r})")


def _mkdir(where: str) -> bytes:
    return call(name("os", "mkdir"), word(where))


def _getattr(of: bytes, attribute: str) -> bytes:
    return call(name("builtins", "getattr"), of, word(attribute))


def _imported() -> bytes:
    return call(name("builtins", "__import__"), word("os"))


LIVE: dict[str, Make] = {
    "reduce": lambda w: whole(_mkdir(w)),
    "reduce without a protocol": lambda w: _mkdir(w) + b".",
    "reduce by a stacked name": lambda w: whole(call(stacked("os", "mkdir"), word(w))),
    "reduce of posix": lambda w: whole(call(name("posix", "mkdir"), word(w))),
    "reduce in a list": lambda w: whole(b"]" + _mkdir(w) + b"a"),
    "reduce in a key": lambda w: whole(b"}" + _mkdir(w) + b"I1\ns"),
    "reduce that is thrown away": lambda w: whole(_mkdir(w) + b"0N"),
    "reduce that is kept and recalled": lambda w: whole(name("os", "mkdir") + b"q\x000h\x00" + word(w) + b"\x85R"),
    "exec": lambda w: whole(call(name("builtins", "exec"), _code(w))),
    "eval": lambda w: whole(call(name("builtins", "eval"), _code(w))),
    "eval of Python 2": lambda w: whole(call(name("__builtin__", "eval"), _code(w)), 2),
    "getattr": lambda w: whole(call(_getattr(stacked("os.path", "os"), "mkdir"), word(w))),
    "import and getattr": lambda w: whole(
        call(_getattr(_imported(), "mkdir"), word(w))
    ),
    "a dotted name": lambda w: whole(call(stacked("os", "path.os.mkdir"), word(w))),
    "a dotted name in a module that is known": lambda w: whole(
        call(stacked("collections", "_sys.modules.get"), word("os")) + b"0" + _mkdir(w)
    ),
    "what a known module imports": lambda w: whole(call(stacked("argparse", "_os.mkdir"), word(w))),
    "INST": lambda w: whole(b"(" + word(w) + b"ios\nmkdir\n"),
    "OBJ": lambda w: whole(b"(" + name("os", "mkdir") + word(w) + b"o"),
    "partial": lambda w: whole(call(call(name("functools", "partial"), name("os", "mkdir"), word(w)))),
    "methodcaller": lambda w: whole(
        call(call(name("operator", "methodcaller"), word("mkdir"), word(w)), _imported())
    ),
    "a name resolved by pkgutil": lambda w: whole(
        call(call(name("pkgutil", "resolve_name"), word("os:mkdir")), word(w))
    ),
    "a method of a known class": lambda w: whole(
        call(stacked("pathlib", "Path.mkdir"), call(name("pathlib", "Path"), word(w)))
    ),
    "a program in a map": lambda w: whole(
        call(name("builtins", "list"), call(name("builtins", "map"), name("os", "mkdir"), b"](" + word(w) + b"e"))
    ),
    "an object of a class with its own maker": lambda w: whole(
        call(name("copyreg", "__newobj__"), name("builtins", "map"), name("os", "mkdir"), b"](" + word(w) + b"e")
        + b"q\x000" + call(name("builtins", "list"), b"h\x00")
    ),
    "NEWOBJ": lambda w: whole(name("builtins", "map") + name("os", "mkdir") + b"](" + word(w) + b"e\x86\x81q\x000"
                              + call(name("builtins", "list"), b"h\x00")),
    "NEWOBJ_EX": lambda w: whole(name("builtins", "map") + name("os", "mkdir") + b"](" + word(w) + b"e\x86}\x92q\x000"
                                 + call(name("builtins", "list"), b"h\x00")),
    "EXT1": lambda w: whole(call(b"\x82\xf1", word(w))),
    "EXT2": lambda w: whole(call(b"\x83\xf1\xf1", word(w))),
    "EXT4": lambda w: whole(call(b"\x84\xf1\xf1\xf1\x01", word(w))),
    "a pickle in a pickle": lambda w: whole(call(name("pickle", "loads"), pickle.dumps(whole(_mkdir(w)), 3)[2:-1])),
    "a number of numpy that is an object": lambda w: whole(
        call(name("numpy.core.multiarray", "scalar"), pickle.dumps(np.dtype("O"), 2)[2:-1], _mkdir(w))
    ),
    "an array of numpy that is objects": lambda w: whole(
        call(name("numpy.core.multiarray", "_reconstruct"), name("numpy", "ndarray"), b"K\x00\x85", b"C\x01b")
        + b"(K\x01K\x01\x85" + pickle.dumps(np.dtype("O"), 2)[2:-1] + b"\x89](" + _mkdir(w) + b"etb"
    ),
    "the stream within a stream, unsafe": lambda w: whole(
        call(name("torch.storage", "_load_from_bytes"), _bytes(forms_stream(_mkdir(w))))
    ),
    "a maker of tensors that is none": lambda w: whole(
        call(name("torch._tensor", "_rebuild_from_type_v2"), name("os", "mkdir"), name("torch", "Tensor"),
             word(w) + b"\x85", b"}")
    ),
    "an object remade": lambda w: whole(
        call(name("copyreg", "_reconstructor"), name("argparse", "Namespace"), name("builtins", "object"), b"N")
        + b"}(" + word("a") + _mkdir(w) + b"ub"
    ),
}  # fmt: skip


def _bytes(data: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(data)) + data


def forms_stream(body: bytes, *, place: int = 3) -> bytes:
    """A stream of torch whose pickle number ``place`` is ``body``."""
    parts = [
        pickle.dumps(0x1950A86A20F9469CFC6C, 2),
        pickle.dumps(1001, 2),
        pickle.dumps({"little_endian": True, "protocol_version": 1001, "type_sizes": {}}, 2),
        pickle.dumps({}, 2),
        pickle.dumps([], 2),
    ]
    parts[place] = whole(body, 2)
    return b"".join(parts)


# -- archives ---------------------------------------------------------------------------------------------------------


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for path, data in files.items():
            made.writestr(zipfile.ZipInfo(path), data, method)
    return file.getvalue()


def _good_root() -> bytes:
    return whole(b"}")


def _flag(data: bytes, offset: int, value: bytes) -> bytes:
    """``data`` with ``value`` at ``offset`` of the first entry of its table of contents."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + value + data[at + len(value) :]


def _end(data: bytes, offset: int, value: bytes) -> bytes:
    at = data.rindex(b"PK\x05\x06") + offset
    return data[:at] + value + data[at + len(value) :]


def _twice(path: str, first: bytes, second: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(path, first)
        made.writestr(path.replace("k", "l"), second)
    return file.getvalue().replace(path.replace("k", "l").encode(), path.encode())


def _overlapping() -> bytes:
    inner = archive({"b": bytes(5000)})
    data = archive({"a/data.pkl": _good_root(), "a/data/0": inner[: inner.index(b"PK\x01\x02")]})
    table, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entry = bytearray(inner[inner.index(b"PK\x01\x02") : inner.rindex(b"PK\x05\x06")])
    entry[42:46] = struct.pack("<I", data.index(inner[:30]))
    listed = data[table:end] + bytes(entry)
    tail = bytearray(data[end:])
    tail[8:10] = tail[10:12] = struct.pack("<H", 3)
    tail[12:16] = struct.pack("<I", len(listed))
    return data[:table] + listed + bytes(tail)


ZIPS: dict[str, Make] = {
    "a program in an archive": lambda w: archive({"a/data.pkl": whole(_mkdir(w)), "a/version": b"3"}),
    "a name that goes up": lambda w: archive({"a/data.pkl": _good_root(), "a/../../evil": b"x"}),
    "a name from the root": lambda w: archive({"a/data.pkl": _good_root(), f"{w}/evil": b"x"}),
    "a name with a drive": lambda w: archive({"a/data.pkl": _good_root(), "C:/evil": b"x"}),
    "a name with a backslash": lambda w: archive({"a/data.pkl": _good_root(), "a/x?y": b""}).replace(b"x?y", b"x\\y"),
    "a name with nothing in it": lambda w: archive({"a/data.pkl": _good_root(), "a/x?y": b""}).replace(b"x?y", b"x\0y"),
    "two files of one name": lambda w: _twice("a/data.pkl", _good_root(), whole(_mkdir(w))),
    "two pickles": lambda w: archive({"a/data.pkl": _good_root(), "b/data.pkl": whole(_mkdir(w))}),
    "locked": lambda w: _flag(archive({"a/data.pkl": _good_root()}), 8, b"\x01\x00"),
    "another name within": lambda w: _flag(archive({"a/data.pkl": _good_root()}), 46, b"b/data.pkl"),
    "an unknown packing": lambda w: _flag(archive({"a/data.pkl": _good_root()}), 10, b"\x0e\x00"),
    "a wrong checksum": lambda w: _flag(archive({"a/data.pkl": _good_root()}), 16, b"\0\0\0\0"),
    "a size that lies": lambda w: _flag(archive({"a/data.pkl": _good_root()}), 20, b"\xff\xff\xff\x00" * 2),
    "an offset that lies": lambda w: _flag(archive({"a/data.pkl": _good_root()}), 42, b"\xf0\xff\xff\x7f"),
    "more entries than there are": lambda w: _end(archive({"a/data.pkl": _good_root()}), 8, b"\xf0\xf0\xf0\xf0"),
    "a table of contents elsewhere": lambda w: _end(archive({"a/data.pkl": _good_root()}), 16, b"\xf0\xf0\xf0\x70"),
    "wide numbers that are missing": lambda w: _flag(archive({"a/data.pkl": _good_root()}), 42, b"\xff\xff\xff\xff"),
    "a bomb": lambda w: archive({"a/data.pkl": _good_root(), "a/data/0": bytes(64 << 20)}, zipfile.ZIP_DEFLATED),
    "a bomb that lies": lambda w: _lying_bomb(),
    "files over each other": lambda w: _overlapping(),
    "several disks": lambda w: _end(archive({"a/data.pkl": _good_root()}), 4, b"\x01\x00"),
    "no end": lambda w: archive({"a/data.pkl": _good_root()})[:-30],
}  # fmt: skip


def _lying_bomb() -> bytes:
    """Two hundred thousand bytes that become 64 MiB, though the archive says that they become as many as they are."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(64 << 20)) + packer.flush()
    data = archive({"a/data.pkl": packed})
    return _flag(_flag(data, 10, b"\x08\x00"), 24, struct.pack("<I", len(packed) + 5))


# -- streams and tar files --------------------------------------------------------------------------------------------


def _early(part: str, where: str) -> bytes:
    parts = {**forms.torch_tar_parts(forms.ARRAYS), part: whole(_mkdir(where), 2)}
    return forms.tar_of(parts)


def _nested(depth: int, body: bytes) -> bytes:
    for _ in range(depth):
        body = call(name("torch.storage", "_load_from_bytes"), _bytes(forms_stream(body)))
    return body


STREAMS: dict[str, Make] = {
    **{f"a program in part {n} of a stream": (lambda w, n=n: forms_stream(_mkdir(w), place=n)) for n in (1, 2, 3, 4)},
    **{f"a program in the {p} of a tar file": (lambda w, p=p: _early(p, w)) for p in ("storages", "tensors", "pickle")},
    "a program in a tar file": lambda w: forms.tar_of({"model.pth": whole(_mkdir(w)) + bytes(2000)}),
    "an archive within a pickle": lambda w: whole(
        call(name("torch.storage", "_load_from_bytes"), _bytes(archive({"a/data.pkl": whole(_mkdir(w))})))
    ),
    "a pickle within a pickle": lambda w: whole(
        call(name("torch.storage", "_load_from_bytes"), _bytes(whole(_mkdir(w))))
    ),
    "streams within streams": lambda w: whole(_nested(9, b"}")),
    "a source that would be run": lambda w: forms.persistent_pickle(f"__import__('os').mkdir({w!r})\n"),
    "a program where the state of a network would be": lambda w: whole(
        call(
            name("torch_utils.persistence", "_reconstruct_persistent_obj"),
            b"}(" + word("type") + word("class") + word("version") + b"K\x06" + word("module_src")
            + word(f"__import__('os').mkdir({w!r})") + word("class_name") + word("X") + word("state") + _mkdir(w)
            + b"u",
        )
    ),
    "a builder of a TensorFlow network": lambda w: whole(
        name("dnnlib.tflib.network", "Network") + b")\x81}(" + word("version") + b"K\x04" + word("static_kwargs") + b"}"
        + word("variables") + b"]" + word("build_module_src") + word(f"__import__('os').mkdir({w!r})")
        + word("build_func_name") + word("f") + b"ub"
    ),
    "a source in a stream": lambda w: forms_stream(
        b"(" + word("module") + name("torch.nn.modules.linear", "Linear") + word("x.py")
        + word(f"__import__('os').mkdir({w!r})") + b"tQ"
    ),
}  # fmt: skip

HARMLESS = frozenset(
    {
        "a source that would be run",
        "a builder of a TensorFlow network",
        "a source in a stream",
    }
)
"""These are read: what they carry is text, and stays text."""


# -- lies and bombs ---------------------------------------------------------------------------------------------------


def _tensor(offset: int, size: tuple[int, ...], stride: tuple[int, ...], held: bytes = b"") -> bytes:
    def row(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(b"L%dL\n" % value for value in values) + b"t"

    storage = held or b"(" + word("storage") + name("torch", "FloatStorage") + word("0") + word("cpu") + b"K\x04tQ"
    return call(
        name("torch._utils", "_rebuild_tensor_v2"), storage, b"L%dL\n" % offset, row(size), row(stride), b"\x89", b"N"
    )


def _lie(offset: int, size: tuple[int, ...], stride: tuple[int, ...], held: bytes = b"") -> bytes:
    root = whole(_tensor(offset, size, stride, held), 2)
    return archive({"a/data.pkl": root, "a/data/0": bytes(16)})


def _laughs() -> bytes:
    body = b"]q\x00"
    for n in range(1, 60):
        body += b"](h" + bytes([n - 1]) + b"h" + bytes([n - 1]) + b"eq" + bytes([n])
    return whole(body + b"\x85" * 1)


LIES: dict[str, Make] = {
    "a tensor beyond its storage": lambda w: _lie(1, (4,), (1,)),
    "a tensor far beyond": lambda w: _lie(1 << 39, (1,), (1,)),
    "a tensor before its storage": lambda w: _lie(-1, (4,), (1,)),
    "steps backwards": lambda w: _lie(3, (4,), (-1,)),
    "steps far beyond": lambda w: _lie(0, (2,), (1 << 39,)),
    "steps that overflow": lambda w: _lie(0, (2, 2), (1 << 62, 1 << 62)),
    "a tensor of one number, repeated without end": lambda w: _lie(0, (1 << 38,), (0,)),
    "sizes whose product overflows": lambda w: _lie(0, (1 << 33, 1 << 33), (0, 0)),
    "an empty tensor with sizes that overflow": lambda w: _lie(0, (0, 1 << 40, 1 << 40), (1, 1, 1)),
    "fewer steps than sizes": lambda w: _lie(0, (2, 2), (1,)),
    "hundreds of sizes": lambda w: _lie(0, (1,) * 300, (1,) * 300),
    "a size that is a word": lambda w: archive(
        {"a/data.pkl": whole(_tensor(0, (1,), (1,)).replace(b"L1L\n", word("1")), 2), "a/data/0": bytes(16)}
    ),
    "a storage that is none": lambda w: _lie(0, (1,), (1,), b"]"),
    "a storage of no type": lambda w: _lie(
        0, (1,), (1,), b"(" + word("storage") + name("torch", "Size") + word("0") + word("cpu") + b"K\x04tQ"
    ),
    "a storage of another size than its bytes": lambda w: _lie(
        0, (1,), (1,), b"(" + word("storage") + name("torch", "FloatStorage") + word("0") + word("cpu") + b"K\x05tQ"
    ),
    "a storage outside of the archive": lambda w: _lie(
        0, (1,), (1,),
        b"(" + word("storage") + name("torch", "FloatStorage") + word("../../x") + word("cpu") + b"K\x04tQ",
    ),
    "a persistent id in a plain pickle": lambda w: whole(b"(" + word("storage") + word(w) + b"tQ"),
    "a persistent id that is text": lambda w: whole(b"P" + w.encode() + b"\n"),
    "an array with fewer bytes": lambda w: _array(b"(K\x01K\x04\x85", "f4", b"C\x03abc"),
    "an array of records": lambda w: pickle.dumps(np.zeros(2, [("a", "f4")]), 2),
    "an array type with a made-up code": lambda w: whole(call(name("numpy", "dtype"), word("O8"), b"\x89", b"\x88")),
    "an array type that is a long list": lambda w: whole(call(name("numpy", "dtype"), word("f4," * 5000))),
    "an array type with fields": lambda w: whole(
        call(name("numpy", "dtype"), word("f4")) + b"(K\x03" + word("<") + b"N" + word("a") + b"\x85}K\x04K\x01K\x00tb"
    ),
    "an array of another class": lambda w: whole(
        call(name("numpy.core.multiarray", "_reconstruct"), name("torch", "Size"), b"K\x00\x85", b"C\x01b")
    ),
    "a codec that unpacks": lambda w: whole(call(name("_codecs", "encode"), word("x" * 99), word("zip"))),
    "lists a hundred thousand deep": lambda w: whole(b"]" * 100_000 + b"a" * 99_999),
    "tuples a hundred thousand deep": lambda w: whole(b")" + b"\x85" * 100_000),
    "a key of tuples a hundred thousand deep": lambda w: whole(b"})" + b"\x85" * 100_000 + b"Ns"),
    "a key that is a list": lambda w: whole(b"}]Ns"),
    "a member that is a table": lambda w: whole(b"\x8f(}\x90"),
    "lists of lists of lists, each twice": lambda w: _laughs(),
    "a list in itself": lambda w: whole(b"]q\x00h\x00a"),
    "a table in itself": lambda w: whole(b"}q\x00K\x01h\x00s"),
    "a number of a million digits": lambda w: whole(b"L" + b"9" * 1_000_000 + b"L\n"),
    "a number of two gigabytes": lambda w: whole(b"\x8b\xff\xff\xff\x7f"),
    "a number of a negative length": lambda w: whole(b"\x8b\xff\xff\xff\xff"),
    "a text of an exabyte": lambda w: whole(b"\x8d" + struct.pack("<Q", 1 << 60)),
    "bytes of an exabyte": lambda w: whole(b"\x8e" + struct.pack("<Q", (1 << 64) - 1)),
    "a frame of an exabyte": lambda w: whole(b"\x95" + struct.pack("<Q", 1 << 60)),
    "a buffer from elsewhere": lambda w: whole(b"\x97", 5),
    "a text that is none": lambda w: whole(b"X\x02\x00\x00\x00\xff\xfe"),
    "an empty stack": lambda w: whole(b""),
    "more taken than put": lambda w: whole(b"(0e"),
    "what was never kept": lambda w: whole(b"h\x07"),
    "kept at a negative place": lambda w: whole(b"Np-1\n"),
    "the stack below a mark": lambda w: whole(b"N(R"),
    "put into a number": lambda w: whole(b"K\x01K\x02a"),
    "a state for a class": lambda w: whole(name("collections", "OrderedDict") + b"}" + word("__init__") + b"Nsb"),
    "a state for a number": lambda w: whole(b"K\x01}b"),
    "a state that is no table": lambda w: whole(name("argparse", "Namespace") + b")\x81K\x01b"),
    "a word that is called": lambda w: whole(call(name("torch", "float32"))),
    "a text that is called": lambda w: whole(call(word("os.mkdir"), word(w))),
    "arguments that are no tuple": lambda w: whole(name("collections", "OrderedDict") + b"]R"),
    "a protocol to come": lambda w: whole(b"N", 6),
    "a network that is none": lambda w: whole(
        call(name("torch_utils.persistence", "_reconstruct_persistent_obj"), word(w))
    ),
    "a network in itself": lambda w: whole(
        name("dnnlib.tflib.network", "Network") + b")\x81q\x00}(" + word("version") + b"K\x04" + word("static_kwargs")
        + b"}" + word("variables") + b"]" + word("components") + b"}" + word("a") + b"h\x00sub"
    ),
}  # fmt: skip


def _array(state: bytes, code: str, raw: bytes) -> bytes:
    kind = pickle.dumps(np.dtype(code), 2)[2:-1]
    made = call(name("numpy.core.multiarray", "_reconstruct"), name("numpy", "ndarray"), b"K\x00\x85", b"C\x01b")
    return whole(made + state + kind + b"\x89" + raw + b"tb")


NAMES = (
    "os.system", "posix.system", "nt.system", "subprocess.Popen", "subprocess.call", "builtins.exec", "builtins.eval",
    "builtins.compile", "builtins.open", "builtins.getattr", "builtins.setattr", "builtins.__import__",
    "builtins.breakpoint", "builtins.globals", "importlib.import_module", "runpy.run_path", "runpy._run_code",
    "code.interact", "pty.spawn", "ctypes.CDLL", "shutil.rmtree", "pip.main", "pip._internal.main", "timeit.timeit",
    "webbrowser.open", "types.CodeType", "types.FunctionType", "functools.partial", "functools.reduce",
    "operator.attrgetter", "operator.methodcaller", "operator.itemgetter", "pkgutil.resolve_name", "pickle.loads",
    "_pickle.loads", "marshal.loads", "shelve.open", "numpy.load", "numpy.fromfile", "numpy.memmap",
    "numpy.testing._private.utils.runstring", "torch.load", "torch.hub.load", "torch.jit.load",
    "torch.serialization.load", "torch.storage.torch.load", "torch._dynamo.guards.GuardBuilder.get",
    "torch.utils.collect_env.run", "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression",
    "torch.nn.modules.module.Module.load_state_dict", "torch.nn.modules.os.system", "torch.nn.modules..linear.Linear",
    "collections.namedtuple", "copyreg.add_extension", "copyreg._extension_registry.get", "logging.config.listen",
    "idlelib.pyshell.ModifiedInterpreter.runcode", "bdb.Bdb.run", "cProfile.run", "doctest.debug_script",
    "ensurepip._run_pip", "asyncio.unix_events._UnixSubprocessTransport._start", "lib2to3.pgen2.grammar.Grammar.loads",
    "uuid._get_command_stdout", "sys.exit", "socket.create_connection", "ssl.get_server_certificate",
    "http.client.HTTPSConnection", "urllib.request.urlopen", "requests.get", "tempfile.mkdtemp", "__main__.Generator",
    "latentjockey.models.reading.reader.read",
)  # fmt: skip
"""Names that pickles have been known to ask for, or could; none is known here."""


def torch_beside() -> bytes:
    """What the attacks pretend to be, whole: the reader reads it."""
    return forms.torch_zip({"a": torch.ones(4)})
