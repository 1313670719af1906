"""Who may call distributed_server: protected mode, tokens, TLS. Every refusal is tried on every Flight method."""

import json
import pathlib
import subprocess
import sys

import pyarrow as pa
import pyarrow.flight as flight
import pytest

import namespaces
import skein_server
from certificates import Certificate
from wire import Wire, category_of, error_of, messages, request

TOKEN = "planted-0123456789abcdef"
HERE = pathlib.Path(__file__).resolve().parent
ROWS = pa.table({"i": pa.array([1], pa.int32())})


def descriptor(kind="SCAN_TABLE"):
    return flight.FlightDescriptor.for_command(request(kind, table_name="t").SerializeToString())


def exchange(wire):
    writer, reader = wire.client.do_exchange(descriptor(), wire.options())
    with writer:
        writer.begin(ROWS.schema)
        writer.done_writing()
        reader.read_all()


def get_schema(wire):
    try:
        wire.client.get_schema(descriptor(), wire.options())
    except OSError as failure:
        # pyarrow alone loses the class and the Error of this method's failures; the text has both.
        if "Permission Error: " not in str(failure) or "Detail: Unauthenticated" not in str(failure):
            raise
        error = messages().Error(category=messages().NOT_AUTHENTICATED, message=str(failure))
        raise flight.FlightUnauthenticatedError(str(failure), error.SerializeToString()) from failure


METHODS = {
    "DoAction": lambda wire: wire.execute("INSERT INTO t VALUES (2)"),
    "DoAction unknown": lambda wire: list(wire.client.do_action(flight.Action("no such action", b""), wire.options())),
    "DoGet": lambda wire: wire.query("SELECT 1"),
    "DoPut": lambda wire: wire.insert("t", ROWS),
    "DoExchange": exchange,
    "GetFlightInfo": lambda wire: wire.client.get_flight_info(descriptor(), wire.options()),
    "GetSchema": get_schema,
    "ListFlights": lambda wire: list(wire.client.list_flights(b"", wire.options())),
    "ListActions": lambda wire: list(wire.client.list_actions(wire.options())),
    "Handshake": lambda wire: wire.client.authenticate_basic_token("user", "password", wire.options()),
}

WRONG_CREDENTIALS = {
    "none": [],
    "empty": [(b"authorization", b"")],
    "no scheme": [(b"authorization", TOKEN.encode())],
    "basic": [(b"authorization", b"Basic " + TOKEN.encode())],
    "wrong": [(b"authorization", b"Bearer planted-0123456789abcdee")],
    "cut": [(b"authorization", b"Bearer " + TOKEN[:-1].encode())],
    "longer": [(b"authorization", b"Bearer " + TOKEN.encode() + b"0")],
    "upper case": [(b"authorization", b"Bearer " + TOKEN.upper().encode())],
    "twice": [(b"authorization", b"Bearer " + TOKEN.encode())] * 2,
    "other header": [(b"x-token", b"Bearer " + TOKEN.encode())],
    "other session": [(b"x-skein-session", b"0" * 32)],
}


def refused(call, wire):
    """The error of a call that must not be served."""
    with pytest.raises(flight.FlightUnauthenticatedError) as failure:
        call(wire)
    assert category_of(failure.value) == "NOT_AUTHENTICATED"
    return error_of(failure.value).message


@pytest.fixture
def token_server(server_factory, tmp_path):
    """A server with a token and a table t."""
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    server = server_factory("--token-file", path, "--log-level", "debug")
    with Wire(server.uri, token=TOKEN) as wire:
        wire.execute("CREATE TABLE t (i INTEGER)")
    return server


@pytest.mark.parametrize("credential", WRONG_CREDENTIALS)
def test_without_the_token_nothing_is_served(token_server, credential):
    headers = WRONG_CREDENTIALS[credential]
    with Wire(token_server.uri, token=TOKEN) as allowed:
        before = allowed.statistics().statements
        for name, call in METHODS.items():
            if name == "Handshake" and headers and headers[0][0] == b"authorization":
                continue  # it sends an authorization header of its own
            with Wire(token_server.uri, headers=headers) as wire:
                message = refused(call, wire)
                assert "token" in message or "authorization" in message, name
                assert "planted" not in message
        assert allowed.value("SELECT count(*) FROM t") == 0
        assert allowed.statistics().statements == before + 1
    assert "planted" not in token_server.log


def test_with_the_token_all_is_served(token_server):
    with Wire(token_server.uri, token=TOKEN) as wire:
        for name in ("DoAction", "DoGet", "DoPut", "GetFlightInfo", "GetSchema", "ListActions"):
            METHODS[name](wire)
        assert wire.value("SELECT count(*) FROM t") == 2
    assert token_server.wait_for_line(r"mode=token")


def test_a_missing_and_a_wrong_token_are_told_apart(token_server):
    with Wire(token_server.uri) as wire:
        assert "carried none" in refused(METHODS["DoGet"], wire)
    with Wire(token_server.uri, token="guess") as wire:
        assert "is not the server's" in refused(METHODS["DoGet"], wire)
    token_server.wait_for_line(r'level=warning event="call refused" peer=\S+ mode=token')


def test_the_token_of_the_environment_cannot_be_read_back(server_factory):
    server = server_factory("--log-level", "debug", environment={"SKEIN_TOKEN": TOKEN})
    with Wire(server.uri) as wire:
        refused(METHODS["DoGet"], wire)
    with Wire(server.uri, token=TOKEN) as wire:
        seen = wire.value("SELECT content FROM read_blob('/proc/self/environ')")
        assert b"planted" not in seen
    assert b"planted" not in pathlib.Path(f"/proc/{server.pid}/environ").read_bytes()
    assert "planted" not in server.log


# ---------------------------------------------------------------------- TLS


@pytest.fixture
def certificate(tmp_path):
    return Certificate(tmp_path)


def test_tls(server_factory, certificate):
    server = server_factory(*certificate.options)
    assert server.scheme == "grpc+tls"
    server.wait_for_line("mode=protected tls=on")
    with Wire(server.uri, tls_root_certs=certificate.pem) as wire:
        assert wire.value("SELECT 42") == 42


def test_tls_with_a_token(server_factory, certificate):
    server = server_factory(*certificate.options, environment={"SKEIN_TOKEN": TOKEN})
    with Wire(server.uri, tls_root_certs=certificate.pem) as wire:
        refused(METHODS["DoGet"], wire)
    with Wire(server.uri, token=TOKEN, tls_root_certs=certificate.pem) as wire:
        assert wire.value("SELECT 42") == 42


def unreachable(uri, **options):
    with Wire(uri, **options) as wire:
        with pytest.raises(flight.FlightUnavailableError) as failure:
            wire.action("STATISTICS", timeout=skein_server.HANG_SECONDS)
    return failure.value


def test_tls_wrong_both_ways(server_factory, certificate, tmp_path):
    secured = server_factory(*certificate.options)
    plain = server_factory()
    unreachable(f"grpc://localhost:{secured.port}")
    unreachable(f"grpc+tls://localhost:{plain.port}", tls_root_certs=certificate.pem)
    stranger = Certificate(tmp_path, "stranger")
    unreachable(secured.uri, tls_root_certs=stranger.pem)
    with Wire(secured.uri, tls_root_certs=certificate.pem) as wire:
        assert wire.value("SELECT 42") == 42
    with Wire(plain.uri) as wire:
        assert wire.value("SELECT 42") == 42


def test_tls_of_another_host(server_factory, tmp_path):
    certificate = Certificate(tmp_path, names="DNS:elsewhere.example")
    server = server_factory(*certificate.options)
    unreachable(server.uri, tls_root_certs=certificate.pem)
    with Wire(server.uri, tls_root_certs=certificate.pem, override_hostname="elsewhere.example") as wire:
        assert wire.value("SELECT 42") == 42


# ---------------------------------------------------------------------- from another machine

CALL_EVERYTHING = """
import json, sys
import test_server_access as access
uri, token = sys.argv[1], sys.argv[2] or None
outcomes = {}
for name, call in access.METHODS.items():
    with access.Wire(uri, token=token) as wire:
        try:
            call(wire)
            outcomes[name] = ["served", ""]
        except Exception as failure:
            error = access.error_of(failure)
            outcomes[name] = [access.category_of(failure) or type(failure).__name__, error.message if error else str(failure)]
print(json.dumps(outcomes))
"""


def call_everything(prefix, uri, token=""):
    """What every method answers to a process started with `prefix`."""
    path = [str(HERE), *(entry for entry in sys.path if entry)]
    ended = subprocess.run([*prefix, "env", "PYTHONPATH=" + ":".join(path), sys.executable, "-c", CALL_EVERYTHING, uri, token],
                           capture_output=True, text=True, timeout=skein_server.HANG_SECONDS)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.fixture
def hosts():
    """Two machines as far as the server can tell."""
    reason = namespaces.why_not()
    if reason:
        pytest.skip(f"no network namespaces: {reason}")
    with namespaces.TwoHosts() as made:
        yield made


def served(outcomes):
    return {name for name, outcome in outcomes.items() if outcome[0] == "served"}


SERVED = {"DoAction", "DoGet", "DoPut", "GetFlightInfo", "GetSchema", "ListActions"}


def start_with_table(server_factory, hosts, *options, host="0.0.0.0", token="", **named):
    server = server_factory(*options, host=host, prefix=hosts.on_server, **named)
    code = f"import wire; wire.Wire('grpc://localhost:{server.port}', token={token or None!r}).execute('CREATE TABLE t (i INTEGER)')"
    subprocess.run([*hosts.on_server, "env", f"PYTHONPATH={HERE}", sys.executable, "-c", code], check=True)
    return server


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_protected_mode_serves_this_machine_only(server_factory, hosts, family):
    own, other = (namespaces.SERVER_ADDRESS, namespaces.CLIENT_ADDRESS)
    loopback = "127.0.0.1"
    if family == "ipv6":
        own, other, loopback = f"[{namespaces.SERVER_ADDRESS_V6}]", namespaces.CLIENT_ADDRESS_V6, "[::1]"
    server = start_with_table(server_factory, hosts, host="0.0.0.0" if family == "ipv4" else "::")
    assert served(call_everything(hosts.on_server, f"grpc://{loopback}:{server.port}")) == SERVED
    for prefix, address in ((hosts.on_client, other), (hosts.on_server, own.strip("[]"))):
        for name, (category, message) in call_everything(prefix, f"grpc://{own}:{server.port}", TOKEN).items():
            assert category == "NOT_AUTHENTICATED", (name, message)
            for part in ("protected mode", address, "--token-file", "--allow-remote-without-authentication"):
                assert part in message, name
    server.wait_for_line(r'level=warning event="call refused" peer=\S+ mode=protected')


def test_a_token_lets_others_in(server_factory, hosts):
    server = start_with_table(server_factory, hosts, token=TOKEN, environment={"SKEIN_TOKEN": TOKEN})
    uri = f"grpc://{namespaces.SERVER_ADDRESS}:{server.port}"
    assert served(call_everything(hosts.on_client, uri, TOKEN)) == SERVED
    for token in ("", "guess"):
        assert {outcome[0] for outcome in call_everything(hosts.on_client, uri, token).values()} == {"NOT_AUTHENTICATED"}


def test_everyone_is_let_in_who_insists(server_factory, hosts):
    server = start_with_table(server_factory, hosts, "--allow-remote-without-authentication")
    server.wait_for_line("mode=open")
    assert served(call_everything(hosts.on_client, f"grpc://{namespaces.SERVER_ADDRESS}:{server.port}")) == SERVED
