"""The trail of who did what, when: written in the transaction of the change, never altered."""
