"""DuckDB's C interface, as the stock wheel exports it: databases, connections and results, by ctypes.

A query runs exactly as in DuckDB's own runner: all statements of the text, materialized, and no Python between.
Calls release the interpreter lock, so connections of several threads run at the same time.
"""

import contextlib
import ctypes
import functools
import importlib.util

SUCCESS = 0
BOOLEAN, DECIMAL, VARCHAR = 1, 19, 17
FLOATS = {10: "FLOAT", 11: "DOUBLE"}
NUMERIC = {
    2: "TINYINT",
    3: "SMALLINT",
    4: "INTEGER",
    5: "BIGINT",
    6: "UTINYINT",
    7: "USMALLINT",
    8: "UINTEGER",
    9: "UBIGINT",
    16: "HUGEINT",
    32: "UHUGEINT",
    19: "DECIMAL",
    **FLOATS,
}

Handle = ctypes.c_void_p


class RawResult(ctypes.Structure):
    _fields_ = [
        ("column_count", ctypes.c_uint64),
        ("row_count", ctypes.c_uint64),
        ("rows_changed", ctypes.c_uint64),
        ("columns", Handle),
        ("error_message", Handle),
        ("internal", Handle),
    ]


SIGNATURES = {
    "open_ext": (ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(Handle), Handle, ctypes.POINTER(Handle)),
    "close": (None, ctypes.POINTER(Handle)),
    "connect": (ctypes.c_int, Handle, ctypes.POINTER(Handle)),
    "disconnect": (None, ctypes.POINTER(Handle)),
    "create_config": (ctypes.c_int, ctypes.POINTER(Handle)),
    "set_config": (ctypes.c_int, Handle, ctypes.c_char_p, ctypes.c_char_p),
    "destroy_config": (None, ctypes.POINTER(Handle)),
    "free": (None, Handle),
    "query": (ctypes.c_int, Handle, ctypes.c_char_p, ctypes.POINTER(RawResult)),
    "destroy_result": (None, ctypes.POINTER(RawResult)),
    "result_error": (ctypes.c_char_p, ctypes.POINTER(RawResult)),
    "column_count": (ctypes.c_uint64, ctypes.POINTER(RawResult)),
    "row_count": (ctypes.c_uint64, ctypes.POINTER(RawResult)),
    "column_name": (ctypes.c_char_p, ctypes.POINTER(RawResult), ctypes.c_uint64),
    "column_logical_type": (Handle, ctypes.POINTER(RawResult), ctypes.c_uint64),
    "destroy_logical_type": (None, ctypes.POINTER(Handle)),
    "get_type_id": (ctypes.c_int, Handle),
    "decimal_width": (ctypes.c_uint8, Handle),
    "decimal_scale": (ctypes.c_uint8, Handle),
    "result_get_chunk": (Handle, RawResult, ctypes.c_uint64),
    "destroy_data_chunk": (None, ctypes.POINTER(Handle)),
    "data_chunk_get_size": (ctypes.c_uint64, Handle),
    "data_chunk_set_size": (None, Handle, ctypes.c_uint64),
    "data_chunk_get_vector": (Handle, Handle, ctypes.c_uint64),
    "vector_get_data": (Handle, Handle),
    "vector_get_validity": (Handle, Handle),
    "vector_reference_vector": (None, Handle, Handle),
    "create_table_function": (Handle,),
    "table_function_set_name": (None, Handle, ctypes.c_char_p),
    "table_function_set_bind": (None, Handle, Handle),
    "table_function_set_init": (None, Handle, Handle),
    "table_function_set_function": (None, Handle, Handle),
    "register_table_function": (ctypes.c_int, Handle, Handle),
    "destroy_table_function": (None, ctypes.POINTER(Handle)),
    "bind_add_result_column": (None, Handle, ctypes.c_char_p, Handle),
    "connection_get_client_context": (None, Handle, ctypes.POINTER(Handle)),
    "destroy_client_context": (None, ctypes.POINTER(Handle)),
    "client_context_get_config_option": (Handle, Handle, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)),
    "is_null_value": (ctypes.c_bool, Handle),
    "get_varchar": (Handle, Handle),
    "destroy_value": (None, ctypes.POINTER(Handle)),
}


@functools.cache
def library():
    """The functions, named without their prefix. Loading starts no thread: a process may load, then fork."""
    loaded = ctypes.CDLL(importlib.util.find_spec("_duckdb").origin)

    class Functions:
        pass

    for name, (result, *arguments) in SIGNATURES.items():
        function = getattr(loaded, "duckdb_" + name)
        function.restype, function.argtypes = result, arguments
        setattr(Functions, name, function)
    return Functions


def encode(text):
    return text.encode("utf-8", "surrogateescape")


def decode(raw):
    return raw.decode("utf-8", "surrogateescape")


class EngineError(Exception):
    """What the engine said, with its class in front, as a user sees it."""


class Result:
    """One materialized result, or an error. Owned by whoever got it; close() frees the engine's memory."""

    def __init__(self, connection, sql):
        functions = library()
        self.raw = RawResult()
        failed = functions.query(connection, encode(sql), ctypes.byref(self.raw)) != SUCCESS
        message = functions.result_error(ctypes.byref(self.raw)) if failed else None
        self.error = decode(message or b"unknown error") if failed else None
        self.types = []
        if failed:
            return
        for column in range(functions.column_count(ctypes.byref(self.raw))):
            self.types.append(Handle(functions.column_logical_type(ctypes.byref(self.raw), column)))

    @property
    def row_count(self):
        return library().row_count(ctypes.byref(self.raw))

    @property
    def names(self):
        functions = library()
        return [decode(functions.column_name(ctypes.byref(self.raw), column)) for column in range(len(self.types))]

    @functools.cached_property
    def type_ids(self):
        return [library().get_type_id(kind) for kind in self.types]

    def numeric_name(self, column):
        """The SQL name of a numeric column's type, None for any other."""
        functions = library()
        kind = self.type_ids[column]
        if kind == DECIMAL:
            handle = self.types[column]
            return f"DECIMAL({functions.decimal_width(handle)}, {functions.decimal_scale(handle)})"
        return NUMERIC.get(kind)

    def chunks(self):
        """The chunks, each valid until the next one is asked for."""
        functions = library()
        number = 0
        while chunk := functions.result_get_chunk(self.raw, number):
            try:
                yield chunk
            finally:
                functions.destroy_data_chunk(ctypes.byref(Handle(chunk)))
            number += 1

    def text_rows(self):
        """The rows of a result whose columns are all VARCHAR; None is NULL."""
        functions = library()
        rows = []
        for chunk in self.chunks():
            size = functions.data_chunk_get_size(chunk)
            vectors = [functions.data_chunk_get_vector(chunk, column) for column in range(len(self.types))]
            rows += zip(*[text_column(vector, size) for vector in vectors])
        return rows

    def close(self):
        functions = library()
        for kind in self.types:
            functions.destroy_logical_type(ctypes.byref(kind))
        self.types = []
        functions.destroy_result(ctypes.byref(self.raw))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def text_column(vector, size):
    """The values of a VARCHAR vector: 16 bytes each, a length and the text itself or a pointer to it."""
    functions = library()
    data = ctypes.string_at(functions.vector_get_data(vector), 16 * size)
    validity = functions.vector_get_validity(vector)
    mask = ctypes.string_at(validity, 8 * ((size + 63) // 64)) if validity else None
    values = []
    for row in range(size):
        if mask and not mask[row // 8] >> (row % 8) & 1:
            values.append(None)
            continue
        start = 16 * row
        length = int.from_bytes(data[start : start + 4], "little")
        if length <= 12:
            raw = data[start + 4 : start + 4 + length]
        else:
            raw = ctypes.string_at(int.from_bytes(data[start + 8 : start + 16], "little"), length)
        values.append(decode(raw))
    return values


class Connection:
    def __init__(self, database):
        self.handle = Handle()
        if library().connect(database, ctypes.byref(self.handle)) != SUCCESS:
            raise EngineError("the database refuses a connection")

    def query(self, sql):
        return Result(self.handle, sql)

    def run(self, sql):
        """Runs statements whose rows nobody needs; an error is raised."""
        with self.query(sql) as result:
            if result.error is not None:
                raise EngineError(result.error)

    def texts(self, sql):
        """The rows of a query that gives VARCHAR only."""
        with self.query(sql) as result:
            if result.error is not None:
                raise EngineError(result.error)
            return result.text_rows()

    def options(self, names):
        """{name: (value as text, whether it belongs to this connection)} without running a statement."""
        functions = library()
        context, scope, found = Handle(), ctypes.c_int(), {}
        functions.connection_get_client_context(self.handle, ctypes.byref(context))
        for name in names:
            value = functions.client_context_get_config_option(context, encode(name), ctypes.byref(scope))
            if not value:
                continue
            if not functions.is_null_value(value):
                text = functions.get_varchar(value)
                found[name] = (decode(ctypes.string_at(text)), scope.value == 2)
                functions.free(text)
            functions.destroy_value(ctypes.byref(Handle(value)))
        functions.destroy_client_context(ctypes.byref(context))
        return found

    def close(self):
        library().disconnect(ctypes.byref(self.handle))


class Database:
    """An instance with its settings; those the engine does not take at the start are in `refused`."""

    def __init__(self, path, settings):
        functions = library()
        self.handle, config, message = Handle(), Handle(), Handle()
        functions.create_config(ctypes.byref(config))
        self.refused = {}
        for name, value in settings.items():
            if functions.set_config(config, encode(name), encode(value)) != SUCCESS:
                self.refused[name] = value
        try:
            outcome = functions.open_ext(encode(path), ctypes.byref(self.handle), config, ctypes.byref(message))
        finally:
            functions.destroy_config(ctypes.byref(config))
        if outcome != SUCCESS:
            text = decode(ctypes.string_at(message)) if message else "unknown error"
            functions.free(message)
            raise EngineError(f"cannot open {path!r}: {text}")

    def connect(self):
        return Connection(self.handle)

    def close(self):
        library().close(ctypes.byref(self.handle))

    @contextlib.contextmanager
    def connection(self):
        connection = self.connect()
        try:
            yield connection
        finally:
            connection.close()
