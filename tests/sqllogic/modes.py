"""Modes: against which database files run, as data. docs/sqllogic.md lists the keys."""

import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent / "modes"
SKIPS = FOLDER.parent / "skips"
DEFAULTS = {
    "description": "",
    "on_init": "",
    "on_new_connection": "",
    "on_cleanup": "",
    "on_load": "",
    "server": None,
    "remote_statements": "",
    "settings": {},
    "test_env": {},
    "sort_style": "none",
    "skip_error_messages": [],
    "skip_tests": [],
    "skip_lists": [],
    "seconds": 0,
}


def groups_of(path):
    """The skip_tests of a file that is a list of them, or holds one."""
    content = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    return content["skip_tests"] if isinstance(content, dict) else content


class Mode:
    """One mode. Keys become attributes."""

    def __init__(self, name, content):
        unknown = set(content) - set(DEFAULTS)
        if unknown:
            raise ValueError(f"mode {name}: unknown keys {sorted(unknown)}; there are {sorted(DEFAULTS)}")
        self.name = name
        self.content = {**DEFAULTS, **content}
        self.__dict__.update(self.content)
        self.skipped = {}
        for group in [*self.skip_tests, *(group for name in self.skip_lists for group in groups_of(SKIPS / name))]:
            if not group.get("reason"):
                raise ValueError(f"mode {name}: a group in skip_tests has no reason")
            for path in group["paths"]:
                self.skipped[path] = group["reason"]

    def skip_reason(self, name):
        """Why a file is left out, None where it runs. Skips name whole files, never folders or statements."""
        return self.skipped.get(name)

    def with_skips(self, path):
        """This mode and the skip_tests of another file."""
        return Mode(self.name, {**self.content, "skip_tests": self.skip_tests + groups_of(path)})


def load(name):
    """A mode of this folder by its name, or any file by its path."""
    path = pathlib.Path(name)
    if path.suffix != ".json":
        path = FOLDER / f"{name}.json"
    if not path.exists():
        raise ValueError(f"no mode {name!r}; there are {', '.join(sorted(known.stem for known in FOLDER.glob('*.json')))}")
    content = json.loads(path.read_text(encoding="utf-8"))
    base = content.pop("extends", None)
    if base:
        content = {**load(base).content, **content}
    return Mode(path.stem, content)
