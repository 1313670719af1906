"""What `require` asks for, and whether the stock wheel on this machine has it."""

import os
import re

from . import capi
from .rendering import literal

PRESENT = {
    "notmusl",
    "notmingw",
    "notwindows",
    "longdouble",
    "64bit",
    "noforcestorage",
    "no_force_storage",
    "nothreadsan",
    "strinline",
    "skip_reload",
    "no_alternative_verify",
    "no_latest_storage",
    "no_vector_verification",
    "no_extension_autoloading",
    "allow_unsigned_extensions",
}
ABSENT = {"mingw", "windows", "vacuum_rebuild_indexes"}
VECTOR_SIZE = 2048
BLOCK_SIZE = 262144
UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}


def amount(text):
    match = re.fullmatch(r"\s*([\d.]+)\s*([a-z]+)\s*", text.lower())
    if not match or match[2] not in UNITS:
        raise ValueError(f"not an amount of bytes: {text!r}")
    return float(match[1]) * UNITS[match[2]]


def measured(name, parameter):
    """Requirements that take an amount."""
    if name == "vector_size":
        return VECTOR_SIZE >= int(parameter)
    if name == "exact_vector_size":
        return VECTOR_SIZE == int(parameter)
    if name == "block_size":
        return BLOCK_SIZE == int(parameter)
    if name == "ram":
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >= amount(parameter)
    space = os.statvfs(".")
    return space.f_bavail * space.f_frsize >= amount(parameter)


def extension(name, connection):
    """Whether an extension is part of the engine, or can be loaded without a download."""
    rows = connection.texts(
        f"SELECT loaded::VARCHAR FROM duckdb_extensions() WHERE extension_name = {literal(name)} OR {literal(name)} = ANY(aliases)"
    )
    if rows and rows[0][0] == "true":
        return True
    try:
        connection.run(f"LOAD {name}")
    except capi.EngineError:
        return False
    return True


def is_met(parameters, connection):
    """ValueError where the requirement itself is malformed."""
    name = parameters[0].lower()
    if name in PRESENT:
        return True
    if name in ABSENT:
        return False
    if name in ("vector_size", "exact_vector_size", "block_size", "ram", "disk_space"):
        if len(parameters) != 2:
            raise ValueError(f"require {name} takes one parameter")
        return measured(name, parameters[1])
    return extension(name, connection)
