"""The duplicate radar: other records that may be the same company, and what a reviewer says of each."""
