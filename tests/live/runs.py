"""What is kept of a run: its capture, what the hosts really sent, and their sockets' lives.

Kept runs can be judged again, by another program or another version of it, without the network.
"""

import dataclasses
import json
import os

INDEX = "runs.json"
NOTHING, SOMETHING, RESET = "nothing", "something", "a RST"


@dataclasses.dataclass
class Spoken:
    """One tuple, as its hosts conducted it: the forwarder's notes."""

    mistreated: dict
    unseen_resets: int
    resets: list

    def vanished(self):
        """What came to the tap and never to its receiver: nothing, something, or even a RST."""
        lost = [word for word in self.mistreated if word.endswith("lost behind the tap")]
        if any(" RST " in word for word in lost):
            return RESET
        return SOMETHING if lost else NOTHING


@dataclasses.dataclass
class Run:
    """`talks`: {(client's port, server's port): Spoken}; `lives`: as truth.Lives puts them together."""

    name: str
    path: str
    port: int
    ended: float
    mishaps: list
    talks: dict
    lives: dict

    @staticmethod
    def of(bench, lives):
        """What remains of a bench that has run."""
        talks = {
            ports: Spoken(talk.mistreated, talk.unseen_resets, talk.resets)
            for ports, talk in bench.forwarder.talks.items()
        }
        own = {key: paths for key, paths in lives.items() if bench.port in (key[1], key[3])}
        return Run(bench.kind.name, bench.path, bench.port, bench.ended, bench.mishaps, talks, own)


def save(runs, directory):
    """Writes the index of the runs beside their captures."""
    index = [
        {
            **dataclasses.asdict(run),
            "path": os.path.basename(run.path),
            "talks": [[ports, dataclasses.astuple(talk)] for ports, talk in run.talks.items()],
            "lives": list(run.lives.items()),
        }
        for run in runs
    ]
    with open(os.path.join(directory, INDEX), "w", encoding="ascii") as file:
        json.dump(index, file)


def load(directory):
    """The runs that save() wrote there."""
    with open(os.path.join(directory, INDEX), encoding="ascii") as file:
        index = json.load(file)
    return [
        Run(
            entry["name"],
            os.path.join(directory, entry["path"]),
            entry["port"],
            entry["ended"],
            entry["mishaps"],
            {tuple(ports): Spoken(*talk) for ports, talk in entry["talks"]},
            {tuple(key): paths for key, paths in entry["lives"]},
        )
        for entry in index
    ]
