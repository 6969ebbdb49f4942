"""Everything around Rasa: content, referral, understanding, privacy, the public door, the console and the stores."""

import os

# Read by third parties when they are first imported, so set before anything of ours can import them.
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
