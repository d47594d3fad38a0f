"""Playing a ticket from a patch."""
