"""The assistant: content, referral, language understanding, privacy, the public site, the console and the store."""

import os

# Third-party packages read these when they are first imported.
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
