"""One TCP connection, wrapped in everything that captures carry it in.

Every wrapping is a function from an IP packet (both versions are given) to the frames that carry
it, of one link type. The packets' checksums are right.
"""

import struct

CLIENT_ISS, SERVER_ISS = 1000, 5000
FIN, SYN, PSH, ACK = 1, 2, 8, 16
CLIENT, SERVER = 0, 1
MSS_OPTION = b"\2\4\5\xb4\1\3\3\7"


def segments():
    """(sender, flags, seq, ack, options, payload bytes) of an orderly close with data before."""
    c, s = CLIENT_ISS, SERVER_ISS
    return (
        (CLIENT, SYN, c, 0, MSS_OPTION, 0),
        (SERVER, SYN | ACK, s, c + 1, MSS_OPTION, 0),
        (CLIENT, ACK, c + 1, s + 1, b"", 0),
        (CLIENT, PSH | ACK, c + 1, s + 1, b"", 100),
        (SERVER, PSH | ACK, s + 1, c + 101, b"", 200),
        (CLIENT, ACK, c + 101, s + 201, b"", 0),
        (CLIENT, FIN | ACK, c + 101, s + 201, b"", 0),
        (SERVER, ACK, s + 201, c + 102, b"", 0),
        (SERVER, FIN | ACK, s + 201, c + 102, b"", 0),
        (CLIENT, ACK, c + 102, s + 202, b"", 0),
    )


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def tcp(segment, port, addresses):
    """The segment between the client's port and port 80, with its checksum."""
    sender, flags, seq, ack, options, payload_bytes = segment
    ports = (port, 80) if sender == CLIENT else (80, port)
    offset = (5 + len(options) // 4) << 4

    def header(total):
        return struct.pack(">HHIIBBHHH", *ports, seq, ack, offset, flags, 64000, total, 0)

    body = options + bytes(payload_bytes)
    pseudo = addresses + struct.pack(">II", len(header(0) + body), 6)
    return header(checksum(pseudo + header(0) + body)) + body


def ipv4(protocol, body, sender=CLIENT, fragment=0, number=1):
    ends = (b"\x0a\0\0\1", b"\x0a\0\0\2")
    addresses = ends[sender] + ends[1 - sender]

    def header(total):
        return struct.pack(
            ">BBHHHBBH", 0x45, 0, 20 + len(body), number, fragment, 64, protocol, total
        )

    return header(checksum(header(0) + addresses)) + addresses + body


def ipv6(protocol, body, sender=CLIENT):
    ends = tuple(b"\x20\1\x0d\xb8" + bytes(11) + last for last in (b"\1", b"\2"))
    return (
        struct.pack(">IHBB", 0x60000000, len(body), protocol, 64)
        + ends[sender]
        + ends[1 - sender]
        + body
    )


class Packet:
    """One segment of the connection in an IP packet of each version."""

    def __init__(self, segment, port, number):
        self.sender, self.number = segment[0], number
        four, six = ipv4(6, b"", self.sender), ipv6(6, b"", self.sender)
        self.in_four = tcp(segment, port, four[12:20])
        self.four = ipv4(6, self.in_four, self.sender, number=number)
        self.six = ipv6(6, tcp(segment, port, six[8:40]), self.sender)

    def udp(self, port, body):
        header = struct.pack(">HHHH", 40000, port, 8 + len(body), 0)
        return ipv4(17, header + body, self.sender)

    def gre(self, kind, body, flags=0, more=b""):
        return ipv4(47, struct.pack(">HH", flags, kind) + more + body, self.sender)


def packets(port):
    return [Packet(segment, port, number) for number, segment in enumerate(segments(), 1)]


def frame(kind, body):
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + struct.pack(">H", kind) + body


def ethernet(packet):
    return frame(0x0800, packet.four)


def tagged(kinds, body, kind=0x0800):
    """VLAN tags 10, 11, … of these EtherTypes."""
    data = struct.pack(">H", kind) + body
    for number in reversed(range(len(kinds))):
        data = struct.pack(">HH", kinds[number], 10 + number) + data
    return frame(0, b"")[:12] + data


def llc_snap(packet):
    return b"\xaa\xaa\3\0\0\0\x08\0" + packet.four


def fragments(packet):
    """As IPv4 fragments of 16 bytes: even the TCP header comes in pieces."""
    parts = [packet.in_four[at : at + 16] for at in range(0, len(packet.in_four), 16)]
    return [
        frame(
            0x0800,
            ipv4(
                6,
                part,
                packet.sender,
                2 * index | (0x2000 if index + 1 < len(parts) else 0),
                packet.number,
            ),
        )
        for index, part in enumerate(parts)
    ]


def gtp(packet):
    body = b"\0\0\0\x85\1\x10\x20\0" + packet.four
    return packet.udp(2152, struct.pack(">BBHI", 0x34, 255, len(body), 5 + packet.sender) + body)


def nflog(packet):
    head = b"\2\0\0\0\x08\0\1\0\x08\0\3\0" + struct.pack("<HH", len(packet.four) + 4, 9)
    return head + packet.four


# name: (link type, wrap, VLANs that the record must tell, tunnel that it must tell)
WRAPPINGS = {
    "ethernet": (1, ethernet, None, None),
    "ethernet_padded": (1, lambda p: ethernet(p) + bytes(20), None, None),
    "ethernet_six": (1, lambda p: frame(0x86DD, p.six), None, None),
    "802_3_llc_snap": (1, lambda p: frame(len(p.four) + 8, llc_snap(p)), None, None),
    "vlan": (1, lambda p: tagged([0x8100], p.four), [10], None),
    "qinq": (1, lambda p: tagged([0x88A8, 0x8100], p.four), [10, 11], None),
    "three_tags": (1, lambda p: tagged([0x88A8, 0x8100, 0x8100], p.four), [10, 11, 12], None),
    "vn_tag": (1, lambda p: frame(0x8926, b"\0\1\0\2\x08\0" + p.four), None, None),
    "mpls": (1, lambda p: frame(0x8847, b"\0\1\0\x40\0\2\1\x40" + p.four), None, None),
    "pppoe": (1, lambda p: frame(0x8864, b"\x11\0\0\1\0\0\0\x21" + p.four), None, None),
    "pbb": (1, lambda p: tagged([0x88A8], b"\0\0\0\7" + ethernet(p), 0x88E7), [10], "pbb"),
    "fragments": (1, fragments, None, None),
    "ah": (101, lambda p: ipv4(51, b"\6\4" + bytes(22) + p.in_four, p.sender), None, None),
    "ipip": (101, lambda p: ipv4(4, p.four, p.sender), None, "ipip"),
    "6in4": (101, lambda p: ipv4(41, p.six, p.sender), None, "6in4"),
    "4in6": (101, lambda p: ipv6(4, p.four, p.sender), None, "4in6"),
    "gre": (101, lambda p: p.gre(0x0800, p.four), None, "gre"),
    "gre_keyed": (101, lambda p: p.gre(0x0800, p.four, 0x2000, b"\0\0\0\x09"), None, "gre"),
    "erspan_1": (101, lambda p: p.gre(0x88BE, ethernet(p)), None, "erspan"),
    "erspan_2": (
        101,
        lambda p: p.gre(0x88BE, b"\x10\5\x18\x09\0\0\0\1" + ethernet(p), 0x1000, bytes(4)),
        None,
        "erspan",
    ),
    "erspan_3": (
        101,
        lambda p: p.gre(
            0x22EB, b"\x20\5\x18\x09" + bytes(6) + b"\x80\0" + ethernet(p), 0x1000, bytes(4)
        ),
        None,
        "erspan",
    ),
    "vxlan": (101, lambda p: p.udp(4789, b"\x08\0\0\0\0\0\7\0" + ethernet(p)), None, "vxlan"),
    "geneve": (101, lambda p: p.udp(6081, b"\0\0\x65\x58\0\0\7\0" + ethernet(p)), None, "geneve"),
    "gtp_u": (101, gtp, None, "gtp_u"),
    "l2tp": (
        101,
        lambda p: p.udp(1701, b"\0\2\0\1\0\2\xff\3\0\x21" + p.four),
        None,
        "l2tp",
    ),
    "teredo": (101, lambda p: p.udp(3544, bytes(8) + p.six), None, "teredo"),
    "raw": (101, lambda p: p.four, None, None),
    "raw_six": (101, lambda p: p.six, None, None),
    "ipv4": (228, lambda p: p.four, None, None),
    "ipv6": (229, lambda p: p.six, None, None),
    "null": (0, lambda p: b"\2\0\0\0" + p.four, None, None),
    "loop": (108, lambda p: b"\0\0\0\2" + p.four, None, None),
    "sll": (113, lambda p: bytes(14) + b"\x08\0" + p.four, None, None),
    "sll2": (276, lambda p: b"\x08\0" + bytes(18) + p.four, None, None),
    "ppp": (9, lambda p: b"\xff\3\0\x21" + p.four, None, None),
    "ppp_hdlc": (50, lambda p: b"\xff\3\0\x21" + p.four, None, None),
    "c_hdlc": (104, lambda p: b"\x0f\0\x08\0" + p.four, None, None),
    "802_11": (105, lambda p: b"\x08\1" + bytes(22) + llc_snap(p), None, None),
    "radiotap": (127, lambda p: b"\0\0\x08\0" + bytes(4) + b"\x88\1" + bytes(24) + llc_snap(p), None, None),
    "ppi": (192, lambda p: b"\0\0\x08\0\1\0\0\0" + ethernet(p), None, None),
    "token_ring": (6, lambda p: b"\x10\x40" + bytes(12) + llc_snap(p), None, None),
    "fddi": (10, lambda p: b"\x51" + bytes(12) + llc_snap(p), None, None),
    "arcnet": (7, lambda p: b"\1\2\xd4\0\0\x09" + p.four, None, None),
    "arcnet_linux": (129, lambda p: b"\1\2\0\0\xd4\0\0\x09" + p.four, None, None),
    "ipoib": (242, lambda p: bytes(40) + b"\x08\0\0\0" + p.four, None, None),
    "juniper": (178, lambda p: b"MGC\1" + ethernet(p), None, None),
    "nflog": (239, nflog, None, None),
}


def frames_of(name, port):
    """(link type, one list of frames for each segment)."""
    linktype, wrap = WRAPPINGS[name][:2]
    wrapped = [wrap(packet) for packet in packets(port)]
    return linktype, [frames if isinstance(frames, list) else [frames] for frames in wrapped]
