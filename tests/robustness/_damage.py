"""Ways in which bytes get damaged on a disk or by hand."""


def damaged(content, random):
    """The content with bits flipped, a piece removed, zeroed, repeated or inserted, or cut off."""
    kind, content = random.integers(7), bytearray(content)
    start = int(random.integers(max(1, len(content))))
    length = int(random.integers(1, 1 + min(64, max(1, len(content) - start))))
    if kind == 0:  # one bit
        content[start] ^= 1 << int(random.integers(8))
    elif kind == 1:  # some bytes
        for position in random.integers(0, len(content), int(random.integers(2, 20))):
            content[position] ^= int(random.integers(1, 256))
    elif kind == 2:
        del content[start:]
    elif kind == 3:
        del content[start : start + length]
    elif kind == 4:
        content[start : start + length] = bytes(length)
    elif kind == 5:
        content[start:start] = content[start : start + length]
    else:
        content[start:start] = random.bytes(length)
    return bytes(content)
