"""What the browser tests share beside the real stack: a portal at rest with every state in it."""

from tests.support.world import bare_world, quiet_portal, world

__all__ = ["bare_world", "quiet_portal", "world"]
