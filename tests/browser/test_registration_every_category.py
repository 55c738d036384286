"""A company from outside the Union on a telephone, and in the long form one of every category: start to receipt."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from service.questionnaire import CATEGORIES
from tests.browser import journeys
from tests.browser.hands import Mouse
from tests.browser.journeys import Company, window
from tests.browser.test_every_page import in_one_piece
from tests.support.stack import RunningStack

TELEPHONE = {"width": 320, "height": 640}


def whole(page: Page) -> None:
    assert in_one_piece(page), f"{page.url} is wider than the window"


def test_whole_registration_works_at_320_pixels(
    browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack
) -> None:
    applicant = Company.new("XU")
    with window(browser, {**browser_context_args, "viewport": TELEPHONE}) as page:
        number = journeys.register_by(Mouse(page), stack, applicant, whole)
    assert number in stack.mailbox.wait_for(applicant.email, journeys.RECEIPT).text


@pytest.mark.long
@pytest.mark.parametrize("category", CATEGORIES)
def test_whole_registration_of_every_category_reaches_its_receipt(
    category: str, page: Page, stack: RunningStack
) -> None:
    applicant = Company.new(category)
    number = journeys.register(page, stack, applicant)
    assert number in stack.mailbox.wait_for(applicant.email, journeys.RECEIPT).text
