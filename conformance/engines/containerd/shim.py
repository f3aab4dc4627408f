"""Calls of a shim's own service, for what `ctr` has no command for: ttrpc, whose messages are protobuf."""

import json
import socket
import struct

from report import Failed

SERVICE = "containerd.task.v2.Task"
RESOURCES = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources"
REQUEST, RESPONSE = 1, 2


def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(index, data):
    """A field of the kinds that have a length: text, bytes, messages."""
    data = data.encode() if isinstance(data, str) else data
    return number(index << 3 | 2) + number(len(data)) + data


def fields(data):
    """Field number to value, of a message of numbers and fields with a length."""
    found, position = {}, 0

    def read():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while position < len(data):
        key = read()
        value = read()
        if key & 7 == 2:
            value, position = data[position:position + value], position + value
        found[key >> 3] = value
    return found


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise Failed("the shim closed the connection")
        data += part
    return data


def call(path, method, payload, seconds=30):
    """Calls a method of the shim that listens at `path`; gives the error's text, empty when there is none."""
    request = field(1, SERVICE) + field(2, method) + field(3, payload)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(path)
        connection.sendall(struct.pack(">IIBB", len(request), 1, REQUEST, 0) + request)
        size, _, kind, _ = struct.unpack(">IIBB", receive(connection, 10))
        response = fields(receive(connection, size))
    if kind != RESPONSE:
        raise Failed(f"the shim sent a message of kind {kind}")
    status = fields(response.get(1, b""))
    return status.get(2, b"").decode() or (f"code {status[1]}" if status.get(1) else "")


def update(path, name, resources):
    """What an engine's update comes to, CRI's UpdateContainerResources for one."""
    value = field(1, RESOURCES) + field(2, json.dumps(resources))
    return call(path, "Update", field(1, name) + field(2, value))
