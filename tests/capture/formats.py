"""Every file format that captures come in, from (milliseconds, frame) pairs."""

import gzip
import struct
import subprocess

EPOCH_S = 1700000000
AIX_LINKS = {1: 6, 6: 9, 10: 15, 0: 24}


def pcap(order, magic, linktype, frames, minor=4, more=0, units=1000, swapped=False):
    """Classic: `units` of time in a millisecond, `more` bytes behind each record's header."""
    out = struct.pack(order + "IHHiIII", magic, 2, minor, 0, 0, 262144, linktype)
    for ms, frame in frames:
        lengths = (len(frame) + 3, len(frame)) if swapped else (len(frame), len(frame) + 3)
        seconds, rest = divmod(ms, 1000)
        out += struct.pack(order + "IIII", EPOCH_S + seconds, rest * units, *lengths)
        out += bytes(more) + frame
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order):
    options = option(order, 4, b"a test") + option(order, 0, b"")
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options)


def interface(order, linktype, resolution=9, offset_s=0, snaplen=0):
    options = option(order, 2, b"eth%d" % linktype) + option(order, 9, bytes([resolution]))
    options += option(order, 14, struct.pack(order + "q", offset_s)) + option(order, 0, b"")
    return block(order, 1, struct.pack(order + "HHI", linktype, 0, snaplen) + options)


def packet_block(order, ms, frame, number=0, obsolete=False, resolution=9, offset_s=0):
    ticks = (EPOCH_S - offset_s) * 10**resolution + ms * 10 ** (resolution - 3)
    times = struct.pack(order + "II", ticks >> 32, ticks & 0xFFFFFFFF)
    lengths = struct.pack(order + "II", len(frame), len(frame) + 3)
    which = struct.pack(order + "HH", number, 0) if obsolete else struct.pack(order + "I", number)
    padded = frame + bytes(-len(frame) % 4)
    comment = option(order, 1, b"a remark") + option(order, 0, b"")
    return block(order, 2 if obsolete else 6, which + times + lengths + padded + comment)


def pcapng(order, linktype, frames, **how):
    idb = {key: how[key] for key in how if key != "obsolete"}
    out = section(order) + interface(order, linktype, **idb)
    for ms, frame in frames:
        out += packet_block(order, ms, frame, **how)
        out += block(order, 4, option(order, 0, b"")) + block(order, 0x77, b"unknown")
        out += block(order, 5, bytes(12))
    return out


def compressed(program, data):
    if program == "gzip":
        return gzip.compress(data, mtime=0)
    return subprocess.run([program, "-q", "-c"], input=data, capture_output=True, check=True).stdout


def compress_pcapng(program):
    return lambda linktype, frames: compressed(program, pcapng("<", linktype, frames))


MICRO, NANO, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34

# name: a function of the link type and the frames; None where the format has no such link type.
FORMATS = {
    "pcap_little": lambda link, frames: pcap("<", MICRO, link, frames),
    "pcap_big": lambda link, frames: pcap(">", MICRO, link, frames),
    "pcap_nano_little": lambda link, frames: pcap("<", NANO, link, frames, units=10**6),
    "pcap_nano_big": lambda link, frames: pcap(">", NANO, link, frames, units=10**6),
    "pcap_modified_little": lambda link, frames: pcap("<", MODIFIED, link, frames, more=8),
    "pcap_modified_big": lambda link, frames: pcap(">", MODIFIED, link, frames, more=8),
    "pcap_2_3_swapped": lambda link, frames: pcap("<", MICRO, link, frames, 3, swapped=True),
    "pcap_2_1": lambda link, frames: pcap(">", MICRO, link, frames, 1, swapped=True),
    "pcap_aix": lambda link, frames: pcap(
        ">", MICRO, AIX_LINKS[link], frames, 2, units=10**6, swapped=True
    )
    if link in AIX_LINKS
    else None,
    "pcapng_little": lambda link, frames: pcapng("<", link, frames),
    "pcapng_big": lambda link, frames: pcapng(">", link, frames),
    "pcapng_obsolete": lambda link, frames: pcapng("<", link, frames, obsolete=True),
    "pcapng_milliseconds": lambda link, frames: pcapng(">", link, frames, resolution=3),
    "pcapng_offset": lambda link, frames: pcapng("<", link, frames, offset_s=EPOCH_S - 5),
    "gzip": compress_pcapng("gzip"),
    "zstd": compress_pcapng("zstd"),
    "lz4": compress_pcapng("lz4"),
}
