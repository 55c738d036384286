"""The stack itself: it answers, signs people in, and a mail arrives."""

from playwright.sync_api import Page

from tests.support.stack import RunningStack


def test_stack_answers_and_sends_nothing_elsewhere(stack: RunningStack, page: Page) -> None:
    page.goto(stack.portal_url)
    assert page.title()
    page.goto(f"{stack.keycloak_url}/realms/icri/.well-known/openid-configuration")
    assert stack.keycloak_url in page.content()
    stack.parts.require_alive()
