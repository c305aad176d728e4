"""The page in a browser: read, stepped through, searched, judged by axe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd import Tensor, play
from autograd.drawing import Player

from .examples import branches, classifier, deck, deep

pytestmark = pytest.mark.slow

REQUIRED = bool(os.environ.get("REQUIRE_BROWSER"))
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)


def missing(reason: str) -> None:
    """Skip for want of a browser; fail where one is required."""
    if REQUIRED:
        pytest.fail(f"{reason}, and REQUIRE_BROWSER is set")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        missing("no Chromium on the PATH")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("no Playwright: pip install 'chalkgrad[browser]'")
    with sync_playwright() as playwright:
        # Root, as in a container, has no sandbox of Chromium's.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """A function that opens a player in a browser without network; complaints fail the test."""
    contexts = []
    complaints: list[str] = []
    requests: list[str] = []

    def open_(player: Player, **options: Any) -> Any:
        context = browser.new_context(offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(player.save(tmp_path / "player.html").as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url for url in requests if not url.startswith("data:")} <= {
        (tmp_path / "player.html").as_uri()
    }


def said(page: Any) -> str:
    """What the live region reads out."""
    return str(page.locator("#live").text_content())


def press(page: Any, *keys: str) -> str:
    for key in keys:
        page.keyboard.press(key)
    return said(page)


def seen(page: Any, name: str) -> list[str]:
    """The lines of a box that can be seen."""
    box = page.locator(".node", has=page.locator(f".what:text-matches('^{name}( =|$)')"))
    lines = box.locator(":scope > *").all()
    style = "e => getComputedStyle(e).visibility"
    return [line.text_content() for line in lines if line.evaluate(style) == "visible"]


def test_the_decks_example_step_by_step(opened: Open) -> None:
    page = opened(deck())
    assert said(page) == "Given: a = 5, b = 3, c = 2"
    assert seen(page, "a") == ["a", "5"]
    assert seen(page, "u") == ["u = b · c"]

    assert press(page, "ArrowRight") == "u = b times c = 3 times 2 = 6"
    assert press(page, "ArrowRight") == "v = a + u = 5 + 6 = 11"
    assert seen(page, "v") == ["v = a + u", "11"]
    assert seen(page, "J") == ["J = 3 · v"]
    assert press(page, "ArrowRight") == "J = 3 times v = 3 times 11 = 33"
    assert seen(page, "J") == ["J = 3 · v", "33"]

    assert press(page, "ArrowRight") == "dJ/dJ = 1"
    assert press(page, "ArrowRight") == "dJ/dv = 3"
    assert press(page, "ArrowRight") == "dJ/da = dJ/dv times dv/da = 3 times 1 = 3"
    assert press(page, "ArrowRight") == "dJ/du = dJ/dv times dv/du = 3 times 1 = 3"
    assert seen(page, "b") == ["b", "3"]
    assert press(page, "ArrowRight") == "dJ/db = dJ/du times du/db = 3 times 2 = 6"
    assert press(page, "ArrowRight") == "dJ/dc = dJ/du times du/dc = 3 times 3 = 9"
    assert seen(page, "b") == ["b", "3", "dJ/db = 6"]
    assert seen(page, "c") == ["c", "2", "dJ/dc = 9"]
    shares = page.locator(".share").all_text_contents()
    assert sorted(shares) == ["3", "3 · 1 = 3", "3 · 1 = 3", "3 · 2 = 6", "3 · 3 = 9"]

    assert press(page, "End") == "Every value is computed, and every derivative of J: each once."
    assert press(page, "ArrowRight", "ArrowLeft", "ArrowLeft").startswith("dJ/db")
    assert seen(page, "c") == ["c", "2"]
    assert press(page, "Home") == "Given: a = 5, b = 3, c = 2"
    page.locator("#scrubber").fill("3")
    assert said(page).endswith("= 33")


def test_an_array_is_not_seen_before_its_turn(opened: Open) -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    page = opened(play(y.sum()))
    canvas = page.locator(".node.value canvas").first
    assert seen(page, "y") == ["y = x · 3"]
    assert not canvas.is_visible()
    press(page, "ArrowRight")
    assert seen(page, "y")[-1] == "[3, 6]"
    assert canvas.is_visible()


def test_it_plays_by_itself_until_it_is_stopped(opened: Open) -> None:
    page = opened(deck(), reduced_motion="reduce")
    page.locator("#speed").select_option("2×")
    page.locator("#play").click()
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    page.locator("#live", has_text="= 11").wait_for(state="attached", timeout=10_000)
    page.locator("#play").click()
    assert page.locator("#play").get_attribute("aria-label") == "Play"
    still = page.locator(".node.forward").evaluate("e => getComputedStyle(e).transitionDuration")
    assert still == "0s"


def test_sums_pulse_where_branches_meet(opened: Open) -> None:
    page = opened(branches())
    texts = [press(page, "ArrowRight") for _ in range(10)]
    assert texts[4:] == [
        "dJ/dy = 1",
        "dJ/dt1 = 1",
        "dJ/dx gets dJ/dt1 times ∂t1/∂x = 1 times (-0.98999) = -0.98999",
        "dJ/dx gets dJ/dy times ∂y/∂x = 1 times 3 = 3",
        "dJ/dx gets dJ/dy times ∂y/∂x = 1 times 3 = 3",
        "dJ/dx = -0.98999 + 3 + 3 = 5.01",
    ]
    assert page.locator(".node.sum .what").all_text_contents() == ["x"]
    assert seen(page, "x") == ["x", "3", "dJ/dx = 5.01"]
    press(page, "ArrowLeft")
    assert page.locator(".node.sum").count() == 0
    assert seen(page, "x") == ["x", "3"]


def test_a_click_shows_numbers_gradient_and_rule(opened: Open) -> None:
    page = opened(classifier())
    details = page.locator("#details")
    page.get_by_role("button", name="t2 = relu(t1)").click()
    text = details.text_content()
    assert "t2 = relu(t1)" in text
    assert "float32, shape (8, 12)" in text
    assert "dJ/dt1 = dJ/dt2 · [t2 > 0]" in text
    assert "g * (out > 0)" in text
    maps = details.get_by_role("img").all()
    assert [m.get_attribute("aria-label").split(":")[0] for m in maps] == [
        "Heat map of shape (8, 12)",
        "Heat map of shape (8, 12)",
    ]
    maps[0].hover(position={"x": 1, "y": 1})
    assert "row 0, column 0: about" in details.text_content()
    page.keyboard.press("Escape")
    assert details.is_hidden()
    page.locator(".node.parameter", has_text="bias").last.click()
    assert details.locator("td").count() == 2 * 3


def test_modules_close_and_open(opened: Open) -> None:
    page = opened(classifier())
    steps = page.locator("#scrubber").get_attribute("max")
    body = page.get_by_role("button", name="body: Sequential")
    assert body.get_attribute("aria-expanded") == "true"
    body.click()
    assert body.get_attribute("aria-expanded") == "false"
    assert page.locator(".node:visible .what").all_text_contents() == [
        "x",
        "labels",
        "J = cross_entropy(t3, labels)",
    ]
    assert "123 parameters" in body.text_content()
    assert int(page.locator("#scrubber").get_attribute("max")) < int(steps)
    assert press(page, "Home", "ArrowRight").startswith("body (Sequential) computes its value")
    body.focus()
    page.keyboard.press("Enter")
    assert page.locator("#scrubber").get_attribute("max") == steps
    page.keyboard.press("m")
    assert page.locator(".module.closed:visible").count() == 2


def test_a_large_graph_begins_with_its_inner_modules_closed(opened: Open) -> None:
    page = opened(deep())
    assert page.locator(".module.closed:visible").count() == 30
    assert page.locator(".node:visible").count() == 1
    page.locator("#fold").click()
    assert page.locator(".node:visible").count() == 91
    page.locator("#fold").click()
    assert page.locator(".module.closed:visible").count() == 1


def test_in_a_notebook_it_lives_in_a_frame(opened: Open) -> None:
    page = opened(deck())
    page.set_content(deck()._repr_html_())
    frame = page.frame_locator("iframe")
    frame.locator("#next").click()
    assert frame.locator("#live").text_content() == "u = b times c = 3 times 2 = 6"


def test_search_finds_by_name_op_and_module(opened: Open) -> None:
    page = opened(classifier())
    page.keyboard.press("/")
    page.keyboard.type("relu")
    assert page.locator("#found").text_content() == "2 found"
    assert page.locator(".found").count() == 2
    focused = []
    for _ in range(3):
        page.keyboard.press("Enter")
        focused.append(page.evaluate("document.activeElement.textContent"))
        page.keyboard.press("/")
    assert focused[0] == focused[2] == "▾ 1: ReLU"
    assert focused[1].startswith("t2 = relu(t1)")
    page.locator("#query").fill("weight")
    assert page.locator("#found").text_content() == "4 found"
    page.locator("#query").press("Escape")
    assert page.locator(".found").count() == 0


CENTRED = """() => {
    const boxes = [...document.querySelectorAll(".node")];
    const at = boxes.map((box) => box.getBoundingClientRect());
    const stage = document.getElementById("stage").getBoundingClientRect();
    const left = Math.min(...at.map((box) => box.left));
    const right = stage.right - Math.max(...at.map((box) => box.right));
    const top = Math.min(...at.map((box) => box.top)) - stage.top;
    const bottom = stage.bottom - Math.max(...at.map((box) => box.bottom));
    // The legend has its place below.
    return Math.abs(left - right) <= 20 && Math.abs(top - bottom) <= 60
        && (left + right < stage.width / 3 || top + bottom < stage.height / 3);
}"""


def test_the_picture_is_in_the_middle_from_the_beginning(opened: Open) -> None:
    page = opened(deck(), viewport={"width": 1300, "height": 850})
    assert page.evaluate(CENTRED)
    page.set_viewport_size({"width": 900, "height": 700})
    page.wait_for_function(CENTRED)  # when the browser gets to it; not at all is an error


def test_zoom_pan_and_fit(opened: Open) -> None:
    page = opened(deck())

    def scale() -> float:
        return float(page.evaluate("view.scale"))

    def where() -> list[float]:
        return list(page.evaluate("[view.x, view.y]"))

    before = scale()
    page.keyboard.press("+")
    assert scale() > before
    page.locator("#out").click()
    page.locator("#stage").hover(position={"x": 30, "y": 200})
    page.mouse.wheel(0, 300)
    page.wait_for_function(f"view.scale < {before}")
    x, y = where()
    page.mouse.down()
    page.mouse.move(130, 300)
    page.mouse.up()
    assert where() != [x, y]
    page.keyboard.press("0")
    assert scale() == pytest.approx(before)


def test_the_keyboard_reaches_every_box_and_brings_it_into_view(opened: Open) -> None:
    page = opened(classifier(), viewport={"width": 700, "height": 500}, reduced_motion="reduce")
    page.locator("#theme").focus()
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        name, inside = page.evaluate(
            """() => {
                const box = document.activeElement;
                const [at, stage] = [box, stage_].map((e) => e.getBoundingClientRect());
                return [box.textContent, at.left >= stage.left && at.right <= stage.right
                    && at.top >= stage.top && at.bottom <= stage.bottom];
            }""".replace("stage_", "document.getElementById('stage')")
        )
        reached.append((name, inside))
    names = [name for name, _ in reached]
    assert [name for name in names if "Linear" in name] == ["▾ 0: Linear", "▾ 2: Linear"]
    assert any(name.startswith("t1 = x @ weightᵀ + bias") for name in names)
    assert [name for name, inside in reached if not inside] == names[:1]  # the button of the keys


def brightness(page: Any) -> float:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = colour.removeprefix("rgb(").removesuffix(")").split(",")
    return sum(map(float, channels)) / 3


def test_dark_follows_the_system_and_the_switch(opened: Open) -> None:
    page = opened(deck(), color_scheme="light")
    assert brightness(page) > 200
    page.locator("#theme").click()
    assert brightness(page) < 60
    assert page.locator("#theme").get_attribute("aria-pressed") == "true"
    assert brightness(opened(deck(), color_scheme="dark")) < 60


def test_motion_is_reduced_where_that_is_asked_for(opened: Open) -> None:
    def moving(motion: str) -> str:
        page = opened(branches(), reduced_motion=motion)
        press(page, "End", "ArrowLeft", "ArrowLeft", "ArrowLeft")
        while not page.locator(".node.sum").count():
            page.keyboard.press("ArrowRight")
        return str(page.locator(".node.sum").evaluate("e => getComputedStyle(e).animationName"))

    assert moving("no-preference") == "pulse"
    assert moving("reduce") == "none"


def test_axe_finds_no_serious_fault(opened: Open) -> None:
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        missing("no axe: pip install 'chalkgrad[browser]'")
    axe = Axe()
    faults: list[str] = []

    def judge(page: Any, state: str) -> None:
        page.wait_for_timeout(350)  # colours are judged as they are after the transition
        for fault in axe.run(page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                where = [node["html"][:100] for node in fault["nodes"]]
                faults.append(f"{state}: {fault['id']} at {where}")

    for scheme in ("light", "dark"):
        page = opened(classifier(), color_scheme=scheme, reduced_motion="reduce")
        judge(page, f"{scheme}, at the beginning")
        press(page, *["ArrowRight"] * 8)
        page.locator(".node.parameter", has_text="weight").last.click()
        judge(page, f"{scheme}, with details")
        press(page, "Escape", "m", "End", "?")
        judge(page, f"{scheme}, closed modules and the keys")
    assert faults == []


def test_a_name_cannot_break_out_of_the_page(opened: Open) -> None:
    name = """</script><script>console.log("out")</script><!-- "'&lt;"""
    x = Tensor(2.0, requires_grad=True, name=name)
    J = x * 3
    page = opened(play(J, title=name))
    assert page.locator("h1").text_content() == name
    assert page.locator(".node .what").first.text_content() == name[:39] + "…"
    assert said(page) == f"Given: {name} = 2"
