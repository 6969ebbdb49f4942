"""The assistant's rasa_sdk actions. They are thin: the case, the referral rules and the content decide what to say."""
