"""What a comparison is given to work with."""

import dataclasses
import pathlib

import source_data


class Skipped(Exception):
    """Why something cannot be measured here."""


@dataclasses.dataclass(frozen=True)
class Context:
    #: Where programs run: places.Host or places.Lab.
    place: object
    scale_factor: float
    runs: int
    #: Of results and pictures.
    out: pathlib.Path
    #: Small statements of each kind, for percentiles; and of all clients together.
    statements: int = 1000

    @property
    def source(self) -> pathlib.Path:
        """The database file with lineitem, where this place's programs can read it."""
        return source_data.lineitem_file(self.place.folder, self.scale_factor)

    @property
    def scale(self) -> str:
        return f"SF{self.scale_factor:g}"

    def at_scale(self, scale_factor):
        return dataclasses.replace(self, scale_factor=scale_factor)

    def with_runs(self, runs):
        return dataclasses.replace(self, runs=runs)


def has_setting(client, name) -> bool:
    """Whether the extension that the client has loaded knows a setting."""
    return client.run(f"SELECT count(*) FROM duckdb_settings() WHERE name = '{name}'") == [["1"]]
