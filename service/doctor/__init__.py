"""`proactive doctor`: is the installation as it must be, and what to do where it is not."""
