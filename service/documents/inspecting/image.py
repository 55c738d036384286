"""A JPEG or PNG: every pixel decoded and written anew, so that nothing else survives."""

import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any

from service.documents.inspecting.limits import Answer, Limits, RefusedError, Targets

MOST_PIXELS = 40_000_000
WIDTH, HEIGHT = 1000, 2000  # of a drawn page, pixels
COLOURS = 128  # of a drawn page: a third of the bytes, and a person still reads it


def inspect_image(data: bytes, targets: Targets, limits: Limits) -> Callable[[], Answer]:
    """Decode every pixel and write them anew: what is no pixel does not survive."""
    del limits
    image_module = pillow()
    from PIL import ImageOps  # noqa: PLC0415

    def run() -> Answer:
        image = _decoded(image_module, data)
        kind = "PNG" if image.format == "PNG" else "JPEG"
        turned = ImageOps.exif_transpose(image)
        transparency = turned.info.get("transparency")
        turned.info = {}
        if kind == "PNG":
            further = {} if transparency is None else {"transparency": transparency}
            turned.save(targets[0], "PNG", compress_level=3, **further)
        else:
            plain = turned if turned.mode in ("L", "RGB") else turned.convert("RGB")
            plain.save(targets[0], "JPEG", quality=90)
        targets[0].flush()
        return {"pages": 1, "flags": [], "signed": False}

    return run


def pillow() -> Any:
    """Load Pillow with the two decoders, which refuse what is too many pixels."""
    from PIL import Image, JpegImagePlugin, MpoImagePlugin, PngImagePlugin  # noqa: PLC0415

    del JpegImagePlugin, MpoImagePlugin, PngImagePlugin  # loaded, which is what counts
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    return Image


def _decoded(image_module: Any, data: bytes) -> Any:
    try:
        image = image_module.open(BytesIO(data), formats=("JPEG", "PNG"))
        image.load()
    except Exception:  # noqa: BLE001 - whatever a decoder says of bytes it cannot decode
        raise RefusedError("broken") from None
    return image


def picture(drawn: Any) -> bytes:
    """Give the PNG of a drawn page, of few colours."""
    from PIL import Image  # noqa: PLC0415 - loaded long since

    spelled = BytesIO()
    few = drawn.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(spelled, "PNG", compress_level=6)
    return spelled.getvalue()


def draw_image(data: bytes, targets: Targets, limits: Limits) -> Callable[[], Answer]:
    """Draw it smaller."""
    del limits
    image_module = pillow()

    def run() -> Answer:
        image = _decoded(image_module, data)
        small = image.convert("RGBA" if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info else "RGB")
        small.thumbnail((WIDTH, HEIGHT))
        small.info = {}
        targets[0].write(picture(small))
        targets[0].flush()
        return {"pages": 1, "flags": [], "signed": False}

    return run
