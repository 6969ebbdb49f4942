"""What is measured of conversations, and the reports. Not imported by the product; only its commands call it."""
