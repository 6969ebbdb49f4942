"""The public door: the Rasa channel, the chat page and what embeds it in another site's page."""
