"""Loading: databases, forks, and the first lines a user types. (Names, orders and pyarrow: test_packaging.py.)"""

import subprocess
import sys
import textwrap

import duckdb
import pytest

import namespaces
import skein_server
from twin import failure_of, quoted

PROLOGUE = """
import os, sys, duckdb
extension, compat, server = sys.argv[1:4]
def database(**settings):
    return duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false", **settings})
"""


def command(code):
    return [sys.executable, "-c", PROLOGUE + textwrap.dedent(code), str(skein_server.extension_path()), str(skein_server.compat_dir()),
            str(skein_server.build_dir() / "distributed_server")]


def python(code, *arguments, prefix=()):
    """Runs code in a process of its own and returns what it prints."""
    result = subprocess.run([*prefix, *command(code), *map(str, arguments)], capture_output=True, text=True, timeout=skein_server.HANG_SECONDS)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_not_loaded_nothing_is_there(connect):
    client = connect(load=False)
    assert isinstance(failure_of(client, "FROM remote_tables()"), duckdb.CatalogException)
    client.execute(f"LOAD '{skein_server.extension_path()}'")
    assert client.execute("FROM remote_tables()").fetchall() == []


def test_loading_twice_keeps_what_is_registered(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    for _ in range(2):
        twin.client.execute(f"LOAD '{skein_server.extension_path()}'")
    assert twin.client.execute("FROM t").fetchall() == [(1,)]
    assert len(twin.client.execute("FROM remote_tables()").fetchall()) == 1


def test_databases_of_one_process_know_nothing_of_each_other(twin, connect):
    twin.table("t", "i INTEGER", "VALUES (1)")
    other = connect()
    assert other.execute("FROM remote_tables()").fetchall() == []
    other.execute(f"CALL register_remote_table('t', {quoted(twin.uri)}, 't')")
    twin.client.execute("CALL unregister_remote_table('t')")
    assert other.execute("FROM t").fetchall() == [(1,)]


def test_the_extension_is_listed(client):
    rows = client.execute("SELECT loaded, extension_version FROM duckdb_extensions() WHERE extension_name = 'skein'").fetchall()
    assert len(rows) == 1 and rows[0][0] is True and rows[0][1], rows


def test_a_client_that_closes_in_the_middle_of_everything(shared_server):
    for _ in range(5):
        python("""
            uri = sys.argv[4]
            connection = database()
            connection.execute(f"LOAD '{extension}'")
            connection.execute(f"CALL skein_execute('{uri}', 'CREATE OR REPLACE TABLE t AS SELECT range AS i FROM range(1000000)')")
            connection.execute(f"CALL register_remote_table('t', '{uri}', 't')")
            connection.execute("BEGIN; DELETE FROM t WHERE i < 10")
            cursor = connection.cursor()
            cursor.execute("FROM t").fetchone()
        """, shared_server.uri)


FORK = """
    uri = sys.argv[4]
    connection = database()
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"CALL register_remote_table('t', '{uri}', 't')")
    assert connection.execute("FROM t").fetchall() == [(1,)]
    child = os.fork()
    if child == 0:
        code = 1
        try:
            connection.execute("SET threads = 1")
            connection.execute("FROM skein_table_exists(?, 't')", [uri])
        except duckdb.Error as failure:
            code = 0 if "fork" in str(failure) else 2
            print(failure, file=sys.stderr)
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert connection.execute("FROM t").fetchall() == [(1,)]
    connection.execute("INSERT INTO t VALUES (2)")
    connection.execute("DELETE FROM t WHERE i = 2")
    print("parent goes on")
"""


def test_a_fork_is_refused_and_the_parent_goes_on(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    assert python(FORK, twin.uri) == "parent goes on\n"


def test_a_fork_that_does_not_touch_it_may_end(twin):
    twin.table("t", "i INTEGER", "VALUES (1)")
    python("""
        uri = sys.argv[4]
        connection = database()
        connection.execute(f"LOAD '{extension}'")
        connection.execute(f"CALL register_remote_table('t', '{uri}', 't')")
        connection.execute("BEGIN; INSERT INTO t VALUES (2)")
        child = os.fork()
        if child == 0:
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        connection.execute("ROLLBACK")
        assert connection.execute("FROM t").fetchall() == [(1,)]
    """, twin.uri)


def test_a_database_opened_after_a_fork(twin):
    """Nothing was loaded in the parent: the child is like any process."""
    twin.table("t", "i INTEGER", "VALUES (1)")
    python("""
        uri = sys.argv[4]
        child = os.fork()
        if child == 0:
            connection = database()
            connection.execute(f"LOAD '{extension}'")
            connection.execute(f"CALL register_remote_table('t', '{uri}', 't')")
            os._exit(0 if connection.execute("FROM t").fetchall() == [(1,)] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    """, twin.uri)


# The first lines of the design this grew from, as they stand there. The default port is taken on the test's own loopback.
TRANSCRIPT = """
    import subprocess
    process = subprocess.Popen([server], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        line = process.stdout.readline()
        assert "0.0.0.0:8815" in line, line
        maker = database()
        maker.execute(f"LOAD '{extension}'")
        maker.execute("CALL skein_create_table('grpc://localhost:8815', 'remote_table', 'id INTEGER, name VARCHAR')")
        maker.execute("CALL skein_execute('grpc://localhost:8815', 'INSERT INTO remote_table VALUES (1, ''one''), (2, ''two'')')")
        connection = database(extension_directory=compat)
        result = connection.execute('''
    -- Load the extension
    LOAD 'motherduck';

    -- Register remote table
    CALL register_remote_table('my_table', 'grpc://localhost:8815', 'remote_table');

    -- Scan will use Flight client
    SELECT * FROM my_table;
    ''')
        assert result.fetchall() == [(1, "one"), (2, "two")]
        rows = connection.execute("SELECT side, rows_received, rows_sent FROM skein_statistics() ORDER BY side").fetchall()
        assert rows == [("client", 2, 0), ("server", 0, 2)], rows
        print("done")
    finally:
        process.terminate()
        process.wait()
    assert process.returncode == 0, process.returncode
"""


def test_the_first_lines_word_for_word():
    reason = namespaces.why_not()
    if reason:
        pytest.skip(reason)
    assert python(TRANSCRIPT, prefix=namespaces.alone()) == "done\n"


def test_processes_end_cleanly_whatever_is_open(twin):
    """No crash on the way out: interpreter exit, close, and neither."""
    twin.table("t", "i INTEGER", "FROM range(100000)")
    for ending in ("", "connection.close()", "del connection", "os._exit(0)", "sys.exit(0)"):
        python(f"""
            uri = sys.argv[4]
            connection = database()
            connection.execute(f"LOAD '{{extension}}'")
            connection.execute(f"CALL register_remote_table('t', '{{uri}}', 't')")
            result = connection.cursor().execute("FROM t")
            result.fetchone()
            {ending}
        """, twin.uri)
