"""The tables. `bot/store/migrations/` brings a database from one version of them to the next."""

import sqlalchemy as sa

metadata = sa.MetaData()

conversations = sa.Table(
    "conversation",
    metadata,
    # SHA-256 of the token: the token itself is nowhere but in the page.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("started_at", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Integer, nullable=False, index=True),
    # An erased conversation keeps its row, empty, until it would have expired: a message in flight finds it closed.
    sa.Column("erased_at", sa.Integer),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("choices", sa.Text, nullable=False),
    # 1 once it was over and its state was emptied.
    sa.Column("is_closed", sa.SmallInteger, nullable=False, server_default="0"),
)
# What may be over is found without a look at all that was.
sa.Index("conversation_by_end", conversations.c.is_closed, conversations.c.last_at)

turns = sa.Table(
    "review_turn",
    metadata,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversation.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # Rounded down to the quarter of an hour: when somebody wrote can identify them.
    sa.Column("at", sa.Integer, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("intent", sa.String(64), nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("runner_up", sa.String(64)),
    sa.Column("runner_up_confidence", sa.Float),
    sa.Column("asker", sa.String(16)),
    sa.Column("removed", sa.Text, nullable=False),
    # What was answered: kinds, guidance titles, service ids and the rules that chose them, as JSON.
    sa.Column("replies", sa.Text, nullable=False),
    sa.Column("urgency", sa.String(20)),
    # The model that understood it, by the beginning of its id.
    sa.Column("model", sa.String(8)),
    # Milliseconds from the message to the last word of its answer.
    sa.Column("took_ms", sa.Integer),
)

# The exchange as the page without JavaScript shows it: each form that is sent draws it anew. Goes with the dialogue.
shown_turns = sa.Table(
    "shown_turn",
    metadata,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversation.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("messages", sa.Text, nullable=False),
)

# What somebody said is wrong with the chat; with their conversation only if they agreed.
complaints = sa.Table(
    "complaint",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("conversation_id", sa.String(64)),
)

# Numbers that belong to nobody, counted as turns are kept. They stay when words go for their age; what is erased is
# taken off.
daily_counts = sa.Table(
    "daily_count",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("what", sa.String(24), primary_key=True),
    sa.Column("value", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)

# One row each time that something was removed for its age: the proof that it was, and when.
purges = sa.Table(
    "purge",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("keep_days", sa.Integer, nullable=False),
    sa.Column("closed", sa.Integer, nullable=False),
    sa.Column("forgotten", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
)

# At most one row: the chat is paused while it stands.
pauses = sa.Table("pause", metadata, sa.Column("since", sa.Integer, primary_key=True, autoincrement=False))

# One row for each conversation in which somebody said something: how it stands with those who review. The queue is read
# in the order of (is_open, need, last_at, number), the greatest first.
reviews = sa.Table(
    "review",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversation.id"), nullable=False, unique=True),
    # 0 once it is reviewed, else 1.
    sa.Column("is_open", sa.SmallInteger, nullable=False),
    # How soon it should be read: see bot/store/filing.py.
    sa.Column("need", sa.SmallInteger, nullable=False),
    sa.Column("started_at", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("topic", sa.String(32), nullable=False),
    sa.Column("urgency", sa.String(20), nullable=False),
    sa.Column("asker", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("model", sa.String(8), nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    # The least confidence with which something typed was read.
    sa.Column("confidence", sa.Float, nullable=False),
    # Whether a question on a subject was answered, and whether a service was offered.
    sa.Column("was_asked", sa.Boolean, nullable=False),
    sa.Column("was_offered", sa.Boolean, nullable=False),
    sa.Column("feedback", sa.String(12), nullable=False),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id")),
    # Counts what staff changed and what was said since: who changes an older version than this is told.
    sa.Column("version", sa.Integer, nullable=False),
    # A number is never given twice: the audit log speaks of conversations by it.
    sqlite_autoincrement=True,
)
# The queue and its filters are answered from these indexes alone.
_ORDER = ("is_open", "need", "last_at", "number")
_FILTERS = ("state", "urgency", "asker", "language", "model")
sa.Index("review_queue", *(reviews.c[name] for name in (*_ORDER, *_FILTERS, "topic", "staff_id")))
sa.Index("review_by_staff", *(reviews.c[name] for name in ("staff_id", *_ORDER, *_FILTERS, "topic")))
sa.Index("review_by_topic", *(reviews.c[name] for name in ("topic", *_ORDER, *_FILTERS, "staff_id")))
sa.Index("review_by_day", reviews.c.last_at)

# Which conversation holds which word of what people said, as a number that a word is hashed to: whatever goes leaves no
# word behind. See docs/decisions/0011.
words = sa.Table(
    "review_word",
    metadata,
    sa.Column("word", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# What staff mark a conversation with; a flag stays when the conversation goes on.
flags = sa.Table(
    "review_flag",
    metadata,
    sa.Column("number", sa.Integer, sa.ForeignKey("review.number"), primary_key=True),
    sa.Column("flag", sa.String(24), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
)
sa.Index("review_flag_by_name", flags.c.flag, flags.c.number)

# Redacted like what people type.
notes = sa.Table(
    "review_note",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, sa.ForeignKey("review.number"), nullable=False, index=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    # By argon2id, with its parameters and salt.
    sa.Column("password", sa.String(200), nullable=False),
    # Base 32; none for reviewers who did not set it up.
    sa.Column("totp_secret", sa.String(64)),
    # The time step of the code that was used last: each may be used once.
    sa.Column("totp_step", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("disabled_at", sa.Integer),
)

staff_sessions = sa.Table(
    "staff_session",
    metadata,
    # SHA-256 of the cookie.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("started_at", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Integer, nullable=False),
    sa.Column("revoked_at", sa.Integer),
)

# Who saw or did what. Each row holds the hash of the one before; the database refuses to change or remove one.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("staff", sa.String(64), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    # More about it, as JSON.
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
sa.Index("audit_by_staff", audit.c.staff, audit.c.number)
sa.Index("audit_by_action", audit.c.action, audit.c.number)

# Which distressing transcripts somebody opened on which day.
readings = sa.Table(
    "review_reading",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
)

# What somebody proposes to teach the assistant. The example is written anew and redacted; no text is copied.
corrections = sa.Table(
    "correction",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # The turn that it came from; none once its conversation is gone.
    sa.Column("number", sa.Integer),
    sa.Column("turn", sa.Integer),
    sa.Column("read_as", sa.String(64), nullable=False),
    sa.Column("intent", sa.String(64), nullable=False),
    sa.Column("example", sa.Text, nullable=False),
    # proposed, approved, declined or exported
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("proposed_by", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("proposed_at", sa.Integer, nullable=False),
    sa.Column("decided_by", sa.Integer, sa.ForeignKey("staff.id")),
    sa.Column("decided_at", sa.Integer),
)

# Who looked a fact up, and when. `kind` is service or guidance.
checks = sa.Table(
    "fact_check",
    metadata,
    sa.Column("kind", sa.String(12), primary_key=True),
    sa.Column("fact", sa.String(64), primary_key=True),
    sa.Column("checked_on", sa.String(10), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
)

# What leads and administrators set for everybody, and what the console itself has to remember.
options = sa.Table(
    "console_option",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# Who signed which version of which text of content/ off. To sign again, or to take a sign-off back, adds a row; the
# last one counts, and the database refuses to change or remove one.
sign_offs = sa.Table(
    "sign_off",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # See bot/content/texts.py.
    sa.Column("text", sa.String(160), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    # As they state it, for example "designated safeguarding lead".
    sa.Column("role", sa.String(80), nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
    # The day on which a service confirmed the facts; none for texts without facts.
    sa.Column("confirmed_on", sa.String(10)),
    sa.Column("is_withdrawn", sa.Boolean, nullable=False),
)
