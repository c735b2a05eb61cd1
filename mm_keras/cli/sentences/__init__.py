"""What the commands `translate` and `caption` share."""
