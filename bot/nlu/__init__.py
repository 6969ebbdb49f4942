"""Rasa graph components: tokenizer, sentence encoder, linear classifier, ages, and the safety net."""
