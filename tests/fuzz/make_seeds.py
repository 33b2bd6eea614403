#!/usr/bin/env python3
"""Writes the seeds of the fuzz harnesses, testdata/fuzz, from testdata/captures.

    tests/fuzz/make_seeds.py CAPTURES FUZZ

The same captures give the same seeds. Inputs that once broke a promise lie beside them under names
that begin with "found_" and are left alone.
"""
import pathlib
import struct
import sys

ETHERNET, RAW, LINUX_SLL = 1, 101, 113
VERIFY = 0x8000
FRAMES_OF = {
    "four_way.pcap": (4, 8),
    "vlan_tagged.pcap": (3,),
    "any_interface.pcap": (4,),
    "loopback.pcap": (1,),
    "fast_open.pcap": (4,),
}


def frames(capture):
    """Link type and frames of a little-endian pcap file."""
    data = capture.read_bytes()
    magic, linktype = struct.unpack_from("<I", data)[0], struct.unpack_from("<I", data, 20)[0]
    if magic not in (0xA1B2C3D4, 0xA1B23C4D):
        raise ValueError(f"{capture}: not a little-endian pcap file")
    found, at = [], 24
    while at < len(data):
        captured = struct.unpack_from("<I", data, at + 8)[0]
        found.append(data[at + 16 : at + 16 + captured])
        at += 16 + captured
    return linktype & 0xFFFF, found


def decode_seed(linktype, frame, cut=0, verify=False):
    return struct.pack(">HB", linktype | (VERIFY if verify else 0), cut) + frame


def decode_seeds(captures):
    for name, numbers in FRAMES_OF.items():
        linktype, found = frames(captures / name)
        for number in numbers:
            stem = f"{name.split('.')[0]}_{number}"
            yield stem, decode_seed(linktype, found[number - 1], verify=True)
    _, found = frames(captures / "four_way.pcap")
    frame = found[3]
    packet = frame[14:]
    yield "raw", decode_seed(RAW, packet)
    yield "cut", decode_seed(ETHERNET, frame[:40], cut=8)
    yield "mpls", decode_seed(ETHERNET, frame[:12] + b"\x88\x47" + b"\x00\x01\x01\x40" + packet)
    gre = b"\x45\x00" + struct.pack(">H", 24 + len(packet)) + bytes(4) + b"\x40\x2f\0\0" + packet[12:20]
    yield "gre", decode_seed(ETHERNET, frame[:14] + gre + b"\x00\x00\x08\x00" + packet)
    vxlan = b"\x08\0\0\0\0\0\x2a\0" + frame
    udp = struct.pack(">HHHH", 50000, 4789, 8 + len(vxlan), 0) + vxlan
    outer = b"\x45\x00" + struct.pack(">H", 20 + len(udp)) + bytes(4) + b"\x40\x11\0\0" + packet[12:20]
    yield "vxlan", decode_seed(ETHERNET, frame[:14] + outer + udp)
    ip6 = b"\x60\0\0\0" + struct.pack(">HBB", 8 + len(packet) - 20, 0, 64) + bytes(15) + b"\1" + bytes(15) + b"\2"
    yield "ipv6_options", decode_seed(RAW, ip6 + b"\x06\x00\x01\x04\0\0\0\0" + packet[20:])
    yield "cooked", decode_seed(LINUX_SLL, bytes(14) + b"\x08\x00" + packet)


def pcap(order, magic, linktype, records):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, linktype)
    for number, frame in enumerate(records):
        out += struct.pack(order + "IIII", 1000 + number, 5, len(frame), len(frame)) + frame
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = 12 + len(body)
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def pcapng(order, linktype, records):
    section = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
    tsresol = struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0)
    out = block(order, 0x0A0D0D0A, section)
    out += block(order, 1, struct.pack(order + "HHI", linktype, 0, 0) + tsresol)
    out += block(order, 0x0BAD, b"unknown!")
    for number, frame in enumerate(records):
        head = struct.pack(order + "IIIII", 0, 1, number, len(frame), len(frame))
        out += block(order, 6, head + frame)
    return out + block(order, 3, struct.pack(order + "I", len(records[0])) + records[0])


def reader_seeds(captures):
    linktype, found = frames(captures / "refused.pcap")
    for name, order in (("little", "<"), ("big", ">")):
        yield f"{name}_micro", pcap(order, 0xA1B2C3D4, linktype, found)
        yield f"{name}_nano", pcap(order, 0xA1B23C4D, linktype, found)
        yield f"{name}_pcapng", pcapng(order, linktype, found)
    yield "cut_record", pcap("<", 0xA1B2C3D4, linktype, found)[:-7]
    yield "cut_block", pcapng("<", linktype, found)[:-9]
    yield "two_sections", pcapng("<", linktype, found) + pcapng(">", linktype, found)
    yield "header_only", pcap("<", 0xA1B2C3D4, linktype, [])
    yield "no_capture", b"neither pcap nor pcapng\n"
    yield "empty", b""


def pipeline_seeds(captures):
    linktype, found = frames(captures / "four_way.pcap")
    yield "backwards", pcap("<", 0xA1B23C4D, linktype, list(reversed(found)))
    yield "doubled", pcap("<", 0xA1B23C4D, linktype, [f for f in found for _ in (1, 2)])
    yield "middle", pcap("<", 0xA1B23C4D, linktype, found[4:9])
    many = []
    for port in range(80):
        frame = bytearray(found[2])
        frame[34:36] = struct.pack(">H", 1024 + port)
        many.append(bytes(frame))
    yield "too_many", pcap("<", 0xA1B2C3D4, linktype, many)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    captures, fuzz = map(pathlib.Path, sys.argv[1:])
    for name, seeds in (
        ("decode", decode_seeds),
        ("reader", reader_seeds),
        ("pipeline", pipeline_seeds),
    ):
        (fuzz / name).mkdir(parents=True, exist_ok=True)
        for stem, data in seeds(captures):
            (fuzz / name / stem).write_bytes(data)


main()
