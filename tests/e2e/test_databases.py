"""Several databases of one server: named on the command line, made on request in a folder, used by name, dropped."""

import contextlib
import threading

import duckdb
import pyarrow.flight as flight
import pytest

from wire import Wire, category_of, error_of


@contextlib.contextmanager
def refused(category, *texts):
    """The call in it fails with that category, and a message with all those texts."""
    with pytest.raises(flight.FlightError) as failure:
        yield
    assert category_of(failure.value) == category, failure.value
    message = error_of(failure.value).message
    for text in texts:
        assert text in message, message


@pytest.fixture
def wire(server_factory):
    """wire(*options, session=False): a new server with these options and a connection to it."""
    with contextlib.ExitStack() as stack:

        def make(*options, session=False):
            server = server_factory(*options)
            connection = stack.enter_context(Wire(server.listen_uri))
            connection.server = server
            if session:
                session_id = connection.action("OPEN_SESSION").session_id
                connection.headers.append((b"x-skein-session", session_id.encode()))
            return connection

        yield make


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "databases"
    folder.mkdir()
    return folder


def make(wire, name):
    return wire.action("CATALOG", database=name, create_database=True)


def test_named_databases(wire, tmp_path):
    one = wire("--database", f"Ente={tmp_path / 'a.db'}", "--database", f"gans={tmp_path / 'b.db'}")
    assert one.value("SELECT current_database()") == "Ente"
    assert one.value("SELECT current_database()", database="gans") == "gans"
    # As its creator spelled it.
    assert one.value("SELECT current_database()", database="ENTE") == "Ente"
    one.execute("CREATE TABLE t AS SELECT 1 AS i")
    one.execute("CREATE TABLE t AS SELECT 2 AS i", database="Gans")
    assert one.value("SELECT i FROM t") == 1
    assert one.value("SELECT i FROM t", database="gans") == 2
    assert one.value("SELECT i FROM Ente.t", database="gans") == 1
    # No other database is there: what is not found in one is not looked up in the default one.
    one.execute("CREATE TABLE only_in_ente AS SELECT 1 AS i")
    with refused("TABLE_NOT_FOUND"):
        one.query("SELECT * FROM only_in_ente", database="gans")
    assert sorted(one.query("SELECT database_name FROM duckdb_databases() WHERE NOT internal")) == [("Ente",), ("gans",)]


def test_every_request_works_in_its_database(wire, tmp_path):
    one = wire("--database", f"a={tmp_path / 'a.db'}", "--database", f"b={tmp_path / 'b.db'}")
    for name in ("a", "b"):
        one.action("CREATE_TABLE", table_name="t", database=name, column_definitions=[dict(name="i", type="INTEGER")])
    one.insert("t", {"i": [1, 2, 3]}, database="b")
    assert one.get("SCAN_TABLE", table_name="t", database="b").read_all().num_rows == 3
    assert one.get("SCAN_TABLE", table_name="t").read_all().num_rows == 0
    assert one.action("DELETE_DATA", table_name="t", filter="i = 2", database="b").rows_affected == 1
    assert one.action("DROP_TABLE", table_name="t", database="a").success
    assert one.action("TABLE_EXISTS", table_name="t", database="b").exists
    assert not one.action("TABLE_EXISTS", table_name="t", database="a").exists


def test_unknown_database(wire, folder):
    one = wire("--database-dir", folder)
    make(one, "known")
    with refused("ENGINE_ERROR", '"nirgends" does not exist on this server', '"known"') as _:
        one.query("SELECT 1", database="nirgends")
    for reserved in ("system", "temp", "main"):
        with refused("ENGINE_ERROR", "does not exist"):
            one.query("SELECT 1", database=reserved)
    with pytest.raises(flight.FlightError) as failure:
        one.execute("SELECT 1", database="nirgends")
    assert error_of(failure.value).exception_type == "Catalog"


def test_made_on_request_and_there_after_a_restart(wire, folder, server_factory):
    one = wire("--database-dir", folder)
    make(one, "Teich-1")
    one.execute("CREATE TABLE t AS SELECT 42 AS i", database="teich-1")
    # Making it again changes nothing.
    make(one, "TEICH-1")
    assert one.server.stop() == 0
    assert [path.name for path in folder.iterdir()] == ["Teich-1.duckdb"]
    two = wire("--database-dir", folder)
    assert two.value("SELECT i FROM t", database="teich-1") == 42
    assert two.value("SELECT current_database()", database="teich-1") == "Teich-1"


@pytest.mark.parametrize("name", ["../x", "a/b", "a.b", "", ".", "a b", "x" * 65, "-x", "ä"])
def test_names_that_are_none(wire, folder, name):
    one = wire("--database-dir", folder)
    if name:
        with refused("INVALID_REQUEST", "letters, digits"):
            make(one, name)
    assert list(folder.iterdir()) == []


def test_nowhere_to_make_one(wire):
    with refused("NOT_PERMITTED", "--database-dir"):
        make(wire(), "x")


def test_dropped(wire, folder):
    one = wire("--database-dir", folder)
    make(one, "x")
    one.execute("CREATE TABLE t AS SELECT 1", database="x")
    one.action("DROP_DATABASE", database="X")
    assert [path.name for path in folder.iterdir() if path.name != ".tmp"] == []
    with refused("ENGINE_ERROR", "does not exist"):
        one.query("FROM t", database="x")
    with refused("ENGINE_ERROR", "does not exist"):
        one.action("DROP_DATABASE", database="x")
    make(one, "x")
    assert not one.action("TABLE_EXISTS", table_name="t", database="x").exists


def test_not_dropped_while_in_use(wire, folder):
    one = wire("--database-dir", folder, session=True)
    make(one, "x")
    make(one, "y")
    transaction = one.action("BEGIN_TRANSACTION", database="x").transaction_id
    with refused("ENGINE_ERROR", "in use"):
        one.action("DROP_DATABASE", database="x")
    one.action("ROLLBACK_TRANSACTION", transaction_id=transaction)
    # By its name in a transaction of another.
    transaction = one.action("BEGIN_TRANSACTION", database="y").transaction_id
    one.execute("CREATE TABLE x.t(i INT)", transaction_id=transaction)
    with refused("ENGINE_ERROR", "in use"):
        one.action("DROP_DATABASE", database="x")
    one.action("COMMIT_TRANSACTION", transaction_id=transaction)
    one.action("DROP_DATABASE", database="x")


def test_the_operators_are_not_dropped(wire, tmp_path, folder):
    one = wire("--database", f"a={tmp_path / 'a.db'}", "--database-dir", folder)
    with refused("NOT_PERMITTED", "operator"):
        one.action("DROP_DATABASE", database="A")
    one.execute(f"ATTACH '{tmp_path / 'other.db'}' AS other")
    with refused("NOT_PERMITTED", "DETACH"):
        one.action("DROP_DATABASE", database="other")
    with refused("INVALID_REQUEST", "name"):
        one.action("DROP_DATABASE")


def test_read_only(wire, folder, tmp_path):
    for path in (folder / "x.duckdb", tmp_path / "a.db"):
        with duckdb.connect(path) as made:
            made.execute("CREATE TABLE t AS SELECT 7 AS i")
    one = wire("--read-only", "--database", f"a={tmp_path / 'a.db'}", "--database-dir", folder)
    for name in ("a", "x"):
        assert one.value("SELECT i FROM t", database=name) == 7
        with refused("ENGINE_ERROR", "read-only"):
            one.execute("INSERT INTO t VALUES (8)", database=name)
    with refused("NOT_PERMITTED", "--read-only"):
        make(one, "new")
    with refused("NOT_PERMITTED", "--read-only"):
        one.action("DROP_DATABASE", database="x")


def test_a_damaged_file_is_an_error_of_its_own(wire, folder):
    (folder / "broken.duckdb").write_bytes(b"\0" * 20000)
    one = wire("--database-dir", folder)
    with refused("ENGINE_ERROR", "broken.duckdb"):
        one.query("SELECT 1", database="broken")
    assert one.value("SELECT 1") == 1


def test_a_transaction_stays_in_its_database(wire, folder):
    one = wire("--database-dir", folder, session=True)
    make(one, "x")
    make(one, "y")
    transaction = one.action("BEGIN_TRANSACTION", database="x").transaction_id
    assert one.value("SELECT current_database()", transaction_id=transaction) == "x"
    assert one.value("SELECT current_database()", transaction_id=transaction, database="X") == "x"
    with refused("INVALID_REQUEST", '"x"', '"y"'):
        one.query("SELECT 1", transaction_id=transaction, database="y")
    one.action("COMMIT_TRANSACTION", transaction_id=transaction)


def test_search_path(wire, folder):
    one = wire("--database-dir", folder, session=True)
    make(one, "x")
    one.execute("CREATE SCHEMA s; CREATE SCHEMA u; CREATE TABLE s.t AS SELECT 's' AS i; CREATE TABLE u.t AS SELECT 'u' AS i;"
                "CREATE TABLE m AS SELECT 'main' AS i", database="x")
    assert one.value("SELECT i FROM t", database="x", search_path=["s", "u"]) == "s"
    assert one.value("SELECT i FROM t", database="x", search_path=["u", "s"]) == "u"
    assert one.value("SELECT i FROM m", database="x", search_path=["u"]) == "main"
    assert one.value("SELECT current_schema()", database="x", search_path=["u"]) == "u"
    # One that is not there is passed over, and a name is a name, not SQL.
    assert one.value("SELECT i FROM t", database="x", search_path=["nowhere", "a.b,s", "s"]) == "s"
    transaction = one.action("BEGIN_TRANSACTION", database="x", search_path=["s"]).transaction_id
    where = dict(transaction_id=transaction)
    assert one.value("SELECT i FROM t", search_path=["s"], **where) == "s"
    assert one.value("SELECT i FROM t", search_path=["u"], **where) == "u"
    one.execute("CREATE TABLE made AS SELECT 1 AS i", search_path=["u"], **where)
    assert one.value("SELECT i FROM u.made", **where) == 1
    one.action("ROLLBACK_TRANSACTION", transaction_id=transaction)


def test_killed_and_started_again(wire, folder):
    one = wire("--database-dir", folder)
    make(one, "x")
    one.execute("CREATE TABLE t AS SELECT 42 AS i", database="x")
    one.server.kill()
    one.server.ended_by_test = True
    two = wire("--database-dir", folder)
    assert two.value("SELECT i FROM t", database="x") == 42


def test_many_make_use_and_drop_at_once(wire, folder):
    """Whoever comes first makes a database, all use it, and whatever a drop meets, nothing but its own refusal comes of it."""
    one = wire("--database-dir", folder)
    problems = []

    def work(number):
        with Wire(one.server.listen_uri) as own:
            for step in range(15):
                name = f"d{step % 3}"
                try:
                    make(own, name)
                    own.execute("CREATE OR REPLACE TABLE t AS SELECT 1 AS i", database=name)
                    own.query("FROM t", database=name)
                    if number == 0:
                        own.action("DROP_DATABASE", database=name)
                except flight.FlightError as failure:
                    error = error_of(failure)
                    expected = ("in use", "does not exist", "onflict", "being detached", "already attached")
                    if error is None or not any(text in error.message for text in expected):
                        problems.append(str(failure))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    for name in ("d0", "d1", "d2"):
        make(one, name)
        one.action("DROP_DATABASE", database=name)
    assert not list(folder.glob("*.duckdb*"))


@pytest.mark.parametrize(
    "options, texts",
    [
        (["--database", "a=", "--database", "b=x"], ["--database", "file after the ="]),
        (["--database", "a=x", "--database", "A=y"], ["--database", "two are called"]),
        (["--database", "a=x", "--database", "y"], ["--database", "NAME=FILE"]),
        (["--database-dir", "nowhere"], ["nowhere", "not there"]),
    ],
)
def test_options_that_make_no_sense(server_factory, options, texts):
    server = server_factory("--log-level", "off", *options, wait=False)
    assert server.wait() in (1, 2)
    for text in texts:
        assert text in server.log
