"""What other rooms and pages may know of incidents."""
