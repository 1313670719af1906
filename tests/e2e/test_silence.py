"""A server that falls silent in the middle: its address swallows packets from one moment on.

The statement must end by itself: the client asks a server that sends nothing for a sign of life, and gives up when none
comes for skein_idle_timeout_ms (30 s by default). A query that rightly sends nothing for longer goes on, because the server answers.
"""

import contextlib
import subprocess
import sys
import textwrap
import time

import namespaces
import pytest
import skein_server
from skein_server import Server

CLIENT = """
    import sys, duckdb
    extension, sql, uri = sys.argv[1:]
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    connection.execute(f"LOAD '{extension}'")
    connection.execute("SET skein_idle_timeout_ms = 3000")
    connection.execute("CALL skein_execute(?, 'CREATE OR REPLACE TABLE t (i BIGINT)')", [uri])
    print("running", flush=True)
    try:
        print(connection.execute(sql, [uri]).fetchall())
    except duckdb.IOException as failure:
        print("ended:", failure)
    print(connection.execute("SELECT 'usable'").fetchall()[0][0])
"""

# No row comes before the sum is known, and that takes longer than the test.
ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


STATEMENTS = {
    f"FROM skein_query(?, '{ENDLESS}')": "no sign of life",
    f"CALL skein_execute(?, 'INSERT INTO t {ENDLESS}')": "look at the data",
}


def start_client(hosts, sql, uri):
    code = textwrap.dedent(CLIENT)
    command = [*hosts.on_client, sys.executable, "-c", code, str(skein_server.extension_path()), sql, uri]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert client.stdout.readline() == "running\n"
    return client


def test_the_address_swallows_packets_in_the_middle():
    reason = namespaces.why_not()
    if reason:
        pytest.skip(reason)
    with contextlib.ExitStack() as stack:
        hosts = stack.enter_context(namespaces.TwoHosts())
        server = Server("--allow-remote-without-authentication", host=namespaces.SERVER_ADDRESS, prefix=hosts.on_server)
        stack.callback(server.kill)
        uri = f"grpc://{namespaces.SERVER_ADDRESS}:{server.port}"
        clients = []
        for sql in STATEMENTS:
            clients.append(start_client(hosts, sql, uri))
            stack.callback(clients[-1].wait)
            stack.callback(clients[-1].kill)
        # Time for both statements to reach the server; were one still on its way, it would end the same.
        time.sleep(2)
        subprocess.run([*hosts.on_server, "ip", "address", "flush", "dev", "veth0"], check=True)
        for client, says in zip(clients, STATEMENTS.values()):
            printed, _ = client.communicate(timeout=skein_server.HANG_SECONDS)
            assert client.returncode == 0, printed
            assert says in printed, printed
            assert printed.endswith("usable\n"), printed
