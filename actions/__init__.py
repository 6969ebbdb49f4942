"""What the assistant does: rasa_sdk actions. Thin: the case, the referral rules and the content decide."""
