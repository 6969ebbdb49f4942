"""Chooses services by topic, asker, age, place, time and the wish to stay anonymous, with a reason for each."""
