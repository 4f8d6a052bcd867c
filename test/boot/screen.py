"""screen.py - screenshots: PNG files, comparison, text of a frame buffer.

SPDX-License-Identifier: BSD-3-Clause
"""

import os
import re
import struct
import time
import zlib
from pathlib import Path

from guest import BUILD, LOGS

REFERENCES = Path(__file__).parent / "screens"
GLYPH_WIDTH, GLYPH_HEIGHT = 8, 16
# The glyphs of build/font.bin.
CHARACTERS = ("".join(map(chr, range(0x20, 0x7F))) + "\ufffd"
              + "€ŠšŽžŒœŸ‘’“”„–—…•─│┌┐└┘├┤┬┴┼█░≤≥"
              + "".join(map(chr, range(0xA0, 0x100))))
CURSOR_LINE = 14
CURSOR = b"\xff" * (GLYPH_HEIGHT - CURSOR_LINE)
SETTLE = 20  # seconds, on a host that has other work


def chunk(kind, data):
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(
        ">I", checksum)


def png_bytes(width, height, pixels):
    """RGB pixels as a PNG file."""
    rows = b"".join(b"\0" + pixels[y * width * 3:(y + 1) * width * 3]
                    for y in range(height))
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2,
                                         0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def read_png(path):
    """What png_bytes wrote, as (width, height, pixels)."""
    data, position, body = path.read_bytes(), 8, b""
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        content = data[position + 8:position + 8 + length]
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", content)
        elif kind == b"IDAT":
            body += content
        position += 12 + length
    rows = zlib.decompress(body)
    stride = width * 3 + 1
    return width, height, b"".join(
        rows[y * stride + 1:(y + 1) * stride] for y in range(height))


def lit(screen):
    """Number of bytes that are not black."""
    return len(screen[2]) - screen[2].count(0)


def update_reference(guest, reference):
    """Keeps what is shown; the phase of a blinking cursor that shows it."""
    shots = []
    for _ in range(10):
        shots.append(guest.screenshot())
        time.sleep(0.1)
    reference.parent.mkdir(exist_ok=True)
    reference.write_bytes(png_bytes(*max(shots, key=lit)))


def check_screen(guest, name, folder=REFERENCES):
    """Compares the screen with folder/NAME.png; UPDATE_SCREENS=1 makes that
    anew. The device draws a moment after it was written to, and a cursor
    blinks: the screen has SETTLE seconds to become equal."""
    reference = folder / f"{name}.png"
    if os.environ.get("UPDATE_SCREENS"):
        update_reference(guest, reference)
    expected = read_png(reference)
    end = time.monotonic() + SETTLE
    while (screen := guest.screenshot()) != expected:
        if time.monotonic() > end:
            report_difference(name, screen, expected)
        time.sleep(0.05)


def report_difference(name, screen, expected):
    """Keeps what was seen beside the logs, differing pixels in red."""
    seen = LOGS / f"{name}.png"
    seen.write_bytes(png_bytes(*screen))
    assert screen[:2] == expected[:2], f"size of the screen: {seen}"
    marked, count = bytearray(screen[2]), 0
    for i in range(0, len(marked), 3):
        if marked[i:i + 3] != expected[2][i:i + 3]:
            marked[i:i + 3] = b"\xff\0\0"
            count += 1
    seen.write_bytes(png_bytes(*screen[:2], bytes(marked)))
    raise AssertionError(f"{count} pixels differ from {name}.png; in red: "
                         f"{seen}")


def glyph_of(screen, column, row):
    """The 16 bytes of a cell: a bit is set where a pixel is not black."""
    width, _, pixels = screen
    lines = []
    for y in range(GLYPH_HEIGHT):
        start = ((row * GLYPH_HEIGHT + y) * width + column * GLYPH_WIDTH) * 3
        line = 0
        for x in range(GLYPH_WIDTH):
            line = line << 1 | (max(pixels[start + x * 3:start + x * 3 + 3])
                                > 0)
        lines.append(line)
    return bytes(lines)


def frame_text(screen):
    """Reads the text of a frame buffer; cells that are no glyph are '?'.
    The cursor is a bar over the last lines of a cell."""
    font = (BUILD / "font.bin").read_bytes()
    characters = {}
    for i, character in enumerate(CHARACTERS):
        glyph = font[i * GLYPH_HEIGHT:(i + 1) * GLYPH_HEIGHT]
        characters.setdefault(glyph[:CURSOR_LINE] + CURSOR, character)
        characters.setdefault(glyph, character)
    width, height, _ = screen
    return "\n".join(
        "".join(characters.get(glyph_of(screen, column, row), "?")
                for column in range(width // GLYPH_WIDTH)).rstrip()
        for row in range(height // GLYPH_HEIGHT))


def wait_for_frame_text(guest, pattern, timeout=SETTLE):
    """The text of the frame buffer once it has the regular expression."""
    end = time.monotonic() + timeout
    while not re.search(pattern, shown := frame_text(guest.screenshot())):
        if time.monotonic() > end:
            guest.fail(f"{pattern!r} is not on the screen:\n{shown}")
        time.sleep(0.05)
    return shown
