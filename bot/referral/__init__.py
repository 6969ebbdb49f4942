"""Chooses services by topic, asker, age, place, time and any wish to stay anonymous, and gives a reason for each."""
