"""A client by the C interface that the stock wheel exports: what Python's module does not show."""

import ctypes
import importlib.util

from skein_server import extension_path

Handle = ctypes.c_void_p


class RawResult(ctypes.Structure):
    _fields_ = [("counts", ctypes.c_uint64 * 3), ("pointers", Handle * 3)]


class Native:
    """A database of the wheel, without Python's module between."""

    def __init__(self):
        self.library = ctypes.CDLL(importlib.util.find_spec("_duckdb").origin)
        config, self.database, self.connection = Handle(), Handle(), Handle()
        self.library.duckdb_create_config(ctypes.byref(config))
        self.library.duckdb_set_config(config, b"allow_unsigned_extensions", b"true")
        assert self.library.duckdb_open_ext(None, ctypes.byref(self.database), config, None) == 0
        self.library.duckdb_destroy_config(ctypes.byref(config))
        assert self.library.duckdb_connect(self.database, ctypes.byref(self.connection)) == 0
        self.run(f"LOAD '{extension_path()}'")

    def run(self, sql):
        assert self.library.duckdb_query(self.connection, sql.encode(), None) == 0, sql

    def result(self, sql):
        """(rows changed, the kind of result: 1 is changed rows, 2 nothing, 3 rows)."""
        result = ctypes.create_string_buffer(128)
        assert self.library.duckdb_query(self.connection, sql.encode(), result) == 0, sql
        changed = self.library.duckdb_rows_changed(result)
        by_value = RawResult.from_buffer_copy(result)
        kind = self.library.duckdb_result_return_type(by_value)
        self.library.duckdb_destroy_result(result)
        return changed, kind

    def appender(self, catalog, schema, table):
        result = Handle()
        state = self.library.duckdb_appender_create_ext(self.connection, catalog.encode(), schema.encode(), table.encode(), ctypes.byref(result))
        return state, result

    def append(self, appender, number, text):
        assert self.library.duckdb_append_int32(appender, number) == 0
        assert self.library.duckdb_append_varchar(appender, text.encode()) == 0
        assert self.library.duckdb_appender_end_row(appender) == 0

    def close(self):
        self.library.duckdb_disconnect(ctypes.byref(self.connection))
        self.library.duckdb_close(ctypes.byref(self.database))
