"""What the field app and the server say to each other: the wire, the files, the keys of the outbox."""
