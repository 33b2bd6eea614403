"""Writing what an interface inside a namespace sees into a file, with tcpdump (pcap) or dumpcap
(pcapng).
"""

import contextlib
import os
import shutil
import signal
import struct
import subprocess
import time

from lab import entered

READY_S = 10
SECTION_HEADER = 0x0A0D0D0A
INTERFACE = 1
INTERFACE_OS = 12


class NoTool(Exception):
    """A program that a recipe needs is not installed."""


def _command(path, interface, snaplen):
    if path.endswith(".pcapng"):
        return ["dumpcap", "-q", "-i", interface, "-s", str(snaplen), "-w", path]
    return [
        "tcpdump",
        "-n",
        "-U",
        "-Z",
        "root",
        "--immediate-mode",
        "--time-stamp-precision=nano",
        "-i",
        interface,
        "-s",
        str(snaplen),
        "-w",
        path,
    ]


def _wait_until_ready(process, path):
    """Both tools open their file once the interface is being listened to, tcpdump with its first
    bytes.
    """
    deadline = time.monotonic() + READY_S
    while not (os.path.exists(path) and os.path.getsize(path) > 0):
        if process.poll() is not None:
            raise RuntimeError(
                f"{process.args[0]} ended: {process.stderr.read().decode(errors='replace')}"
            )
        if time.monotonic() > deadline:
            raise RuntimeError(f"{process.args[0]} did not begin within {READY_S} s")
        time.sleep(0.02)
    time.sleep(0.3)


@contextlib.contextmanager
def recording(namespace, path, interface="eth0", snaplen=262144):
    """Records while it lasts; afterwards the file is whole and names nothing about the machine."""
    command = _command(path, interface, snaplen)
    if shutil.which(command[0]) is None:
        raise NoTool(f"{command[0]}: not installed")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    with entered(namespace):
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    try:
        _wait_until_ready(process, path)
        yield
        time.sleep(0.3)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=READY_S)
    if path.endswith(".pcapng"):
        strip_host_details(path)


def _without_option(block, fixed_bytes, unwanted):
    """A pcapng block without the options of one code; `fixed_bytes` stand before its options."""
    kept = block[8 : 8 + fixed_bytes]
    at = 8 + fixed_bytes
    while at + 4 <= len(block) - 4:
        code, length = struct.unpack_from("<HH", block, at)
        padded = 4 + (length + 3 & ~3)
        if code != unwanted:
            kept += block[at : at + padded]
        at += padded
    total = len(kept) + 12
    return block[:4] + struct.pack("<I", total) + kept + struct.pack("<I", total)


def strip_host_details(path):
    """Takes out what tells the processor, the kernel's build and the tool: no reader of packets
    needs it.
    """
    with open(path, "rb") as file:
        content = file.read()
    if content[:12] != struct.pack("<I", SECTION_HEADER) + content[4:8] + struct.pack(
        "<I", 0x1A2B3C4D
    ):
        raise RuntimeError(f"{path}: does not begin with a little-endian section header")
    out = struct.pack("<IIIHHqI", SECTION_HEADER, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    at = struct.unpack_from("<I", content, 4)[0]
    while at < len(content):
        kind, length = struct.unpack_from("<II", content, at)
        block = content[at : at + length]
        out += _without_option(block, 8, INTERFACE_OS) if kind == INTERFACE else block
        at += length
    with open(path, "wb") as file:
        file.write(out)
