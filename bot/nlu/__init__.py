"""Rasa graph components: tokenizer, encoder, classifier, ages, cues, thresholds, language guard and safety net."""
