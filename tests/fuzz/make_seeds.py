#!/usr/bin/env python3
"""Writes the seeds of the fuzz harnesses, testdata/fuzz, most of them from testdata/captures.

    tests/fuzz/make_seeds.py CAPTURES FUZZ

The same captures give the same seeds. Inputs that once broke a promise lie beside them under names
that begin with "found_" and are left alone.
"""
import gzip
import pathlib
import struct
import subprocess
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
    return struct.pack(">HBH", linktype | (VERIFY if verify else 0), cut, len(frame)) + frame


def ipv4(protocol, body, fragment=0):
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 7, fragment, 64, protocol, 0)
    return header + b"\x0a\0\0\1\x0a\0\0\2" + body


def udp(port, body):
    return ipv4(17, struct.pack(">HHHH", 50000, port, 8 + len(body), 0) + body)


def gre(kind, body, sequence=False):
    return ipv4(47, struct.pack(">HH", 0x1000 if sequence else 0, kind) + (b"\0\0\0\7" if sequence else b"") + body)


def fragments(protocol, body, size):
    """A packet's parts, each a frame of its own."""
    out = b""
    for at in range(0, len(body), size):
        more = 0x2000 if at + size < len(body) else 0
        out += decode_seed(RAW, ipv4(protocol, body[at : at + size], more | at // 8))
    return out


def envelopes(frame):
    """Everything that a frame of Ethernet, or its packet, can be carried in; all of raw IP."""
    packet = frame[14:]
    ip6 = b"\x60\0\0\0" + struct.pack(">HBB", len(packet) - 20, 6, 64) + bytes(15) + b"\1" + bytes(15) + b"\2"
    ip6 += packet[20:]
    yield "gre", gre(0x0800, packet)
    yield "vxlan", udp(4789, b"\x08\0\0\0\0\0\x2a\0" + frame)
    yield "geneve", udp(6081, b"\x01\0\x65\x58\0\0\x2a\0" + b"\1\2\3\0" + frame)
    yield "gtp_u", udp(2152, struct.pack(">BBHI", 0x34, 255, len(packet) + 8, 5) + b"\0\0\0\x85\1\x10\x20\0" + packet)
    yield "l2tp", udp(1701, b"\0\2\0\1\0\2\xff\3\0\x21" + packet)
    yield "teredo", udp(3544, b"\0\1\2\1\x09\x09\x08" + bytes(9) + bytes(8) + ip6)
    yield "erspan_1", gre(0x88BE, frame)
    yield "erspan_2", gre(0x88BE, b"\x10\5\x18\x09\0\0\0\1" + frame, sequence=True)
    yield "erspan_3", gre(0x22EB, b"\x20\5\x18\x09\1\2\3\4\0\0\x80\1" + bytes(8) + frame, sequence=True)
    yield "ah", ipv4(51, b"\6\4" + bytes(22) + packet[20:])
    yield "four_in_four", ipv4(4, packet)
    yield "six_in_four", ipv4(41, ip6)


def link_seeds(frame):
    packet = frame[14:]
    llc = b"\xaa\xaa\3\0\0\0\x08\0"
    yield "token_ring", decode_seed(6, b"\x10\x40" + bytes(6) + b"\x80" + bytes(5) + b"\4\0\1\2" + llc + packet)
    yield "fddi", decode_seed(10, b"\x51" + bytes(12) + llc + packet)
    nflog = b"\2\0\0\0\x08\0\1\0\x08\0\3\0" + struct.pack("<HH", len(packet) + 4, 9)
    yield "nflog", decode_seed(239, nflog + packet)
    yield "pbb", decode_seed(ETHERNET, frame[:12] + b"\x88\xa8\0\5\x88\xe7\0\xab\xcd\xef" + frame)
    yield "vn_tag", decode_seed(ETHERNET, frame[:12] + b"\x89\x26\0\1\0\2\x81\0\0\7\x08\0" + packet)
    yield "radiotap", decode_seed(127, b"\0\0\x08\0\0\0\0\0\x88\1" + bytes(24) + llc + packet)
    yield "arcnet", decode_seed(7, b"\1\2\xd4\0\0\x09" + packet)
    yield "pppoe", decode_seed(ETHERNET, frame[:12] + b"\x88\x64\x11\0\0\1\0\0\0\x21" + packet)
    yield "ipoib", decode_seed(242, bytes(40) + b"\x08\0\0\0" + packet)


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
    for stem, outer in envelopes(frame):
        yield stem, decode_seed(RAW, outer)
    yield from link_seeds(frame)
    yield "fragments", fragments(6, packet[20:] + bytes(200), 104)
    yield "fragments_again", fragments(6, packet[20:], 8) + fragments(6, packet[20:], 16)
    yield "fragmented_vxlan", fragments(17, udp(4789, b"\x08\0\0\0\0\0\x2a\0" + frame)[20:], 48)
    yield "fragment_alone", decode_seed(RAW, ipv4(6, packet[20:], 0x2000)) + decode_seed(RAW, packet, cut=255)
    ip6 = b"\x60\0\0\0" + struct.pack(">HBB", 8 + len(packet) - 20, 0, 64) + bytes(15) + b"\1" + bytes(15) + b"\2"
    yield "ipv6_options", decode_seed(RAW, ip6 + b"\x06\x00\x01\x04\0\0\0\0" + packet[20:])
    yield "cooked", decode_seed(LINUX_SLL, bytes(14) + b"\x08\x00" + packet)


def pcap(order, magic, linktype, records, minor=4, step=(1, 0)):
    """One record each `step` (seconds, and fractions as the magic number has them)."""
    out = struct.pack(order + "IHHiIII", magic, 2, minor, 0, 0, 65535, linktype)
    for number, frame in enumerate(records):
        time = (1000 + number * step[0], 5 + number * step[1])
        out += struct.pack(order + "IIII", *time, len(frame), len(frame)) + frame
    return out


def modified(linktype, records):
    """As patched by Kuznetzov: 8 bytes more before each packet."""
    out = struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, linktype)
    for number, frame in enumerate(records):
        out += struct.pack("<IIII", 1000 + number, 5, len(frame), len(frame)) + bytes(8) + frame
    return out


def compressions(data):
    """The data by each program that is there."""
    yield "gzip", gzip.compress(data, mtime=0)
    for name in ("zstd", "lz4"):
        yield name, subprocess.run([name, "-q", "-c"], input=data, capture_output=True, check=True).stdout


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
    for name, compressed in compressions(pcapng("<", linktype, found)):
        yield name, compressed
        yield f"cut_{name}", compressed[: len(compressed) * 2 // 3]
    yield "modified", modified(linktype, found)
    yield "aix", pcap(">", 0xA1B2C3D4, 6, found, minor=2)
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


class Talk:
    """A connection over Ethernet, of plain frames but for its SYNs."""

    def __init__(self, port, stamped):
        self.ends = ((b"\x0a\0\0\1", port), (b"\x0a\0\0\2", 80))
        self.next, self.stamp, self.stamped = [1000, 2000], [70, 90], stamped

    def say(self, side, flags, payload=b""):
        options = b""
        self.stamp[side] += 1
        if flags & 2:
            options = b"\2\4\5\xb4\3\3\7\1"
        if self.stamped:
            echo = self.stamp[1 - side] if flags & 16 else 0
            options += struct.pack(">BBBBII", 1, 1, 8, 10, self.stamp[side], echo)
        (source, port), (target, to) = self.ends[side], self.ends[1 - side]
        ack = self.next[1 - side] if flags & 16 else 0
        words = 5 + len(options) // 4
        tcp = struct.pack(">HHIIBBHHH", port, to, self.next[side], ack, words << 4, flags, 500, 0, 0)
        tcp += options + payload
        self.next[side] += len(payload) + (1 if flags & 3 else 0)
        packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), self.next[side] & 0xFFFF, 0x4000, 64, 6, 0)
        links = (b"\2\0\0\0\0\1", b"\2\0\0\0\0\2")
        return links[1 - side] + links[side] + b"\x08\0" + packet + source + target + tcp

    def opened(self):
        return [self.say(0, 2), self.say(1, 18), self.say(0, 16)]

    def calm(self, rounds):
        """Payload both ways, and acknowledgements of it alone."""
        for _ in range(rounds):
            yield self.say(0, 24, b"\x01 ask")
            yield self.say(1, 16)
            yield self.say(1, 24, b"\x01 answer")
            yield self.say(1, 24, b"\x01 more")
            yield self.say(0, 16)

    def closed(self):
        return [self.say(0, 17), self.say(1, 16), self.say(1, 17), self.say(0, 16)]


def express_seeds(_captures):
    for name, stamped in (("stamped", True), ("unstamped", False)):
        one, two = Talk(4000, stamped), Talk(4001, stamped)
        talk = one.opened() + list(one.calm(6)) + one.closed()
        yield name, pcap("<", 0xA1B23C4D, ETHERNET, talk, step=(0, 1000000))
        one = Talk(4000, stamped)
        talk = one.opened() + two.opened()
        talk += [frame for pair in zip(one.calm(4), two.calm(4)) for frame in pair]
        yield f"two_{name}", pcap("<", 0xA1B23C4D, ETHERNET, talk + one.closed(), step=(0, 1000))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    captures, fuzz = map(pathlib.Path, sys.argv[1:])
    for name, seeds in (
        ("decode", decode_seeds),
        ("reader", reader_seeds),
        ("pipeline", pipeline_seeds),
        ("express", express_seeds),
    ):
        (fuzz / name).mkdir(parents=True, exist_ok=True)
        for stem, data in seeds(captures):
            (fuzz / name / stem).write_bytes(data)


main()
