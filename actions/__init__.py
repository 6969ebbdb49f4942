"""What the assistant does: rasa_sdk actions, one file an action family. Thin: content and referral decide."""
