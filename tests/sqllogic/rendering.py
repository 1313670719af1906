"""Values as text, numbers compared, regular expressions: all done by the engine, in a database of its own.

The result under test is not touched: its vectors are shown to a second database as a table function, and cast there.
"""

import ctypes
import threading

from . import capi

CAST_SETTINGS = ("TimeZone", "Calendar")
Callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
Producer = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def finite(value):
    return value == value and abs(value) != float("inf")


def nearly_equal(left, right):
    """The engine's own tolerance for floating point numbers in tests: one percent of the right one."""
    if left != left and right != right:
        return True
    if not finite(left) or not finite(right):
        return left == right
    return abs(left - right) <= abs(right) * 0.01 + 0.00000001


class Renderer:
    """Safe to use from several threads: one call runs at a time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.database = capi.Database(":memory:", {"threads": "1", "duckdb_api": "sqllogic"})
        self.connection = self.database.connect()
        self.settings = {}
        self.types = []
        self.source = iter(())
        self._register()

    def _register(self):
        functions = capi.library()
        # Callbacks must outlive the function.
        self.callbacks = (Callback(self._bind), Callback(lambda info: None), Producer(self._produce))
        bind, start, produce = (ctypes.cast(callback, ctypes.c_void_p) for callback in self.callbacks)
        function = ctypes.c_void_p(functions.create_table_function())
        functions.table_function_set_name(function, b"result_rows")
        functions.table_function_set_bind(function, bind)
        functions.table_function_set_init(function, start)
        functions.table_function_set_function(function, produce)
        if functions.register_table_function(self.connection.handle, function) != capi.SUCCESS:
            raise capi.EngineError("the table function for results was refused")
        functions.destroy_table_function(ctypes.byref(function))

    def _bind(self, info):
        for number, kind in enumerate(self.types):
            capi.library().bind_add_result_column(info, b"c%d" % number, kind)

    def _produce(self, info, output):
        functions = capi.library()
        chunk = next(self.source, None)
        if chunk is None:
            functions.data_chunk_set_size(output, 0)
            return
        for column in range(len(self.types)):
            target = functions.data_chunk_get_vector(output, column)
            functions.vector_reference_vector(target, functions.data_chunk_get_vector(chunk, column))
        functions.data_chunk_set_size(output, functions.data_chunk_get_size(chunk))

    def values(self, result, connection, floats_as_integers):
        """All values of a result, row by row, in the form that test files hold them."""
        if not result.types or result.row_count == 0:
            return []
        whole = {10, 11, 19} if floats_as_integers else set()
        casts = [
            f"CAST(c{number}::BIGINT AS VARCHAR)" if kind in whole else f"CAST(c{number} AS VARCHAR)"
            for number, kind in enumerate(result.type_ids)
        ]
        with self.lock:
            self._follow(connection)
            self.types, self.source = result.types, result.chunks()
            try:
                rows = self.connection.texts(f"SELECT {', '.join(casts)} FROM result_rows()")
            finally:
                self.source.close()
        shapes = [boolean_text if kind == capi.BOOLEAN else plain_text for kind in result.type_ids]
        return [shape(value) for row in rows for shape, value in zip(shapes, row)]

    def _follow(self, connection):
        """Time zone and calendar decide how some types look: the ones of the connection under test count."""
        for name, (value, _) in connection.options(CAST_SETTINGS).items():
            if self.settings.get(name) != value:
                self.connection.run(f"SET {name} = {literal(value)}")
                self.settings[name] = value

    def one(self, expression):
        with self.lock:
            return self.connection.texts(f"SELECT ({expression})::VARCHAR")[0][0]

    def same_number(self, left, right, kind):
        """Whether two texts are the same value of a numeric type; NULL is NULL's equal."""
        if left == "NULL" or right == "NULL":
            return left == right
        left, right = (f"TRY_CAST({literal(text)} AS {kind})" for text in (left, right))
        if kind not in capi.FLOATS.values():
            return self.one(f"{left} = {right}") == "true"
        values = [self.one(f"{side}::DOUBLE") for side in (left, right)]
        return None not in values and nearly_equal(float(values[1]), float(values[0]))

    def matches(self, text, expression):
        """Whether all of the text matches; a dot stands for a line's end, too."""
        return self.one(f"regexp_full_match({literal(text)}, {literal(expression)}, 's')") == "true"

    def file_values(self, path, names):
        """The values of a file of expected rows: a header, then fields separated by |."""
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        sql = f"FROM read_csv({literal(path)}, header = 1, sep = '|', columns = {{{columns}}}, auto_detect = false)"
        with self.lock:
            rows = self.connection.texts(sql)
        return ["NULL" if value is None else value for row in rows for value in row]

    def close(self):
        self.connection.close()
        self.database.close()


def plain_text(value):
    if value is None:
        return "NULL"
    return value.replace("\0", "\\0") or "(empty)"


def boolean_text(value):
    return "NULL" if value is None else "1" if value == "true" else "0"
