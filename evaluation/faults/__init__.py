"""Plays faults against the real server: damaged files, taken ports, locks, full disks, wrong clocks and kills."""
