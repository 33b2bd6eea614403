"""Runs commands over captures, in turn, and keeps what each took."""

import json
import os
import statistics
import subprocess
import sys
import tempfile

SLOW_S = 60  # what takes longer runs once


class Bench:
    """The programs of a build, and the captures that they read, made when first asked for."""

    def __init__(self, programs, captures):
        self.programs, self.captures = programs, captures
        self.tcpbye = str(programs / "src" / "tcpbye")
        self.captures.mkdir(parents=True, exist_ok=True)

    def tool(self, name):
        return str(self.programs / "tests" / "bench" / name)

    def capture(self, kind, count):
        path = self.captures / f"{kind}-{count}.pcap"
        if not path.exists():
            part = path.with_suffix(".part")
            with open(part, "wb") as file:
                subprocess.run([self.tool("make_bench"), kind, str(count)], stdout=file, check=True)
            part.rename(path)
        return path

    def run(self, command):
        """One run, its output thrown away: seconds and KiB, or None where it failed."""
        with tempfile.TemporaryFile() as report, tempfile.TemporaryDirectory() as directory:
            words = [word.replace("{directory}", directory) for word in command]
            subprocess.run(
                ["/bin/sh", "-c", f'exec "$@" 3>&{report.fileno()}', "sh",
                 self.tool("bench_measure"), *words],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=[report.fileno()], check=True)
            report.seek(0)
            taken = json.loads(report.read())
        return taken if taken["status"] == 0 else None

    def compare(self, kind, count, commands, limits, runs):
        """Medians of every command over one capture; the commands take turns, since the machine is
        not always as fast.
        """
        path = self.capture(kind, count)
        packets = int(subprocess.run([self.tool("bench_loop"), "walk", path], check=True,
                                     capture_output=True, text=True).stdout)
        taken = {name: [] for name in commands}
        for turn in range(runs):
            for name, command in commands.items():
                if turn > 0 and self._is_done(taken[name]):
                    continue
                print(f"{kind} {count}: {name}, {turn + 1} of {runs}", file=sys.stderr)
                taken[name].append(self.run([word.replace("{file}", str(path)) for word in command]))
        rows = {name: medians(runs) for name, runs in taken.items() if None not in runs}
        failed = [name for name, runs in taken.items() if None in runs]
        for row in rows.values():
            row["ns_per_packet"] = row["cpu_s"] / packets * 1e9
            row["ratio"] = row["cpu_s"] / rows["libpcap loop"]["cpu_s"]
            row["wall_ratio"] = row["wall_s"] / rows["libpcap loop"]["wall_s"]
        return {"packets": packets, "bytes": os.path.getsize(path), "commands": rows,
                "failed": failed, "summary": self.summary(path, limits)}

    @staticmethod
    def _is_done(taken):
        return None in taken or taken[0]["wall_s"] > SLOW_S

    def summary(self, path, limits):
        """What tcpbye says about its own memory, and of how many connections."""
        text = subprocess.run([self.tcpbye, "--json", "--events", "summary", *limits, path],
                              check=True, capture_output=True, text=True).stdout
        summary = json.loads(text)["summary"]
        return {"active": summary["flow"]["active"], "total": summary["flow"]["total"],
                "evicted": summary["flow"]["evicted"], "memory_bytes": summary["flow"]["memuse"],
                "teardown": summary["teardown"]["four_way"]}

    def empty_kib(self):
        """The memory of a run over one connection."""
        path = self.capture("live", 1)
        return self.run([self.tcpbye, "--json", "--events", "summary", str(path)])["peak_kib"]


def medians(taken):
    cpu = [run["user_s"] + run["system_s"] for run in taken]
    return {"cpu_s": statistics.median(cpu), "cpu_least_s": min(cpu),
            "wall_s": statistics.median(run["wall_s"] for run in taken),
            "peak_kib": max(run["peak_kib"] for run in taken), "runs": len(taken)}
