"""Descriptions within files: each format has a place for them, where readers and catalogues look."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

# ISO 639-2 codes of languages, which films have for their tracks of subtitles.
TRACKS = {"en": "eng", "es": "spa", "zh": "zho"}
UNKNOWN = "und"
LONGEST_BLOCK = 255  # bytes of one block of a GIF's comment
GIF_EXTENSION, GIF_COMMENT, GIF_APPLICATION = 0x21, 0xFE, 0xFF
HAS_XMP = 0x04  # a flag of an extended WebP
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:iptc="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">
{parts}
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>"""


class Words(Protocol):
    """A picture in words: short as `alt` and long as `text`, in one `language`."""

    @property
    def title(self) -> str:
        """The title."""
        ...

    @property
    def alt(self) -> str:
        """What stands for the picture where it cannot be seen."""
        ...

    @property
    def text(self) -> str:
        """What it shows, at length."""
        ...

    @property
    def language(self) -> str:
        """Its language, as in "en"."""
        ...


def fields(words: Words) -> dict[str, str]:
    """What PNG calls its parts; films have the same names, in small letters."""
    return {"Title": words.title, "Description": words.alt, "Comment": words.text}


def ffmpeg_arguments(words: Words) -> list[str]:
    """ffmpeg's arguments for films that have fields."""
    return [word for name, text in fields(words).items() for word in ("-metadata", f"{name.lower()}={text}")]


def into_svg(path: Path, words: Words) -> None:
    """Name an SVG by its alt text, and describe it: what screen readers say of it."""
    name = f"replay-{crc32((words.alt + words.text).encode()):08x}"  # of its own, in a page with several
    title, text = f"{name}-title", f"{name}-desc"
    head, opening, rest = path.read_text(encoding="utf-8").partition("<svg ")
    attributes, closing, body = rest.partition(">")
    parts = (
        f"\n <title id={quoteattr(title)}>{escape(words.alt)}</title>"
        f"\n <desc id={quoteattr(text)}>{escape(words.text)}</desc>"
    )
    roles = f'role="img" aria-labelledby="{title}" aria-describedby="{text}" lang="{words.language}" '
    path.write_text(f"{head}{opening}{roles}{attributes}{closing}{parts}{body}", encoding="utf-8")


def into_gif(path: Path, words: Words) -> None:
    """Give a GIF a comment (GIF89a, section 24), after its header and its number of loops."""
    content = path.read_bytes()
    place = 13 + (3 * 2 ** ((content[10] & 0x07) + 1) if content[10] & 0x80 else 0)
    while content[place] == GIF_EXTENSION and content[place + 1] == GIF_APPLICATION:
        place = _after_blocks(content, place + 2)
    text = f"{words.alt}\n\n{words.text}".encode()
    blocks = [text[start : start + LONGEST_BLOCK] for start in range(0, len(text), LONGEST_BLOCK)]
    comment = b"".join(bytes([len(block)]) + block for block in blocks)
    extension = bytes([GIF_EXTENSION, GIF_COMMENT]) + comment + b"\0"
    path.write_bytes(content[:place] + extension + content[place:])


def _after_blocks(content: bytes, place: int) -> int:
    """The place after a chain of blocks, each with its length before it, which one of length 0 ends."""
    while content[place]:
        place += content[place] + 1
    return place + 1


def into_webp(path: Path, words: Words) -> None:
    """Give an animated WebP its metadata as XMP (WebP Container Specification, "Metadata")."""
    content = bytearray(path.read_bytes())
    text = _xmp(words).encode()
    content[20] |= HAS_XMP  # the first byte of the VP8X chunk, which comes first
    content += b"XMP " + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
    content[4:8] = struct.pack("<I", len(content) - 8)
    path.write_bytes(content)


def _xmp(words: Words) -> str:
    """The description in XMP: Dublin Core, and what IPTC has for alternative texts."""
    parts = {
        "dc:title": words.title,
        "dc:description": words.alt,
        "iptc:AltTextAccessibility": words.alt,
        "iptc:ExtDescrAccessibility": words.text,
    }
    return XMP.format(
        parts="\n".join(
            f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt></{name}>'
            for name, text in parts.items()
        )
    )


INTO = {".gif": into_gif, ".webp": into_webp}  # formats that ffmpeg writes without metadata
