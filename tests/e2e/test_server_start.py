"""Starting distributed_server: what it says when it listens, and how it names what keeps it from listening."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import duckdb
import pytest

import namespaces
import skein_server
from certificates import Certificate
from program import refusal, run
from wire import Wire

START_LINE = re.compile(
    r"^distributed_server listening on (?P<uri>\S+) database=(?P<database>\S+|\".*\") read_only=(?P<read_only>yes|no) "
    r"skein=(?P<skein>\S+) duckdb=(?P<duckdb>\S+) arrow=(?P<arrow>\S+) protocol=(?P<protocol>\d+) "
    r"mode=(?P<mode>protected|token|open) tls=(?P<tls>on|off) pid=(?P<pid>\d+)$")

needs_namespaces = pytest.mark.skipif(namespaces.why_not() is not None, reason=f"no network namespaces: {namespaces.why_not()}")


def start_line(server):
    """The parts of the line a server printed when it listened."""
    server.wait_for_line("listening on")
    lines = [line for line in server.lines if "listening on" in line]
    assert len(lines) == 1
    match = START_LINE.match(lines[0])
    assert match, lines[0]
    return match


def a_file(folder, name, content, mode=0o600):
    path = pathlib.Path(folder) / name
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_help_and_version():
    shown = run("--help")
    assert shown.returncode == 0 and shown.stderr == ""
    for option in ("--database", "--token-file", "--drain-seconds", "SKEIN_DATABASE"):
        assert option in shown.stdout
    shown = run("--version")
    assert shown.returncode == 0 and shown.stderr == ""
    assert re.fullmatch(r"skein=\S+ duckdb=v2\.0\.0 arrow=\d+\.\d+\.\d+ protocol=1\n", shown.stdout)


def test_the_operations_page_names_every_option_and_variable():
    page = (skein_server.ROOT / "docs" / "operations.md").read_text()
    shown = run("--help").stdout
    named = set(re.findall(r"--[a-z][a-z-]+|SKEIN_[A-Z_]+", shown))
    assert {"--config", "SKEIN_PORT", "--help"} <= named
    assert not {name for name in named if f"`{name}" not in page}


def test_the_line_at_the_start(server_factory):
    server = server_factory()
    line = start_line(server)
    assert line["uri"] == f"grpc://127.0.0.1:{server.port}" and server.port > 0
    assert (line["database"], line["read_only"], line["mode"], line["tls"]) == (":memory:", "no", "protected", "off")
    assert line["duckdb"] == "v" + duckdb.__version__
    assert int(line["pid"]) == server.pid
    with Wire(server.uri) as wire:
        assert wire.value("SELECT 42") == 42
        answer = wire.action("STATISTICS")
        assert (answer.server_version, answer.engine_version) == (line["skein"], line["duckdb"])


def test_the_line_is_all_of_standard_output_and_logs_are_not_in_it(tmp_path):
    process = subprocess.Popen(
        [skein_server.build_dir() / "distributed_server", "127.0.0.1", "0", "--log-level", "debug"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=skein_server.clean_environment())
    try:
        first = process.stdout.readline()
        assert START_LINE.match(first.rstrip("\n"))
        with Wire(START_LINE.match(first.rstrip("\n"))["uri"]) as wire:
            wire.value("SELECT 42")
        process.send_signal(signal.SIGTERM)
        out, log = process.communicate(timeout=skein_server.HANG_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert out == ""
    for line in log.splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(debug|info|warning|error) event=", line), line
    assert "type=EXECUTE_SQL" in log


@needs_namespaces
def test_without_arguments_it_listens_everywhere_on_the_known_port_protected():
    process = subprocess.Popen([*namespaces.alone(), str(skein_server.build_dir() / "distributed_server")], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=skein_server.clean_environment())
    try:
        line = START_LINE.match(process.stdout.readline().rstrip("\n"))
        assert line["uri"] == "grpc://0.0.0.0:8815"
        assert (line["database"], line["mode"], line["tls"]) == (":memory:", "protected", "off")
    finally:
        process.terminate()
        assert process.wait(skein_server.HANG_SECONDS) == 0


def test_hosts_by_name_and_address(server_factory):
    for host, shown in (("localhost", "localhost"), ("0.0.0.0", "0.0.0.0"), ("::1", "[::1]"), ("[::1]", "[::1]")):
        server = server_factory(host=host)
        assert server.listen_uri == f"grpc://{shown}:{server.port}"
        with Wire(f"grpc://{'[::1]' if ':' in host else '127.0.0.1'}:{server.port}") as wire:
            assert wire.value("SELECT 42") == 42


def test_a_socket_file_as_host(server_factory, tmp_path):
    path = tmp_path / "skein.sock"
    host = f"grpc+unix://{path}"
    server = server_factory(host=host)
    assert start_line(server)["uri"] == host
    with Wire(host) as wire:
        assert wire.value("SELECT 42") == 42
    assert "another program listens" in refusal(host)
    server.kill()
    # What a killed server leaves behind is in nobody's way.
    server = server_factory(host=host)
    with Wire(host) as wire:
        assert wire.value("SELECT 43") == 43


def test_socket_files_that_cannot_be(tmp_path):
    assert "must start with /" in refusal("grpc+unix://skein.sock")
    assert "shorter than" in refusal(f"grpc+unix://{tmp_path}/{'x' * 110}")
    assert "No such file" in refusal(f"grpc+unix://{tmp_path}/absent/skein.sock")
    assert "is not a socket" in refusal(f"grpc+unix://{a_file(tmp_path, 'file', b'')}")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_port_in_use_is_named(host):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refusal(host, port)
        assert f"port {port} of {host} is in use" in said


def test_a_second_server_does_not_share_the_port(server_factory):
    server = server_factory()
    assert "is in use" in refusal("127.0.0.1", server.port)
    with Wire(server.uri) as wire:
        assert wire.value("SELECT 42") == 42


def test_a_port_is_free_again_right_after_its_server(server_factory):
    server = server_factory()
    port = server.port
    with Wire(server.uri) as wire:
        wire.value("SELECT 42")
        assert server.stop() == 0
    assert server_factory(port=port).port == port


@needs_namespaces
def test_hosts_that_are_not_this_machine():
    assert "'192.0.2.1' is not an address of this machine" in refusal("192.0.2.1", 0)
    said = refusal("no-such-host.invalid", 0, prefix=namespaces.alone())
    assert "'no-such-host.invalid' does not resolve" in said


def test_usage_errors_end_with_two():
    assert "--threads: '0' is not accepted; give a whole number from 1 to 1024" in refusal("--threads", "0", code=2)
    assert "--colour" in refusal("--colour", code=2)
    assert "--memory-limit" in refusal(code=2, SKEIN_MEMORY_LIMIT="lots")


def test_a_configuration_file_and_the_environment(server_factory, tmp_path):
    database = tmp_path / "from file.db"
    path = a_file(tmp_path, "skein.toml", f'database="{database}"\nthreads=2\n'.encode())
    server = server_factory("--config", path, environment={"SKEIN_MEMORY_LIMIT": "300MiB", "SKEIN_THREADS": "1"})
    assert start_line(server)["database"] == f'"{database}"'
    with Wire(server.uri) as wire:
        assert wire.value("SELECT current_setting('threads')") == 2
        assert wire.value("SELECT current_setting('memory_limit')") == "300.0 MiB"


def test_certificates_that_will_not_do(tmp_path):
    good = Certificate(tmp_path, "good")
    other = Certificate(tmp_path, "other")

    def said(cert, key=good.key):
        return refusal("127.0.0.1", 0, "--tls-cert", cert, "--tls-key", key)

    assert "do not belong together" in said(good.cert, other.key)
    assert f"--tls-cert: '{tmp_path}/absent' cannot be opened: No such file" in said(tmp_path / "absent")
    assert f"--tls-key: '{tmp_path}/absent' cannot be opened: No such file" in said(good.cert, tmp_path / "absent")
    assert "is a folder" in said(tmp_path)
    assert f"--tls-cert: '{good.key}' holds no PEM certificate" in said(good.key)
    no_key = a_file(tmp_path, "no-key.pem", good.pem)
    assert f"--tls-key: '{no_key}' holds no PEM private key" in said(good.cert, no_key)
    cut = a_file(tmp_path, "cut.pem", good.pem[: len(good.pem) // 2])
    assert "holds no PEM certificate" in said(cut)
    expired = Certificate(tmp_path, "expired", start="20100101000000Z", end="20110101000000Z")
    assert "expired on" in said(expired.cert, expired.key)
    early = Certificate(tmp_path, "early", start="20980101000000Z")
    assert "is not valid before" in said(early.cert, early.key)
    locked = tmp_path / "locked.pem"
    subprocess.run(["openssl", "pkey", "-aes128", "-passout", "pass:x", "-in", good.key, "-out", locked], check=True)
    locked.chmod(0o600)
    assert "passphrase" in said(good.cert, locked)
    good.key.chmod(0o644)
    assert "chmod 600" in said(good.cert)
    assert "--tls-key" in refusal("--tls-cert", good.cert, code=2)


def test_token_files_that_will_not_do(tmp_path):
    def said(path):
        return refusal("127.0.0.1", 0, "--token-file", path)

    assert "is empty" in said(a_file(tmp_path, "empty", b"\n"))
    assert "cannot be opened: No such file" in said(tmp_path / "absent")
    assert "chmod 600" in said(a_file(tmp_path, "public", b"planted-secret", 0o644))
    assert "is a folder" in said(tmp_path)
    words = said(a_file(tmp_path, "words", b"planted-secret second\n"))
    assert "one token" in words and "planted-secret" not in words
    both = refusal("127.0.0.1", 0, "--token-file", a_file(tmp_path, "good", b"planted-secret"), SKEIN_TOKEN="another-secret")
    assert "only one" in both and "secret" not in both


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root to become somebody else")
def test_files_that_may_not_be_read(tmp_path):
    path = a_file(tmp_path, "token", b"planted-secret", 0o600)
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001 and folder != pathlib.Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    server = tmp_path / "server"
    server.mkdir(mode=0o755)
    for name in ("distributed_server", *(library.name for library in skein_server.build_dir().glob("libarrow*.so*"))):
        shutil.copy(skein_server.build_dir() / name, server / name)
    ended = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", server / "distributed_server", "127.0.0.1", "0",
                            "--token-file", path], capture_output=True, text=True, cwd="/", env=skein_server.clean_environment())
    assert ended.returncode == 1
    assert f"'{path}' cannot be opened: Permission denied" in ended.stderr


def test_database_files_that_will_not_do(server_factory, tmp_path):
    database = tmp_path / "skein.db"
    server_factory(database=database)
    locked = refusal("127.0.0.1", 0, "--database", database)
    assert str(database) in locked and "lock" in locked
    corrupt = a_file(tmp_path, "corrupt.db", b"not a database " * 2000)
    said = refusal("127.0.0.1", 0, "--database", corrupt)
    assert str(corrupt) in said and "valid DuckDB database" in said
    said = refusal("127.0.0.1", 0, "--database", tmp_path / "absent" / "skein.db")
    assert "absent" in said
    said = refusal("127.0.0.1", 0, "--database", tmp_path / "absent.db", "--read-only")
    assert "absent.db" in said
    said = refusal("127.0.0.1", 0, "--database", tmp_path)
    assert str(tmp_path) in said
    for text in (locked, said):
        assert "INTERNAL" not in text and "exception_type" not in text


def test_a_database_cut_short_is_refused_or_served_whole(server_factory, tmp_path):
    database = tmp_path / "skein.db"
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS i, repeat('x', 100) AS s FROM range(100000)")
    whole = database.read_bytes()
    for size in (1, 4096, 12288 - 1, len(whole) // 2):
        cut = a_file(tmp_path, f"cut{size}.db", whole[:size])
        said = refusal("127.0.0.1", 0, "--database", cut)
        assert str(cut) in said


def test_a_file_is_kept_and_read_only_means_it(server_factory, tmp_path):
    database = tmp_path / "skein.db"
    server = server_factory(database=database)
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE t AS SELECT 42 AS i")
    assert server.stop() == 0
    server = server_factory("--read-only", database=database)
    assert start_line(server)["read_only"] == "yes"
    with Wire(server.uri) as wire:
        assert wire.value("SELECT i FROM t") == 42
        with pytest.raises(Exception, match="read-only"):
            wire.execute("INSERT INTO t VALUES (1)")


def test_a_backup_as_the_operations_page_says(server_factory, tmp_path):
    page = (skein_server.ROOT / "docs" / "operations.md").read_text()
    statements = re.search(r"```sql\n(ATTACH .*?)```", page, re.DOTALL)[1].replace("/backup/sales-2026-11-22.db", str(tmp_path / "copy.db"))
    server = server_factory(database=tmp_path / "sales.db")
    with Wire(server.uri) as wire:
        wire.execute("CREATE TABLE t AS SELECT range AS i FROM range(1000)")
        for statement in statements.strip().split("\n"):
            wire.execute(statement)
        with duckdb.connect(str(tmp_path / "copy.db"), read_only=True) as copy:
            assert copy.execute("SELECT sum(i) FROM t").fetchone()[0] == 499500
