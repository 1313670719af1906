"""What a process has copied, by who copied it: reads the table that copy_counter.cpp keeps while the process runs."""

import array
import bisect
import dataclasses
import functools
import pathlib
import re
import subprocess

NUMBERS_A_SITE = 3
SKEIN, ARROW, DUCKDB, OTHER = OWNERS = ("Skein", "Arrow, Flight, gRPC", "DuckDB", "other")
#: Programs and libraries of several owners: these are told by the function.
MIXED = re.compile(r"^(distributed_server|skein\.duckdb_extension)$")
MODULES = ((re.compile(r"^libarrow"), ARROW), (re.compile(r"^_duckdb"), DUCKDB))
#: Namespaces as they are in mangled names: those of libraries within DuckDB, too.
NAMESPACES = (
    (re.compile(r"5skein"), SKEIN),
    (re.compile(r"6duckdb|duckdb_|7libfsst|7roaring"), DUCKDB),
    (re.compile(r"5arrow|4grpc"), ARROW),
)


@dataclasses.dataclass
class Site:
    """One function that copies."""

    owner: str
    #: The file's name of the program or library.
    module: str
    function: str
    bytes: int = 0
    calls: int = 0


class CopyCounts:
    """The counts of one process that runs with the library; its table is in `folder`."""

    def __init__(self, folder, pid):
        self.pid = pid
        self.path = pathlib.Path(folder) / f"{pid}.copies"

    def read(self):
        """{return address: (bytes, calls)} from the process's start until now; 0 has what found no place."""
        numbers = array.array("Q", self.path.read_bytes())
        found = {}
        for index in range(0, len(numbers), NUMBERS_A_SITE):
            address, copied, calls = numbers[index : index + NUMBERS_A_SITE]
            if calls:
                found[address] = (copied, calls)
        return found

    def since(self, before):
        """The sites that copied after `before` was read, the largest first."""
        modules = loaded_modules(self.pid)
        sites = {}
        for address, (copied, calls) in self.read().items():
            copied_before, calls_before = before.get(address, (0, 0))
            if calls == calls_before:
                continue
            path, offset = place_of(modules, address)
            function = function_at(path, offset) if path else ""
            site = sites.setdefault((path, function), Site(owner_of(path, function), pathlib.Path(path).name, function))
            site.bytes += copied - copied_before
            site.calls += calls - calls_before
        return sorted(sites.values(), key=lambda site: -site.bytes)


def loaded_modules(pid):
    """Sorted [(first address, end, path, where the file begins in memory)] of what a process has mapped to be run."""
    begins, found = {}, []
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        # Addresses, rights, offset, device, inode, path.
        fields = line.split(maxsplit=5)
        if len(fields) < 6 or not fields[5].startswith("/"):
            continue
        first, end = (int(number, 16) for number in fields[0].split("-"))
        begin = begins.setdefault(fields[5], first)
        if "x" in fields[1]:
            found.append((first, end, fields[5], begin))
    return sorted(found)


def place_of(modules, address):
    """(path, offset) of the call that returns to an address; ("", 0) where no file is."""
    index = bisect.bisect_right(modules, (address,)) - 1
    if index < 0 or address >= modules[index][1]:
        return "", 0
    _, _, path, begin = modules[index]
    # The call is before where it returns to.
    return path, address - 1 - begin


@functools.cache
def functions_of(path):
    """Sorted [(offset, mangled name)] of a file's functions, as many as it names."""
    found = []
    for options in (("--defined-only",), ("--defined-only", "-D")):
        printed = subprocess.run(["nm", *options, path], capture_output=True, text=True).stdout
        for line in printed.splitlines():
            fields = line.split(maxsplit=2)
            if len(fields) == 3 and fields[1] in "tTwWiuV":
                found.append((int(fields[0], 16), fields[2]))
        if found:
            break
    return sorted(found)


def function_at(path, offset) -> str:
    functions = functions_of(path)
    index = bisect.bisect_right(functions, (offset, "\x7f")) - 1
    return functions[index][1] if index >= 0 else ""


def owner_of(path, function) -> str:
    name = pathlib.Path(path).name
    if not MIXED.match(name):
        return next((owner for pattern, owner in MODULES if pattern.match(name)), OTHER)
    # The first namespace that a name mentions: the function's own, or that of a standard container's elements.
    places = [(match.start(), owner) for pattern, owner in NAMESPACES if (match := pattern.search(function))]
    return min(places)[1] if places else OTHER


def demangled(functions):
    """Names as they are in sources, without arguments."""
    printed = subprocess.run(["c++filt", "-p"], input="\n".join(functions), capture_output=True, text=True, check=True).stdout
    return printed.split("\n")[: len(functions)]
