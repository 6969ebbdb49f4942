"""The public site: the Rasa channel, the chat page and the loader that embeds it in other sites."""
