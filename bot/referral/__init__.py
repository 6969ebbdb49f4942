"""Chooses services from topic, asker, age, place, hour and the wish to stay anonymous, with a reason for each."""
