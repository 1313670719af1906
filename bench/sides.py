"""The sides of a comparison: who serves a database, and how a client attaches it as `r`."""

import contextlib
import dataclasses
import socket

import places
import small_client

skein_server = places.skein_server


@dataclasses.dataclass(frozen=True)
class Served:
    """A database that is served: where, and by which process; or how clients open the file themselves."""

    host: str = "localhost"
    port: int | None = None
    pid: int | None = None
    opens: str | None = None

    def through(self, port):
        """The same server, reached by another port."""
        return dataclasses.replace(self, port=port)


@dataclasses.dataclass(frozen=True)
class Hosting:
    """How a server is started: with what limit, and on which host."""

    read_only: bool = False
    memory_limit: str | None = None
    #: What starts a program there, and the address clients reach it by; none: this host.
    prefix: tuple = ()
    address: str | None = None


class Skein:
    name = "skein"

    def __init__(self, place):
        self.place = place

    @contextlib.contextmanager
    def serve(self, database, hosting):
        options = ["--database", self.place.inside(database)]
        options += ["--read-only"] if hosting.read_only else []
        options += ["--memory-limit", hosting.memory_limit] if hosting.memory_limit else []
        options += ["--allow-remote-without-authentication"] if hosting.address else []
        prefix = (*hosting.prefix, *self.place.server_prefix)
        with skein_server.Server(*options, host=hosting.address or "127.0.0.1", prefix=prefix) as server:
            yield Served(hosting.address or "localhost", server.port, server.pid)

    def load(self):
        """What a client executes once."""
        return [f"LOAD '{self.place.extension}'"]

    def address(self, served):
        return f"grpc://{served.host}:{served.port}"

    def attach(self, served):
        return f"ATTACH '{self.address(served)}' AS r (TYPE skein)"


class Quack:
    name = "quack"

    def __init__(self, place):
        self.place = place

    @contextlib.contextmanager
    def serve(self, database, hosting):
        # On a host of its own every port is free.
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        served = Served(hosting.address or "localhost", port)
        with self.place.serving_session(database, hosting.read_only, hosting.prefix) as session:
            for statement in self.load():
                session.run(statement)
            if hosting.memory_limit:
                session.run(f"SET memory_limit = '{hosting.memory_limit}'")
            options = ", allow_other_hostname = true, disable_ssl = true" if hosting.address else ""
            session.run(f"CALL quack_serve('{self.address(served)}', token = '{small_client.QUACK_TOKEN}'{options})")
            yield dataclasses.replace(served, pid=session.pid)

    def load(self):
        return ["LOAD quack", f"CREATE OR REPLACE SECRET (TYPE quack, TOKEN '{small_client.QUACK_TOKEN}')"]

    def address(self, served):
        return f"quack:{served.host}:{served.port}"

    def attach(self, served):
        return f"ATTACH '{self.address(served)}' AS r (disable_ssl true)"


class Local:
    name = "local"

    def __init__(self, place):
        self.place = place

    @contextlib.contextmanager
    def serve(self, database, hosting):
        option = " (READ_ONLY)" if hosting.read_only else ""
        yield Served(opens=f"ATTACH '{self.place.inside(database)}' AS r{option}")

    def load(self):
        return []

    def attach(self, served):
        return served.opens


def of(place, names=None):
    """The sides a place has; of these, where names are given, only those."""
    kinds = {"skein": Skein, "quack": Quack, "local": Local}
    return [kinds[name](place) for name in place.sides if names is None or name in names]
