#!/usr/bin/env python3
"""Appends the footer by which DuckDB recognises an extension.

The footer is a WebAssembly custom section, so that one format fits every platform: a section header, eight fields of 32
bytes in reverse order, and room for a signature (all zero: the extension is not signed).
"""

import argparse
import pathlib

FIELD_SIZE = 32
SIGNATURE_SIZE = 256
NAME = b"duckdb_signature"


def leb128(value: int, width: int) -> bytes:
    """The number in exactly `width` bytes, seven bits each, least significant first."""
    parts = [(value >> (7 * i)) & 0x7F for i in range(width)]
    return bytes(part | (0x80 if i < width - 1 else 0) for i, part in enumerate(parts))


def footer(platform: str, duckdb_version: str, extension_version: str) -> bytes:
    # Format 4, then the rest in the order DuckDB reads them; three fields are free.
    fields = ["4", platform, duckdb_version, extension_version, "CPP", "", "", ""]
    body = b""
    for field in reversed(fields):
        data = field.encode()
        if len(data) > FIELD_SIZE:
            raise SystemExit(f"'{field}' does not fit into {FIELD_SIZE} bytes")
        body += data.ljust(FIELD_SIZE, b"\0")
    body += bytes(SIGNATURE_SIZE)
    payload = bytes([len(NAME)]) + NAME + leb128(len(body), 2) + body
    return b"\0" + leb128(len(payload), 2) + payload


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extension", type=pathlib.Path)
    parser.add_argument("--platform", required=True)
    parser.add_argument("--duckdb-version", required=True)
    parser.add_argument("--extension-version", required=True)
    args = parser.parse_args()
    with args.extension.open("ab") as file:
        file.write(footer(args.platform, args.duckdb_version, args.extension_version))


if __name__ == "__main__":
    main()
