"""Injects faults into the real server: damaged files, ports in use, locks, full disks, wrong clocks and kills."""
