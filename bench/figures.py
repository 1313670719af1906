"""What a comparison found: one figure for each thing measured, with every side's runs, and what it is held against."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Aim:
    """A bound of Skein's figure: as a share of another side's, or by itself."""

    #: The side whose figure is 1; None: the bound is in the figure's own unit.
    against: str | None
    bound: float
    at_most: bool = True

    def text(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:,g}"

    def held(self, value) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


@dataclasses.dataclass
class Figure:
    #: The comparison it belongs to.
    row: str
    what: str
    unit: str
    #: Each side's runs.
    runs: dict
    aims: tuple = ()
    #: CPU seconds, peak memory and the like, by side.
    beside: dict = dataclasses.field(default_factory=dict)
    #: Where it stands in its comparison's picture: the number of rows, clients or streams.
    x: float | None = None

    def median(self, side):
        return statistics.median(self.runs[side]) if self.runs.get(side) else None

    def ratio(self, against):
        """Skein's median as a share of another side's."""
        ours, theirs = self.median("skein"), self.median(against)
        return ours / theirs if ours is not None and theirs else None

    def checked_aims(self):
        """(aim, value, held) of each aim whose sides were measured."""
        for aim in self.aims:
            value = self.ratio(aim.against) if aim.against else self.median("skein")
            if value is not None:
                yield aim, value, aim.held(value)

    def as_json(self) -> dict:
        return {
            "row": self.row,
            "what": self.what,
            "unit": self.unit,
            "x": self.x,
            "medians": {side: self.median(side) for side in self.runs},
            "ratios": {side: self.ratio(side) for side in self.runs if side != "skein"},
            "aims": [
                {"against": aim.against, "aim": aim.text(), "value": value, "held": held} for aim, value, held in self.checked_aims()
            ],
            "beside": self.beside,
            "runs": self.runs,
        }
