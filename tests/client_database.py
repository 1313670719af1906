"""Client databases of the stock duckdb wheel, with the extension of the build under test."""

import duckdb

import skein_server


def open_client(load=True, database=":memory:", **config):
    """A new database of the stock wheel with the extension loaded, unless told otherwise."""
    settings = {"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"}
    settings.update({key: str(value) for key, value in config.items()})
    connection = duckdb.connect(str(database), config=settings)
    if load:
        connection.execute(f"LOAD '{skein_server.extension_path()}'")
    return connection
