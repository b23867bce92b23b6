"""Taking withdrawn sources out of a packed file, where the pictures it was made of are not at hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from latentjockey.data.dataset import WITHDRAWN, DataError, without
from latentjockey.data.packed import PackedDataset, PackedWriter


def withdraw(path: Path, names: Collection[str], out: Path) -> int:
    """Copy the packed file at ``path`` to ``out`` (which may be the same) less the pictures of the sources ``names``,
    which stay named there as withdrawn. Returns how many pictures went. Raises DataError, OSError."""
    packed = PackedDataset(path)
    without(packed, names)  # refuses names that are none, and to leave nothing
    leave = {name.casefold() for name in names}
    sources = [replace(s, consent=WITHDRAWN) if s.name.casefold() in leave else s for s in packed.sources]
    gone = [source.consent == WITHDRAWN for source in sources]
    if all(gone[source] for source in packed.source_of):
        raise DataError(f"Nothing would be left of {path.name}: delete it instead.")
    words = {part: packed.part_values.get(part, ()) for part in packed.parts}
    writer = PackedWriter(out, packed.packed_size, packed.classes, sources, words, name=packed.name)
    with writer:
        for index in range(len(packed)):
            source = int(packed.source_of[index])
            if not gone[source]:
                parts = {part: values[index].item() for part, values in packed.parts.items()}
                label = int(packed.labels[index])
                writer.add_encoded(packed.encoded(index), label, source, packed.name_of(index), parts)
        # The report of how it was made names pictures that are no longer there.
        writer.report = {}
    return len(packed) - len(writer)
