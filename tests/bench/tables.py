"""What was measured, as Markdown."""

from plan import SUMMARY, bytes_per_connection


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def _number(value):
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _commands(result):
    for name, capture in result["captures"].items():
        rows = [[command, f"{row['cpu_s']:.3f}", _number(row["ratio"]), f"{row['wall_s']:.3f}",
                 _number(row["wall_ratio"]), _number(row["ns_per_packet"]),
                 f"{row['peak_kib'] / 1024:.1f}"]
                for command, row in capture["commands"].items()]
        yield f"## {name}: {capture['packets']:,} packets, {capture['bytes'] / 2**20:,.0f} MiB\n"
        yield _table(["", "CPU s", "× libpcap", "wall s", "× libpcap", "ns/packet", "peak MiB"], rows)
        for command in capture["failed"]:
            yield f"{command}: failed\n"


def _memory(result):
    rows = []
    for name, capture in result["captures"].items():
        each = bytes_per_connection(result, capture)
        if each:
            rows.append([name, f"{capture['summary']['active']:,}", f"{capture['summary']['evicted']:,}",
                         f"{each['resident']:.0f}", f"{each['counted']:.0f}",
                         _number(capture["commands"][SUMMARY]["ns_per_packet"])])
    yield "## Connections held when the input ended\n"
    yield _table(["", "held", "evicted", "bytes each, resident", "by the program's own count",
                  "ns/packet"], rows)


def _bounds(result):
    yield "## Bounds\n"
    yield _table(["", "at most", "measured", "met"],
                 [[bound["bound"], str(bound["most"]), _number(bound["measured"]),
                   "yes" if bound["met"] else "**no**"] for bound in result["bounds"]])


def markdown(result):
    machine = result["machine"]
    head = (f"# {result['size']} captures, medians of {result['runs']} runs\n\n"
            f"{machine['processor']}, {machine['processors']} processors, Linux {machine['kernel']}\n")
    return "\n".join([head, *_commands(result), *_memory(result), *_bounds(result)])
