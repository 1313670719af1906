"""The programs of examples/ against the real server: both snippets of the seed document, and a tour of the C++ client."""

import subprocess

import skein_server
from wire import Wire


def run_example(name, *arguments, code=0):
    program = skein_server.build_dir() / "examples" / f"example_{name}"
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=skein_server.HANG_SECONDS, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def test_seed_snippets(server):
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE my_table (id INTEGER, name VARCHAR)")
        assert run_example("seed_insert", server.uri) == "1000 rows inserted\n"
        assert wire.query("SELECT count(*), sum(id)::BIGINT, min(name), max(name) FROM my_table") == [
            (1000, 499500, "row 0", "row 999")
        ]
        before = wire.statistics()
        printed = run_example("seed_scan", server.uri)
        assert "row 0" in printed
        assert "row 999" in printed
        after = wire.statistics()
        assert after.rows_sent - before.rows_sent == 1000
        assert after.round_trips - before.round_trips == 1
        # The seed's scan asks for 1000 rows, however many there are.
        assert run_example("seed_insert", server.uri, 'main."my_table"') == "1000 rows inserted\n"
        run_example("seed_scan", server.uri)
        assert wire.statistics().rows_sent - after.rows_sent == 1000


def test_seed_scan_of_an_absent_table(server):
    assert "Catalog Error: Table with name my_table does not exist" in run_example("seed_scan", server.uri, code=1)


def test_seed_scan_without_a_server(server):
    uri = server.uri
    server.stop()
    assert "refused: no server listens there" in run_example("seed_scan", uri, code=1)


def test_client_tour(server):
    lines = dict(line.split(": ", 1) for line in run_example("client_tour", server.uri).splitlines())
    assert lines["exists before"] == "0"
    assert lines["exists after"] == "1"
    assert lines["inserted"] == "100000"
    assert lines["deleted"] == "50000"
    assert lines["updated"] == "5"
    assert lines["columns"] == "2"
    assert lines["scanned"] == "50000"
    assert lines["scanned with limit and offset"] == "500"
    assert lines["scanned with limit 0"] == "0"
    assert lines["kinds"] == "2"
    assert "tour of ducks" in lines["scan of the dropped table"]
    for counter in ("statements", "round trips", "bytes up", "bytes down", "rows up", "rows down", "active"):
        here, there = map(int, lines[counter].split())
        assert here == there, f"{counter}: the client counted {here}, the server {there}"
    assert lines["rows up"] == "100000 100000"
    assert lines["rows down"] == "50502 50502"
    assert lines["active"] == "0 0"
