"""What an admin changes without a developer: each change is an edition, the newest of a thing is in force."""
