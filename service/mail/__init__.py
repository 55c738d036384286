"""Letters: what they say, how they leave, and the log of what left."""
