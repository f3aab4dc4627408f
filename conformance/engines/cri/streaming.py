"""The streams of CRI's Exec, Attach and PortForward, over a websocket as the streaming server of Kubernetes speaks it.

Every message is binary and begins with the number of its channel. Of `v4.channel.k8s.io`: 0 to 2 are the standard
streams, 3 tells at the end how it went (a Status of Kubernetes, as JSON), 4 takes the terminal's size. For a forwarded
port 0 is the connection and 1 its error, each beginning with the port's number.
"""

import base64
import hashlib
import json
import os
import socket
import struct
import time
import urllib.parse

from report import Failed, expect, expect_equal

STDIN, STDOUT, STDERR, STATUS, RESIZE = range(5)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class Stream:
    """A connection to the URL that the plugin answered; used as a context, at whose end it is closed."""

    def __init__(self, url, protocol="v4.channel.k8s.io"):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=20)
        self.received = b""
        self.channels = {}
        self.is_open = True
        try:
            self.shake_hands(parts, protocol)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def shake_hands(self, parts, protocol):
        key = base64.b64encode(os.urandom(16)).decode()
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: Upgrade\r\n"
                             f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                             f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.received:
            self.fill()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        expect(" 101 " in status, f"the streaming server refuses {path}: {status} {self.received!r}")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        accept = base64.b64encode(hashlib.sha1((key + ACCEPT).encode()).digest()).decode()
        expect_equal((headers.get("sec-websocket-accept"), headers.get("sec-websocket-protocol")), (accept, protocol),
                     "the answer of the streaming server")

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self.received += data

    def take(self, size):
        while len(self.received) < size:
            self.fill()
        data, self.received = self.received[:size], self.received[size:]
        return data

    def frame(self, kind, data):
        mask = os.urandom(4)
        size = (bytes([len(data) | 0x80]) if len(data) < 126 else struct.pack(">BH", 126 | 0x80, len(data))
                if len(data) < 65536 else struct.pack(">BQ", 127 | 0x80, len(data)))
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | kind]) + size + mask + masked)

    def send(self, channel, data):
        self.frame(BINARY, bytes([channel]) + data)

    def resize(self, rows, columns):
        self.send(RESIZE, json.dumps({"Width": columns, "Height": rows}).encode())

    def receive(self):
        """Takes in one frame; false once the server has closed the connection."""
        try:
            first, second = self.take(2)
            size = second & 0x7F
            if size > 125:
                size = struct.unpack(">H" if size == 126 else ">Q", self.take(2 if size == 126 else 8))[0]
            data = self.take(size)
        except (EOFError, ConnectionResetError):
            self.is_open = False
            return False
        kind = first & 15
        if kind == CLOSE:
            self.is_open = False
            return False
        if kind == PING:
            self.frame(PONG, data)
        elif kind in (TEXT, BINARY) and data:
            self.channels[data[0]] = self.channels.get(data[0], b"") + data[1:]
        return True

    def text(self, channel):
        return self.channels.get(channel, b"").decode(errors="replace")

    def wait_for(self, text, channel=STDOUT, seconds=20):
        """Waits until a channel has shown `text`."""
        end = time.monotonic() + seconds
        while text not in self.text(channel):
            try:
                arrived = time.monotonic() < end and self.receive()
            except TimeoutError:
                arrived = False
            if not arrived:
                raise Failed(f"{text!r} did not arrive in {seconds} s: {self.channels}")

    def exit_code(self):
        """Waits for the end, and reads the exit code that the last channel tells."""
        try:
            while self.receive():
                pass
        except TimeoutError:
            raise Failed(f"the stream did not end: {self.channels}") from None
        status = json.loads(self.text(STATUS) or "{}")
        if status.get("status") == "Success":
            return 0
        causes = {cause["reason"]: cause["message"] for cause in status.get("details", {}).get("causes", [])}
        if status.get("reason") != "NonZeroExitCode":
            raise Failed(f"the stream ended with {self.channels}")
        return int(causes["ExitCode"])
