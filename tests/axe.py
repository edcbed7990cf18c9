"""What axe-core finds wrong with a page, and what it does not look for."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

GRAVE = ("serious", "critical")

# The page's policy has no say in it: this script comes from the browser's side.
_RUN = """async (impacts) => {
  // What is still sliding in is fainter than it will be.
  const moving = document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations !== Infinity);
  await Promise.allSettled(moving.map((one) => one.finished));
  const { violations } = await axe.run({ resultTypes: ['violations'] });
  return violations.flatMap(({ id, impact, help, nodes }) => nodes
    .map(({ target, html, failureSummary }) => ({ impact, said: [impact, id, help, target.join(' '), html, failureSummary].join(' | ') })))
    .filter(({ impact }) => impacts.includes(impact)).map(({ said }) => said);
}"""  # noqa: E501

# What a finger cannot hit: the dots of the map are left out, since essays and hits have links of their own beside it.
_SMALL = """() => [...document.querySelectorAll('a, button, summary, input, textarea, label')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.type !== 'checkbox')
  .filter((each) => !each.closest('svg, [aria-hidden=true], .hidden'))
  .filter((each) => each.localName !== 'label' || each.querySelector('[type=checkbox]'))
  .map((each) => [each.getBoundingClientRect(), each.outerHTML.slice(0, 160)])
  .filter(([box]) => box.height < 23.9 || box.width < 23.9)
  .map(([box, html]) => `${Math.round(box.width)} x ${Math.round(box.height)} px | ${html}`)"""


def violations(page: Page, impacts: tuple[str, ...] = GRAVE) -> list[str]:
    """A line each: impact, rule, what it asks for, the element, what to do about it."""
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_RUN, list(impacts))
    return found


def small_targets(page: Page) -> list[str]:
    """Whatever can be clicked and is less than 24 px high or wide."""
    found: list[str] = page.evaluate(_SMALL)
    return found
