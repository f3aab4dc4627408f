"""The little of Protocol Buffers that the CRI and shims need: a message is a dictionary of field number to value.

Values to encode are integers and booleans, strings, bytes, dictionaries (messages) and lists of these (repeated). A
decoded message has a list of raw values (integers, bytes) for each field number; `Message` reads them.
"""


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(message):
    out = bytearray()
    for number, values in message.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, int):
                out += varint(number << 3) + varint(value)
                continue
            data = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else encode(value)
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return bytes(out)


def mapping(pairs):
    """A field of type map<string, string>."""
    return [{1: key, 2: value} for key, value in pairs.items()]


class Message:
    def __init__(self, data):
        self.fields = {}
        at = 0

        def number():
            nonlocal at
            value, shift = 0, 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    return value
        while at < len(data):
            key = number()
            if key & 7 == 0:
                value = number()
            elif key & 7 == 2:
                length = number()
                value = data[at:at + length]
                at += length
            else:
                width = 8 if key & 7 == 1 else 4
                value = data[at:at + width]
                at += width
            self.fields.setdefault(key >> 3, []).append(value)

    def integer(self, number):
        return self.fields.get(number, [0])[-1]

    def bytes(self, number):
        return self.fields.get(number, [b""])[-1]

    def text(self, number):
        return self.bytes(number).decode(errors="replace")

    def message(self, number):
        return Message(self.bytes(number))

    def messages(self, number):
        return [Message(value) for value in self.fields.get(number, [])]
