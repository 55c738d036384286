"""Pages of the staff below `/gestione`: what they show and post. What may be done stands in the actions."""
