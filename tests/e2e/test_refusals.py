"""Every request that is refused: by name, with nothing changed, and the next statement on the same connection works.

REFUSALS is the list: what is wrong, the door it comes in by, the request, the error's name, and what its text says.
    sql         the extension: registered tables, an attached database and SQL functions
    C++         DistributedFlightClient
    Flight      pyarrow, and nothing of ours
ELSEWHERE names the tests of refusals that need a server, a network or an upload of their own.
"""

import contextlib
import json
import pathlib
import re

import duckdb
import pyarrow as pa
import pyarrow.flight as flight
import pytest

from client_database import open_client
from refusals import Commands, Doors, finish, refused_by_flight, refused_by_sql
from skein_server import Server
from twin import quoted
from wire import Wire, request

MILLION = 1_000_000
REQUEST_BYTES_MAX = 65536
LONG = "SELECT 1 -- " + "x" * REQUEST_BYTES_MAX
DUCKS = ("CREATE TABLE ducks (id INTEGER NOT NULL, name VARCHAR);"
         "INSERT INTO ducks VALUES (1, 'teal'), (2, 'eider'), (3, NULL)")
FULL_UPLOAD = {"id": pa.array([7], pa.int32()), "name": ["swan"]}

ELSEWHERE = {
    "uploads with wrong batch indices or content": "test_refusals_uploads.py",
    "server down, does not resolve, silent, swallows packets, TLS on one side only": "test_refusals_reach.py",
    "wrong, missing and expired token": "test_refusals_token.py",
    "token on every Flight method": "test_server_access.py::test_without_the_token_nothing_is_served",
    "server killed in mid-scan": "test_kill.py::test_in_the_middle_of_a_scan",
    "server killed in mid-insert": "test_kill.py::test_in_the_middle_of_an_insert",
    "server told to end in mid-scan": "test_refusals_reach.py::test_a_server_that_is_told_to_end_in_mid_scan",
    "server told to end in mid-insert": "test_refusals_reach.py::test_a_server_that_is_told_to_end_in_mid_insert",
    "answer lost": "test_kill.py::test_a_lost_answer_is_an_unknown_outcome",
    "packets swallowed in the middle": "test_silence.py::test_the_address_swallows_packets_in_the_middle",
    "limits": "test_limits_server.py",
    "uploads that stall": "test_server_streams.py::test_sixteen_clients_that_send_one_row_and_stall",
}


@pytest.fixture(scope="module")
def doors():
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server("--max-request-bytes", REQUEST_BYTES_MAX))
        wire = stack.enter_context(Wire(server.uri))
        wire.execute(DUCKS)
        client = stack.enter_context(contextlib.closing(open_client()))
        client.execute(f"CALL register_remote_table('ducks', {quoted(server.uri)}, 'ducks')")
        client.execute(f"ATTACH {quoted(server.uri)} AS remote (TYPE skein)")
        oracle = stack.enter_context(contextlib.closing(duckdb.connect()))
        oracle.execute(DUCKS)
        commands = stack.enter_context(contextlib.closing(Commands(server.uri)))
        yield Doors(server, client, oracle, wire, commands)


# --- requests --------------------------------------------------------------------------------------------------------


def sql(text):
    def act(doors):
        return doors.sql(text)

    act.text = text
    return act


def query(text):
    return lambda doors: doors.query(text)


def run(text):
    return lambda doors: doors.run(text)


def attach(path):
    return lambda doors: refused_by_sql(doors.client, f"ATTACH {quoted(doors.uri + path)} AS other (TYPE skein)")


def command(*words):
    return lambda doors: doors.commands.run(*words)


def action(kind, **fields):
    return lambda doors: refused_by_flight(lambda: doors.wire.action(kind, **fields))


def get(kind, **fields):
    return lambda doors: refused_by_flight(lambda: doors.wire.get(kind, **fields))


def get_flight_info(kind, **fields):
    descriptor = flight.FlightDescriptor.for_command(request(kind, **fields).SerializeToString())
    return lambda doors: refused_by_flight(lambda: doors.wire.client.get_flight_info(descriptor, doors.wire.options()))


def path_of_flight_info(path):
    return lambda doors: refused_by_flight(lambda: doors.wire.client.get_flight_info(flight.FlightDescriptor.for_path(path)))


def put(uploaded, table="ducks", **fields):
    rows = pa.table(uploaded)

    def act(doors):
        started = doors.wire.put(rows.schema, table_name=table, **fields)
        # A refusal may come in the middle; finish() says which.
        with contextlib.suppress(flight.FlightError, pa.ArrowException):
            started[0].write_table(rows)
        return finish(started)

    return lambda doors: refused_by_flight(lambda: act(doors))


def exchange(kind, **fields):
    def act(doors):
        descriptor = flight.FlightDescriptor.for_command(request(kind, **fields).SerializeToString())
        writer, reader = doors.wire.client.do_exchange(descriptor, doors.wire.options())
        with writer:
            writer.done_writing()
            reader.read_chunk()

    return lambda doors: refused_by_flight(lambda: act(doors))


def raw_ticket(ticket):
    return lambda doors: refused_by_flight(lambda: doors.wire.client.do_get(flight.Ticket(ticket)))


def raw_action(name, body):
    return lambda doors: refused_by_flight(lambda: list(doors.wire.client.do_action(flight.Action(name, body))))


def raw_descriptor(descriptor):
    def act(doors):
        started = doors.wire.client.do_put(descriptor, pa.schema([("id", pa.int32())]))
        with contextlib.suppress(flight.FlightError, pa.ArrowException):
            started[0].write_batch(pa.record_batch({"id": pa.array([9], pa.int32())}))
        return finish(started)

    return lambda doors: refused_by_flight(lambda: act(doors))


def in_session(session, kind="EXECUTE_SQL", **fields):
    def act(doors):
        with Wire(doors.uri, session=session) as wire:
            return wire.get(kind, **fields).read_all() if kind == "EXECUTE_SQL" else wire.action(kind, **fields)

    return lambda doors: refused_by_flight(lambda: act(doors))


def after_change(change, text):
    """A registered table of the test's own that was changed on the server since."""

    def act(doors):
        doors.wire.execute("CREATE TABLE pond (id INTEGER, depth DOUBLE)")
        doors.client.execute(f"CALL register_remote_table('pond', {quoted(doors.uri)}, 'pond')")
        doors.wire.execute(change)
        try:
            return doors.sql(text)
        finally:
            doors.client.execute("CALL unregister_remote_table('pond')")
            doors.wire.execute("DROP TABLE IF EXISTS pond")

    return act


BROKEN = b"\x0a\xff\xff\xff\xff\x0f garbage"
CUT = request("SCAN_TABLE", table_name="ducks").SerializeToString()[:-3]
HALF_WAY = f"SELECT CASE WHEN range = {MILLION // 2} THEN NULL ELSE range END, 'x' FROM range({MILLION})"
MILLION_IDS = pa.array([None if i == MILLION // 2 else i for i in range(MILLION)], pa.int32())

REFUSALS = [
    ("unknown table", "sql", sql("CALL register_remote_table('x', {uri}, 'no_such')"), "CatalogException", ["no_such"]),
    ("unknown table", "sql", sql("CALL skein_drop_table({uri}, 'no_such')"), "CatalogException", ["no_such"]),
    ("unknown table", "sql", query("FROM no_such"), "CatalogException", ["no_such", "LINE 1: FROM no_such"]),
    ("unknown table", "sql", run("INSERT INTO no_such VALUES (1)"), "CatalogException", ["no_such"]),
    ("unknown table", "sql", sql("FROM remote.no_such"), "CatalogException", ["no_such"]),
    ("unknown table", "sql", sql("DROP TABLE remote.no_such"), "CatalogException", ["no_such"]),
    ("unknown database", "sql", attach("/no_such"), "CatalogException", ["no_such"]),
    ("table dropped since", "sql", after_change("DROP TABLE pond", "FROM pond"), "CatalogException", ["pond"]),
    ("table dropped since", "sql", after_change("DROP TABLE pond", "INSERT INTO pond VALUES (1, 2)"), "CatalogException", ["pond"]),
    ("unknown table", "C++", command("scan", "no_such"), "TABLE_NOT_FOUND", ["no_such"]),
    ("unknown table", "C++", command("insert", "no_such", "id", 5, -1), "TABLE_NOT_FOUND", ["no_such"]),
    ("unknown table", "C++", command("delete", "no_such", "true"), "TABLE_NOT_FOUND", ["no_such"]),
    ("unknown table", "C++", command("drop", "no_such"), "TABLE_NOT_FOUND", ["no_such"]),
    ("unknown table", "Flight", get("SCAN_TABLE", table_name="no_such"), "TABLE_NOT_FOUND", ["no_such"]),
    ("unknown table", "Flight", put({"id": [1]}, table="no_such"), "TABLE_NOT_FOUND", ["no_such"]),
    ("unknown table", "Flight", action("DELETE_DATA", table_name="no_such"), "TABLE_NOT_FOUND", ["no_such"]),
    ("unknown table", "Flight", exchange("DROP_TABLE", table_name="no_such"), "TABLE_NOT_FOUND", ["no_such"]),
    ("table exists", "sql", sql("CALL register_remote_table('ducks', {uri}, 'ducks')"), "BinderException", ["ducks", "already", "replace"]),
    ("table exists", "sql", sql("CALL skein_create_table({uri}, 'ducks', 'i INTEGER')"), "CatalogException", ["ducks", "already exists"]),
    ("table exists", "sql", run("CREATE TABLE ducks (i INTEGER)"), "CatalogException", ["ducks", "already exists"]),
    ("table exists", "sql", sql("CREATE TABLE remote.ducks (i INTEGER)"), "CatalogException", ["ducks", "already exists"]),
    ("table exists", "C++", command("create", "ducks"), "ENGINE_ERROR", ["Catalog", "ducks", "already exists"]),
    ("table exists", "Flight", action("CREATE_TABLE", table_name="ducks", row_schema=pa.schema([("a", pa.int8())]).serialize().to_pybytes()),
     "ENGINE_ERROR", ["ducks", "already exists"]),
    ("columns: count", "sql", sql("INSERT INTO ducks VALUES (1)"), "as locally", ["2 columns", "1 values"]),
    ("columns: count", "sql", sql("INSERT INTO remote.ducks VALUES (1)"), "BinderException", ["2 columns", "1 values"]),
    ("columns: count", "Flight", put(FULL_UPLOAD, columns=["id"]), "INVALID_REQUEST", ["names 1 columns", '"ducks"', "has 2"]),
    ("columns: name", "sql", sql("INSERT INTO ducks (beak) VALUES (1)"), "as locally", ["beak"]),
    ("columns: name", "C++", command("insert", "ducks", "beak", 5, -1), "INVALID_REQUEST", ['"ducks"', '"beak"', '"id", "name"']),
    ("columns: name", "Flight", put({"id": [1], "beak": [2]}), "INVALID_REQUEST", ['"ducks"', '"beak"', '"id", "name"']),
    ("columns: twice", "Flight", put(FULL_UPLOAD, columns=["id", "ID"]), "INVALID_REQUEST", ["named twice"]),
    ("columns: missing", "Flight", put({"name": ["swan"]}), "ENGINE_ERROR", ["NOT NULL", "id"]),
    ("columns: type", "sql", sql("INSERT INTO ducks SELECT [1], 'x'"), "as locally", ["INTEGER[]", "INTEGER"]),
    ("columns: type", "Flight", put({"id": [[1]], "name": ["x"]}), "INVALID_REQUEST", ['"id"', "expects type INTEGER", "BIGINT[]"]),
    ("columns: value", "sql", sql("INSERT INTO ducks VALUES ('many', 'x')"), "as locally", ["many", "INT32"]),
    ("columns: value", "Flight", put({"id": ["many"]}), "ENGINE_ERROR", ["many", "INT32"]),
    ("columns changed since", "sql", after_change("ALTER TABLE pond DROP COLUMN depth", "SELECT depth FROM pond"), "BinderException", ["depth"]),
    ("columns changed since", "sql", after_change("ALTER TABLE pond DROP COLUMN depth", "INSERT INTO pond VALUES (1, 2)"),
     "InvalidInputException", ["depth", '"pond"', '"id"']),
    ("constraint half way", "sql", sql(f"INSERT INTO ducks {HALF_WAY}"), "ConstraintException", ["NOT NULL", "id"]),
    ("constraint half way", "sql", sql(f"INSERT INTO remote.ducks {HALF_WAY}"), "ConstraintException", ["NOT NULL", "id"]),
    ("constraint half way", "sql", run(f"INSERT INTO ducks {HALF_WAY}"), "ConstraintException", ["NOT NULL", "id"]),
    ("constraint half way", "C++", command("insert", "ducks", "id", MILLION, MILLION // 2), "ENGINE_ERROR", ["Constraint", "NOT NULL", "id"]),
    ("constraint half way", "Flight", put({"id": MILLION_IDS}), "ENGINE_ERROR", ["NOT NULL", "id"]),
    ("empty ticket", "Flight", raw_ticket(b""), "UNSUPPORTED_VERSION", ["version 0"]),
    ("malformed ticket", "Flight", raw_ticket(b"\xff" * 40), "INVALID_REQUEST", []),
    ("malformed ticket", "Flight", raw_ticket(CUT), "INVALID_REQUEST", []),
    ("malformed ticket", "Flight", raw_ticket(BROKEN), "INVALID_REQUEST", ["Flight SQL"]),
    ("ticket of another request", "Flight", get("DROP_TABLE", table_name="ducks"), "INVALID_REQUEST", ["DROP_TABLE", "SCAN_TABLE"]),
    ("malformed action", "Flight", raw_action("DROP_TABLE", b"\xff" * 40), "INVALID_REQUEST", []),
    ("empty action", "Flight", raw_action("DROP_TABLE", b""), "UNSUPPORTED_VERSION", ["version 0"]),
    ("action of another request", "Flight", raw_action("TABLE_EXISTS", request("DROP_TABLE", table_name="ducks").SerializeToString()),
     "INVALID_REQUEST", ["TABLE_EXISTS"]),
    ("unknown action", "Flight", raw_action("FLY_SOUTH", b""), "INVALID_REQUEST", ["FLY_SOUTH", "ListActions"]),
    ("unknown action", "Flight", raw_action("", b""), "INVALID_REQUEST", ["ListActions"]),
    ("malformed descriptor", "Flight", raw_descriptor(flight.FlightDescriptor.for_command(b"\xff" * 40)), "INVALID_REQUEST", []),
    ("empty descriptor", "Flight", raw_descriptor(flight.FlightDescriptor.for_command(b"")), "UNSUPPORTED_VERSION", ["version 0"]),
    ("path descriptor", "Flight", raw_descriptor(flight.FlightDescriptor.for_path("ducks")), "INVALID_REQUEST", ["paths are not served"]),
    *[("request in the wrong place", "Flight", act(kind), "INVALID_REQUEST", [])
      for act, kinds in ((lambda kind: action(kind, table_name="ducks"), ("INSERT_DATA", "SCAN_TABLE", "UPDATE_DATA")),
                         (lambda kind: exchange(kind, table_name="ducks"), ("INSERT_DATA", "SCAN_TABLE", "UPDATE_DATA")),
                         (lambda kind: get(kind, table_name="ducks"), ("CREATE_TABLE", "DELETE_DATA", "STATISTICS", "INSERT_DATA")))
      for kind in kinds],
    ("path descriptor", "Flight", path_of_flight_info("ducks"), "INVALID_REQUEST", ["paths are not served"]),
    ("no upload", "Flight", put(FULL_UPLOAD, kind="SCAN_TABLE"), "INVALID_REQUEST", ["INSERT_DATA", "SCAN_TABLE"]),
    *[("protocol version", "Flight", act(version), "UNSUPPORTED_VERSION", [str(version), "versions 1 to 1"])
      for version in (0, 2, 4_000_000_000)
      for act in (lambda v: action("EXECUTE_SQL", sql="DELETE FROM ducks", protocol_version=v),
                  lambda v: exchange("EXECUTE_SQL", sql="DELETE FROM ducks", protocol_version=v),
                  lambda v: get("SCAN_TABLE", table_name="ducks", protocol_version=v),
                  lambda v: put(FULL_UPLOAD, protocol_version=v))],
    ("protocol version", "Flight", get_flight_info("SCAN_TABLE", table_name="ducks", protocol_version=2), "UNSUPPORTED_VERSION", ["version 2"]),
    ("session id that is none", "Flight", in_session("abc", sql="SELECT 1"), "INVALID_REQUEST", ["x-skein-session"]),
    ("session id that is none", "Flight", in_session("A" * 32, sql="SELECT 1"), "INVALID_REQUEST", ["x-skein-session"]),
    ("session not open", "Flight", in_session("0" * 32, sql="SELECT 1"), "SESSION_NOT_FOUND", ["not open"]),
    ("session not open", "Flight", in_session("0" * 32, "HEARTBEAT"), "SESSION_NOT_FOUND", ["not open"]),
    ("no session", "Flight", action("BEGIN_TRANSACTION"), "INVALID_REQUEST", ["session"]),
    ("no session", "Flight", action("HEARTBEAT"), "INVALID_REQUEST", ["session"]),
    ("no session", "Flight", action("CLOSE_SESSION"), "INVALID_REQUEST", ["session"]),
    ("transaction not open", "Flight", get("EXECUTE_SQL", sql="SELECT 1", transaction_id=99), "SESSION_NOT_FOUND", ["99"]),
    ("transaction not open", "Flight", put(FULL_UPLOAD, transaction_id=99), "SESSION_NOT_FOUND", ["99"]),
    ("SQL with rows as a command", "sql", run("SELECT 1"), "InvalidInputException", ["returns rows"]),
    ("SQL without rows as a query", "sql", query("DELETE FROM ducks"), "InvalidInputException", ["returns no rows"]),
    ("SQL that begins a transaction", "sql", run("BEGIN; DELETE FROM ducks"), "InvalidInputException", ["BEGIN_TRANSACTION"]),
    ("SQL error", "C++", command("query", "SELECT nothing FROM ducks"), "ENGINE_ERROR", ["Binder", "nothing"]),
    ("SQL error", "Flight", get("EXECUTE_SQL", sql="SELEC 1"), "ENGINE_ERROR", ["syntax error"]),
    ("request over the limit", "sql", query(LONG), "OutOfRangeException", ["--max-request-bytes", str(REQUEST_BYTES_MAX)]),
    ("request over the limit", "sql", run(LONG), "OutOfRangeException", ["--max-request-bytes"]),
    ("request over the limit", "C++", command("query", LONG), "LIMIT_REACHED", ["--max-request-bytes"]),
    ("request over the limit", "Flight", get("EXECUTE_SQL", sql=LONG), "LIMIT_REACHED", ["--max-request-bytes"]),
    ("request over the limit", "Flight", action("EXECUTE_SQL", sql=LONG), "LIMIT_REACHED", ["--max-request-bytes"]),
    ("request over the limit", "Flight", put(FULL_UPLOAD, columns=["x" * REQUEST_BYTES_MAX, "name"]), "LIMIT_REACHED", ["--max-request-bytes"]),
]


def title(entry):
    number, (what, door, *_) = entry
    return re.sub(r"\W+", "-", f"{number}-{door}-{what}")


def local_failure(doors, text):
    with pytest.raises(duckdb.Error) as failure:
        doors.oracle.execute(text)
    return type(failure.value).__name__, str(failure.value)


@pytest.mark.parametrize("entry", list(enumerate(REFUSALS)), ids=title)
def test_refused_by_name_with_nothing_changed(doors, entry):
    what, door, act, name, says = entry[1]
    before = doors.state()
    refused = act(doors)
    for part in says:
        assert part in refused.text, f"{part!r} is not in: {refused}"
    assert "INTERNAL" not in refused.text and refused.name != "InternalException", refused
    if name == "as locally":
        name, text = local_failure(doors, act.text)
        assert refused.text.splitlines()[0] == text.splitlines()[0]
    assert refused.name == name, refused
    assert doors.state() == before
    doors.check_usable()


@pytest.mark.parametrize("text", [
    "SELEC 1",
    "SELECT nothing FROM ducks",
    "SELECT 1,\n  no_such_function(2)",
    "SELECT id FROM ducks WHERE",
    "SELECT * FROM\n\n   no_such",
    "SELECT 'ü🦆', nothing FROM ducks",
    "SELECT id FROM ducks WHERE id = 'many'",
    "SELECT 'a'::INTEGER",
    "SELECT " + "1, " * 200 + "nothing FROM ducks",
])
def test_an_sql_error_is_the_local_one(doors, text):
    """Class, text, and the line with the caret."""
    refused = doors.query(text)
    assert (refused.name, refused.text) == local_failure(doors, text)


@pytest.mark.parametrize("text", ["SELECT nothing FROM ducks", "SELECT 1,\n  no_such_function(2)", "SELECT * FROM\n\n   no_such"])
@pytest.mark.parametrize("door", [Doors.query, Doors.run])
def test_the_place_of_an_sql_error_in_its_extra_information(doors, text, door):
    for connection in (doors.client, doors.oracle):
        connection.execute("SET errors_as_json = true")
    try:
        seen, (_, expected) = door(doors, text), local_failure(doors, text)
    finally:
        for connection in (doors.client, doors.oracle):
            connection.execute("RESET errors_as_json")
    seen, expected = (json.loads(error.split(" Error: ", 1)[1]) for error in (seen.text, expected))
    # What is alike depends on what there is.
    assert seen.pop("candidates") and expected.pop("candidates")
    for error in (seen, expected):
        error["exception_message"] = error["exception_message"].splitlines()[0]
    assert seen == expected and seen["position"]


@pytest.mark.parametrize("text", [
    "INSER INTO ducks VALUES (1)",
    "INSERT INTO ducks (id) VALUES (1); INSERT INTO ducks (nothing) VALUES (2)",
    "UPDATE ducks SET nothing = 1",
    "CREATE TABLE x (a NO_SUCH_TYPE)",
    "DELETE FROM ducks; SELEC 1",
])
def test_a_failed_command_is_the_local_one(doors, text):
    before = doors.state()
    doors.oracle.execute("BEGIN")
    expected = local_failure(doors, text)
    doors.oracle.execute("ROLLBACK")
    refused = doors.run(text)
    assert (refused.name, refused.text) == expected
    assert doors.state() == before


def test_every_request_of_the_list_exists():
    folder = pathlib.Path(__file__).parent
    for what, place in ELSEWHERE.items():
        name, _, test = place.partition("::")
        source = (folder / name).read_text()
        assert not test or f"def {test}(" in source, (what, place)
