"""Make docs/player.html, and docs/figures/player.gif from what it shows in a browser.

pip install 'chalkgrad[browser]' pillow    # and a Chromium on the PATH
python docs/figures/player.py              # both; --page leaves the browser out
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from autograd import Tensor, play
from autograd.drawing import Player

DOCS = Path(__file__).parents[1]
SIZE = {"width": 860, "height": 480}
STEP, PAUSE = 1400, 3500  # milliseconds


def deck() -> Player:
    """The lecture's first example: u = bc, v = a + u, J = 3v."""
    a = Tensor(5.0, requires_grad=True)
    b = Tensor(3.0, requires_grad=True)
    c = Tensor(2.0, requires_grad=True)
    u = b * c
    v = a + u
    J = 3 * v
    return play(J, title="u = bc, v = a + u, J = 3v")


def film(page: Path, target: Path) -> None:
    """A picture of each step, one after the other."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        view = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        view.goto(page.as_uri())
        shots = []
        for _ in range(int(view.locator("#scrubber").get_attribute("max") or 0) + 1):
            shots.append(Image.open(io.BytesIO(view.screenshot())).convert("RGB"))
            view.keyboard.press("ArrowRight")
        browser.close()
    # One palette for all, so that what does not change does not flicker.
    strip = Image.new("RGB", (SIZE["width"], SIZE["height"] * len(shots)))
    for i, shot in enumerate(shots):
        strip.paste(shot, (0, i * SIZE["height"]))
    palette = strip.quantize(255, dither=Image.Dither.NONE)
    frames = [shot.quantize(palette=palette, dither=Image.Dither.NONE) for shot in shots]
    durations = [STEP] * (len(frames) - 1) + [PAUSE]
    frames[0].save(
        target, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True
    )


if __name__ == "__main__":
    page = deck().save(DOCS / "player.html")
    print(page, page.stat().st_size, "bytes")
    if "--page" not in sys.argv:
        film(page, DOCS / "figures" / "player.gif")
