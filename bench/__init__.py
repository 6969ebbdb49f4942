"""What is measured, how, and the last report."""
