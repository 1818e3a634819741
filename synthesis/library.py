"""Cell libraries: found by name or by path, checked, and made ready for mapping and sizing."""

import difflib
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from synthesis.errors import UserError
from synthesis.fetch import fetchable
from synthesis.gates import Gate, match_gate
from synthesis.liberty import LibertyCell, LibertyFile, decompress, read_bytes
from synthesis.liberty_cache import read_cached, write_atomically
from synthesis.manifest import ManifestEntry, read_manifests
from synthesis.pdk import PdkLibrary, find_pdk_libraries

ADDER_GATES = (
    Gate.INV,
    Gate.BUF,
    Gate.NAND2,
    Gate.NOR2,
    Gate.XOR2,
    Gate.XNOR2,
    Gate.AOI21,
    Gate.OAI21,
)
"""What the structural recipe builds every prefix circuit from."""

_PATH_SUFFIXES = (".lib", ".lib.gz", ".liberty", ".liberty.gz")
_INFERRED_LOAD = 4
"""Output load of a library given by path, in input capacitances of its smallest inverter."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A combinational cell with one output.

    Attributes:
        name: Its name in the library.
        area_um2: Its area.
        gate: What it computes, where that is one of the gates recipes use.
        inputs: Input pins, in the gate's canonical order if there is a gate.
        output: The output pin.
        input_capacitance_ff: One for each of ``inputs``.
        max_load_ff: The greatest load of the output, where the library says.
    """

    name: str
    area_um2: float
    gate: Gate | None
    inputs: tuple[str, ...]
    output: str
    input_capacitance_ff: tuple[float, ...]
    max_load_ff: float | None


@dataclass(frozen=True, eq=False)
class Library:
    """A cell library with what a flow must know to use it; equal where ``digest`` is.

    Attributes:
        name: Name in a manifest, or of the Liberty group.
        process: Process and corner, in words.
        files: Liberty files, plain or gzip.
        given_driver_cell: The cell that drives every input, if the manifest says; see
            :attr:`driver_cell`.
        given_load_ff: The load on every output, if the manifest says; see :attr:`load_ff`.
        dont_use: Names of the cells that mapping and sizing must leave alone.
        left_out: Why a cell is not among ``cells``, by name.
        cells: Usable cells by name.
        wire_ff_per_um: Capacitance of signal wires, where known.
        row_height_um: Height of the cells, where known.
        checksums: SHA-256 of the uncompressed text of each file.
    """

    name: str
    process: str
    files: tuple[Path, ...]
    given_driver_cell: str | None
    given_load_ff: float | None
    dont_use: tuple[str, ...]
    left_out: Mapping[str, str]
    cells: Mapping[str, Cell]
    wire_ff_per_um: float | None
    row_height_um: float | None
    checksums: tuple[str, ...]

    @cached_property
    def driver_cell(self) -> str:
        """The cell that drives every input: the one given, or a buffer one step above the weakest.

        Raises:
            UserError: None is given and there is no buffer.
        """
        return self.given_driver_cell or _middling(self._found(Gate.BUF)).name

    @cached_property
    def load_ff(self) -> float:
        """The load on every output: as given, or four inputs of the smallest inverter.

        Raises:
            UserError: None is given and there is no inverter.
        """
        if self.given_load_ff is not None:
            return self.given_load_ff
        return _INFERRED_LOAD * self.smallest(Gate.INV).input_capacitance_ff[0]

    @cached_property
    def digest(self) -> str:
        """Checksum of the Liberty texts and of the settings that change results."""
        decisive = [
            self.checksums,
            self.driver_cell,
            self.load_ff,
            self.dont_use,
            self.wire_ff_per_um,
            self.row_height_um,
        ]
        return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Library) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def _by_gate(self) -> dict[Gate, tuple[Cell, ...]]:
        return _cells_by_gate(self.cells)

    def cells_of(self, gate: Gate) -> tuple[Cell, ...]:
        """Usable cells that compute ``gate``, by area, then by greatest load."""
        return self._by_gate.get(gate, ())

    def smallest(self, gate: Gate) -> Cell:
        """The smallest usable cell that computes ``gate``.

        Raises:
            UserError: There is none.
        """
        return self._found(gate)[0]

    def _found(self, gate: Gate) -> tuple[Cell, ...]:
        _require(self.name, self._by_gate, (gate,))
        return self._by_gate[gate]

    def missing_gates(self) -> tuple[Gate, ...]:
        """Gates of the structural recipe that no usable cell computes."""
        return tuple(gate for gate in ADDER_GATES if gate not in self._by_gate)

    @property
    def can_build_adders(self) -> bool:
        """Whether the structural recipe finds all its gates."""
        return not self.missing_gates()

    def require_adder_gates(self) -> None:
        """Passes where :attr:`can_build_adders` holds.

        Raises:
            UserError: It does not; says which gates are missing.
        """
        _require(self.name, self._by_gate, ADDER_GATES)

    def plain_files(self, folder: Path) -> list[Path]:
        """Copies of the Liberty files, uncompressed; they stay what they are while tools read them.

        Args:
            folder: Where the copies go, and are found again; several processes may share it.

        Returns:
            A path for each of ``files``, in their order.

        Raises:
            UserError: A file cannot be read or unpacked, or has changed since it was loaded.
        """
        return [
            _plain_copy(path, checksum, folder)
            for path, checksum in zip(self.files, self.checksums, strict=True)
        ]


def load_library(spec: str | Sequence[Path]) -> Library:
    """Loads a cell library.

    A name is sought in the ``libraries.toml`` of each folder in ``$CIRCUITVAE_LIBRARY_PATH``, of
    the user's data folder and of this package, in this order, then in installed design kits
    (:mod:`synthesis.pdk`). A string that has a path separator, ends like a Liberty file or is a
    file is a path. For paths and design kits the driving cell and the load are inferred
    (:attr:`Library.driver_cell`, :attr:`Library.load_ff`), and the cells left alone are those that
    the Liberty text marks (:attr:`synthesis.liberty.LibertyCell.dont_use`).

    Raises:
        UserError: There is no such library, or its manifest or a file of it is not sound.
    """
    if not isinstance(spec, str):
        return _from_paths([Path(path) for path in spec])
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    if (
        any(separator in spec for separator in separators)
        or spec.endswith(_PATH_SUFFIXES)
        or Path(spec).is_file()
    ):
        return _from_paths([Path(spec)])
    entries = read_manifests()
    if spec in entries:
        return _from_manifest(entries[spec])
    kits = find_pdk_libraries()
    if spec in kits:
        return _from_kit(kits[spec])
    if spec in fetchable():
        raise UserError(
            f"no cell library named {spec!r} here; `circuitvae library fetch {spec}` downloads it"
        )
    near = difflib.get_close_matches(spec, [*entries, *kits, *fetchable()], n=1)
    raise UserError(
        f"no cell library named {spec!r}; known: {', '.join(entries)}"
        + (f" and {len(kits)} of design kits" if kits else "")
        + (f"; did you mean {near[0]!r}?" if near else "; or give a path to a Liberty file")
    )


def list_libraries() -> list[tuple[str, str, Path]]:
    """Name, process and folder of the libraries that can be had by name.

    Of two with one name it is the one that is loaded.

    Raises:
        UserError: A manifest is not sound.
    """
    manifests = read_manifests()
    return [(entry.name, entry.process, entry.manifest.parent) for entry in manifests.values()] + [
        (kit.name, kit.process, kit.files[0].parent)
        for kit in find_pdk_libraries().values()
        if kit.name not in manifests
    ]


def _from_manifest(entry: ManifestEntry) -> Library:
    files = [read_cached(path) for path in entry.files]
    for file, checksum in zip(files, entry.sha256, strict=True):
        if file.sha256 != checksum:
            raise UserError(
                f"{file.path}: sha256 of the uncompressed text: expected {checksum}, "
                f"found {file.sha256}; fetch the file again"
            )
    library = _assemble(entry.name, entry.process, files, entry.dont_use)
    if entry.driver_cell not in library.cells and entry.driver_cell not in library.dont_use:
        raise UserError(
            f"{entry.manifest}: library [{entry.name}]: driver_cell: "
            f"{entry.driver_cell} is not one of its combinational cells"
        )
    return replace(
        library,
        given_driver_cell=entry.driver_cell,
        given_load_ff=entry.load_ff,
        wire_ff_per_um=entry.wire_ff_per_um,
        row_height_um=entry.row_height_um,
    )


def _from_paths(paths: Sequence[Path]) -> Library:
    if not paths:
        raise UserError("expected at least one Liberty file, found none")
    files = [read_cached(path.absolute()) for path in paths]
    first = files[0]
    nominal = ((first.voltage_v, "V"), (first.temperature_c, "C"))
    corner = [f"{value:g} {unit}" for value, unit in nominal if value is not None]
    return _assemble(first.library, ", ".join([first.library, *corner]), files, ())


def _assemble(
    name: str, process: str, files: Sequence[LibertyFile], dont_use_globs: Sequence[str]
) -> Library:
    """A library of which nothing is given but its files and the cells to leave alone."""
    cells, left_out, dont_use = _sort_cells(files, dont_use_globs)

    def kinds(file: LibertyFile) -> int:
        return len({cells[cell.name].gate for cell in file.cells if cell.name in cells})

    # ABC takes no first file of fewer than three kinds of cell, and merges any after another.
    first = next((file for file in files if kinds(file) >= 3), files[0])
    files = [first, *(file for file in files if file is not first)]
    return Library(
        name=name,
        process=process,
        files=tuple(file.path for file in files),
        given_driver_cell=None,
        given_load_ff=None,
        dont_use=dont_use,
        left_out=left_out,
        cells=cells,
        wire_ff_per_um=None,
        row_height_um=None,
        checksums=tuple(file.sha256 for file in files),
    )


def _from_kit(kit: PdkLibrary) -> Library:
    library = _from_paths(kit.files)
    return replace(library, name=kit.name, process=f"{kit.process}, {library.process}")


def _middling(buffers: Sequence[Cell]) -> Cell:
    """The smallest buffer that is clearly stronger than the weakest, or the weakest."""
    loads = [buffer.max_load_ff for buffer in buffers if buffer.max_load_ff]
    strengths = loads if len(loads) == len(buffers) else [buffer.area_um2 for buffer in buffers]
    stronger = (
        buffer
        for buffer, strength in zip(buffers, strengths, strict=True)
        if strength >= 1.5 * min(strengths)
    )
    return next(stronger, buffers[0])


def _sort_cells(
    files: Sequence[LibertyFile], globs: Sequence[str]
) -> tuple[dict[str, Cell], dict[str, str], tuple[str, ...]]:
    """Usable cells, reasons for the others, and the names not to be used."""
    cells: dict[str, Cell] = {}
    left_out: dict[str, str] = {}
    dont_use: list[str] = []
    seen: dict[str, Path] = {}
    for file in files:
        for cell in file.cells:
            if cell.name in seen:
                raise UserError(f"{file.path}: cell {cell.name} is also in {seen[cell.name]}")
            seen[cell.name] = file.path
            glob = next((glob for glob in globs if fnmatchcase(cell.name, glob)), None)
            if glob or cell.dont_use:
                dont_use.append(cell.name)
                left_out[cell.name] = (
                    f"dont_use {glob!r} in the manifest" if glob else f"{cell.dont_use} in Liberty"
                )
            elif isinstance(usable := _usable(cell), str):
                left_out[cell.name] = usable
            else:
                cells[cell.name] = usable
    return cells, left_out, tuple(dont_use)


def _usable(cell: LibertyCell) -> Cell | str:
    """The cell, or why it cannot be used."""
    outputs = [pin for pin in cell.pins if pin.direction == "output"]
    inputs = {pin.name: pin for pin in cell.pins if pin.direction == "input"}
    if cell.sequential:
        return "sequential"
    if any(pin.three_state for pin in cell.pins):
        return "three-state"
    if len(inputs) + len(outputs) < len(cell.pins):
        return "has a pin that is neither input nor output"
    if len(outputs) != 1:
        return f"has {len(outputs)} outputs"
    (output,) = outputs
    if output.function is None:
        return "its output has no function"
    try:
        match = match_gate(output.function, list(inputs))
    except UserError as error:
        return str(error)
    gate, order = match or (None, tuple(inputs))
    return Cell(
        name=cell.name,
        area_um2=cell.area_um2,
        gate=gate,
        inputs=order,
        output=output.name,
        input_capacitance_ff=tuple(inputs[name].capacitance_ff for name in order),
        max_load_ff=output.max_capacitance_ff,
    )


def _cells_by_gate(cells: Mapping[str, Cell]) -> dict[Gate, tuple[Cell, ...]]:
    found: dict[Gate, list[Cell]] = {}
    for cell in sorted(cells.values(), key=lambda c: (c.area_um2, c.max_load_ff or 0.0, c.name)):
        if cell.gate:
            found.setdefault(cell.gate, []).append(cell)
    return {gate: tuple(cells) for gate, cells in found.items()}


def _require(name: str, by_gate: Mapping[Gate, Sequence[Cell]], gates: Sequence[Gate]) -> None:
    missing = [gate.name for gate in gates if gate not in by_gate]
    if not by_gate:
        raise UserError(
            f"library {name} has no usable combinational gate (flip-flops, latches, three-state "
            "and dont_use cells do not count); add the file that holds its logic cells"
        )
    if missing:
        raise UserError(
            f"library {name} has no usable {' and no '.join(missing)}, which is needed here; "
            "give all of its Liberty files, or another library"
        )


def _plain_copy(path: Path, checksum: str, folder: Path) -> Path:
    content = decompress(read_bytes(path), path)
    if (found := hashlib.sha256(content).hexdigest()) != checksum:
        raise UserError(
            f"{path}: changed since it was loaded (sha256 of the uncompressed text: expected "
            f"{checksum}, found {found}); put the former file back, or begin anew with this one"
        )
    stem = re.sub(r"\W+", "_", path.name.split(".")[0])
    target = folder / f"{stem}-{checksum[:16]}.lib"
    if not target.is_file() or target.read_bytes() != content:
        write_atomically(target, content)
    return target
