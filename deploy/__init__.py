"""Scripts for setting up, checking and deploying the program. They are not installed with it."""
