"""Servers that cannot be reached, each for a reason of its own, which the error names; the connection goes on.

Every reason is tried through each function, registering a table and the C++ client.
"""

import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading

import duckdb
import pytest

import namespaces
import skein_server
from certificates import Certificate
from refusals import Commands, Refused, refused_by_sql
from twin import Twin, quoted, statistics, wait_until
from wire import Wire

STATEMENTS = [
    "CALL register_remote_table('x', {uri}, 't')",
    "FROM skein_query({uri}, 'SELECT 1')",
    "CALL skein_execute({uri}, 'CREATE TABLE x (i INTEGER)')",
    "CALL skein_create_table({uri}, 'x', 'i INTEGER')",
    "FROM skein_table_exists({uri}, 't')",
    "ATTACH {uri} AS x (TYPE skein)",
]


def refused_everywhere(client, uri, *says, name="IOException", category="SERVER_UNAVAILABLE"):
    """The address is refused by every statement and by the C++ client, in the same words."""
    for statement in STATEMENTS:
        refused = refused_by_sql(client, statement.replace("{uri}", quoted(uri)))
        assert refused.name == name, refused
        for part in says:
            assert part in refused.text, refused
    commands = Commands(uri)
    refused = commands.run("query", "SELECT 1")
    assert isinstance(refused, Refused) and refused.name == category, refused
    for part in says:
        assert part in refused.text, refused
    commands.close()
    assert client.execute("SELECT 42").fetchall() == [(42,)]
    assert client.execute("SELECT count(*) FROM remote_tables() WHERE table_name = 'x'").fetchall() == [(0,)]
    assert client.execute("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'x'").fetchall() == [(0,)]


def test_nobody_listens(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    refused_everywhere(client, f"grpc://127.0.0.1:{port}", f"127.0.0.1:{port}", "refused")


def test_a_socket_file_that_is_not_there(client, tmp_path):
    refused_everywhere(client, f"grpc+unix://{tmp_path}/none.sock", "none.sock")


def test_a_host_that_does_not_resolve(client):
    refused_everywhere(client, "grpc://no-such-host.invalid:8815", "no-such-host.invalid", "resolve")


@pytest.fixture
def silent():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_stays_silent(client, silent):
    client.execute("SET skein_connect_timeout_ms = 200")
    for statement in STATEMENTS:
        refused = refused_by_sql(client, statement.replace("{uri}", quoted(f"grpc://127.0.0.1:{silent}")))
        assert refused.name == "IOException" and "did not answer within 200 ms" in refused.text, refused
    assert client.execute("SELECT 42").fetchall() == [(42,)]


def greet(listener, greeting):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.sendall(greeting)


def test_a_port_of_something_else(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=greet, args=(listener, b"HTTP/1.1 400 Bad Request\r\n\r\n"), daemon=True).start()
        port = listener.getsockname()[1]
        refused_everywhere(client, f"grpc://127.0.0.1:{port}", f"127.0.0.1:{port}", "does not speak Arrow Flight")
        listener.shutdown(socket.SHUT_RDWR)


def test_plaintext_to_a_tls_port(client, server_factory, tmp_path):
    certificate = Certificate(tmp_path)
    server = server_factory(*certificate.options)
    refused_everywhere(client, f"grpc://localhost:{server.port}", "speaks TLS", "grpc+tls://")
    with Wire(server.uri, tls_root_certs=certificate.pem) as wire:
        assert wire.value("SELECT 42") == 42


def test_tls_to_a_plaintext_port(client, server):
    refused_everywhere(client, f"grpc+tls://localhost:{server.port}", "does not speak TLS", "grpc://")
    with Wire(server.uri) as wire:
        assert wire.value("SELECT 42") == 42


def test_a_certificate_nobody_trusts(client, server_factory, tmp_path):
    server = server_factory(*Certificate(tmp_path).options)
    refused_everywhere(client, server.uri, "certificate", "not trusted", name="PermissionException", category="NOT_PERMITTED")


SWALLOWED = """
    import sys, threading, duckdb
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    connection.execute(f"LOAD '{sys.argv[1]}'")
    connection.execute("SET skein_connect_timeout_ms = 500")
    for sql in sys.argv[2:]:
        try:
            connection.execute(sql)
            raise SystemExit("it was not refused")
        except duckdb.IOException as failure:
            assert "10.213.7.1:1" in str(failure), failure
            assert "took longer than 500 ms" in str(failure), failure
    connection.execute("RESET skein_connect_timeout_ms")
    timer = threading.Timer(0.3, connection.interrupt)
    timer.start()
    try:
        connection.execute(sys.argv[2])
        raise SystemExit("it did not end")
    except duckdb.InterruptException:
        pass
    timer.join()
    print(connection.execute("SELECT 'usable'").fetchall()[0][0])
"""


def test_an_address_that_swallows_packets():
    reason = namespaces.why_not()
    if reason:
        pytest.skip(reason)
    with namespaces.TwoHosts() as hosts:
        # Neither an answer nor a refusal: the neighbour is known by its hardware address, and drops what it gets.
        described = subprocess.run([*hosts.on_server, "ip", "-o", "link", "show", "veth0"], check=True, capture_output=True, text=True)
        hardware = re.search(r"link/ether (\S+)", described.stdout)[1]
        for host, command in ((hosts.on_server, "address flush dev veth0"),
                              (hosts.on_client, f"neighbour replace 10.213.7.1 lladdr {hardware} dev veth1")):
            subprocess.run([*host, "ip", *command.split()], check=True)
        statements = [statement.replace("{uri}", "'grpc://10.213.7.1:1'") for statement in STATEMENTS]
        ended = subprocess.run([*hosts.on_client, sys.executable, "-c", textwrap.dedent(SWALLOWED), str(skein_server.extension_path()), *statements],
                               capture_output=True, text=True, timeout=skein_server.HANG_SECONDS)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.strip() == "usable"


@pytest.fixture
def stopped_soon(connect, oracle, server_factory, tmp_path):
    """A client of a server with a database file that does not wait for anyone once it is told to end."""
    twin = Twin(connect(), oracle, server_factory("--drain-seconds", 0, database=tmp_path / "server.db"))
    twin.start_again = lambda: server_factory(database=tmp_path / "server.db", port=twin.server.port)
    twin.on_server("CREATE TABLE t (i BIGINT); CREATE VIEW many AS SELECT range AS i FROM range(50000000)")
    twin.register("t")
    twin.register("many")
    return twin


def test_a_server_that_is_told_to_end_in_mid_scan(stopped_soon):
    """Never a shorter result: an error, and after the server is back the whole of it."""
    result = stopped_soon.client.execute("FROM many")
    assert len(result.fetchmany(5000)) == 5000
    stopped_soon.server.signal(signal.SIGTERM)
    with pytest.raises(duckdb.IOException, match="shutting down|localhost"):
        while result.fetchmany(1_000_000):
            pass
    assert stopped_soon.server.wait() == 0
    stopped_soon.start_again()
    assert stopped_soon.client.execute("SELECT count(*) FROM many").fetchall() == [(50_000_000,)]


@pytest.mark.parametrize("begin", [False, True])
def test_a_server_that_is_told_to_end_in_mid_insert(stopped_soon, begin):
    """All rows or none, and those of nobody who was not told so."""
    watcher = stopped_soon.client.cursor()

    def stop():
        wait_until(lambda: statistics(watcher, stopped_soon.uri)["client"]["rows_sent"] > 100_000, "the upload to run")
        stopped_soon.server.signal(signal.SIGTERM)

    stopper = threading.Thread(target=stop)
    if begin:
        stopped_soon.client.execute("BEGIN")
    stopper.start()
    with pytest.raises(duckdb.IOException, match="shutting down|localhost"):
        stopped_soon.client.execute("INSERT INTO t SELECT range FROM range(10000000000)")
    stopper.join()
    if begin:
        stopped_soon.client.execute("ROLLBACK")
    assert stopped_soon.server.wait() == 0
    stopped_soon.start_again()
    assert stopped_soon.client.execute("FROM t").fetchall() == []
    assert stopped_soon.client.execute("INSERT INTO t VALUES (1)").fetchall() == [(1,)]
