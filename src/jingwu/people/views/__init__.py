"""Pages of the room ``people``: signing in and one's own account, people, accounts."""
