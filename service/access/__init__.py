"""Who somebody is and what they may do: principals, permissions, sessions, mailed links, limits."""
