"""The landing zone: files as the applications wrote them."""
