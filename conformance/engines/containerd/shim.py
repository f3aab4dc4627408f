"""Calls of a shim's own service, for what `ctr` has no command for: ttrpc, whose messages are protobuf."""

import json
import socket
import struct

from protobuf import Message, encode
from report import Failed

SERVICES = ("containerd.task.v3.Task", "containerd.task.v2.Task")  # of containerd 2, and before it
RESOURCES = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources"
REQUEST, RESPONSE = 1, 2
UNIMPLEMENTED = 12


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise Failed("the shim closed the connection")
        data += part
    return data


def call(path, method, message, seconds=30):
    """Calls a method of the shim that listens at `path`; gives the error's text, empty when there is none."""
    for service in SERVICES:
        status = answer(path, encode({1: service, 2: method, 3: encode(message)}), seconds).message(1)
        if status.integer(1) != UNIMPLEMENTED:
            break
    return status.text(2) or (f"code {status.integer(1)}" if status.integer(1) else "")


def answer(path, request, seconds):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(path)
        connection.sendall(struct.pack(">IIBB", len(request), 1, REQUEST, 0) + request)
        size, _, kind, _ = struct.unpack(">IIBB", receive(connection, 10))
        message = Message(receive(connection, size))
    if kind != RESPONSE:
        raise Failed(f"the shim sent a message of kind {kind}")
    return message


def update(path, name, resources):
    """What an engine's update comes to, CRI's UpdateContainerResources for one."""
    return call(path, "Update", {1: name, 2: {1: RESOURCES, 2: json.dumps(resources)}})
