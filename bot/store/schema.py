"""The database tables, and the locks used on PostgreSQL. `bot/store/migrations/` migrates databases to this schema."""

from enum import Enum, unique

import sqlalchemy as sa

metadata = sa.MetaData()


@unique
class AdvisoryLock(Enum):
    """Keys of the advisory locks that serialise writers on PostgreSQL. SQLite allows only one writer and needs none."""

    #: Writing from the console or the command line. The chat does not take this lock.
    STAFF_WRITES = 5006
    #: Appending to the audit log.
    AUDIT = 5007
    #: Migrating the tables.
    MIGRATION = 5008


conversations = sa.Table(
    "conversation",
    metadata,
    # The SHA-256 hash of the token. Only the page has the token itself.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("started_at", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Integer, nullable=False, index=True),
    # An erased conversation's row is emptied but kept until the conversation would have expired, so that a message in
    # flight finds it closed.
    sa.Column("erased_at", sa.Integer),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("choices", sa.Text, nullable=False),
    # The ids of the services opened or called, as JSON, so that each is counted once. Emptied with the state.
    sa.Column("opened", sa.Text, nullable=False, server_default="[]"),
    # The id of its key in the key file, or null if its words are not encrypted yet. `bot.store.sealing.SEALED` lists
    # the encrypted columns of this and other tables.
    sa.Column("key_id", sa.String(32)),
    # Whether anything was redacted from its messages.
    sa.Column("was_redacted", sa.Boolean, nullable=False, server_default=sa.false()),
    # 1 once the conversation is over and its state has been emptied.
    sa.Column("is_closed", sa.SmallInteger, nullable=False, server_default="0"),
)
# For finding conversations that may be over without reading the whole table.
sa.Index("conversation_by_end", conversations.c.is_closed, conversations.c.last_at)

turns = sa.Table(
    "review_turn",
    metadata,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversation.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # Rounded down to the quarter-hour, because the exact time can identify the writer.
    sa.Column("at", sa.Integer, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("intent", sa.String(64), nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("runner_up", sa.String(64)),
    sa.Column("runner_up_confidence", sa.Float),
    sa.Column("asker", sa.String(16)),
    sa.Column("removed", sa.Text, nullable=False),
    # The replies as JSON: their kinds, the ids of services, and the rules that chose the services.
    sa.Column("replies", sa.Text, nullable=False),
    sa.Column("urgency", sa.String(20)),
    # The first 8 characters of the model's id.
    sa.Column("model", sa.String(8)),
    # Milliseconds from the message to the last part of its reply.
    sa.Column("took_ms", sa.Integer),
    # The hashes of the messages that the page showed, in order, and the facts that changed, both as JSON. Null in turns
    # stored before these columns existed.
    sa.Column("shown", sa.Text),
    sa.Column("learned", sa.Text),
)

# The messages shown in turns. Nearly all of them are texts from content/, so each is stored once, under its hash, and
# deleted with the last turn in which it was shown.
shown_messages = sa.Table(
    "shown_message",
    metadata,
    sa.Column("hash", sa.BigInteger, primary_key=True, autoincrement=False),
    # As JSON, without the ids of choices.
    sa.Column("message", sa.Text, nullable=False),
    # The number of times it was shown.
    sa.Column("uses", sa.Integer, nullable=False),
)

# The turns as they were answered, so that a message that is sent again gets the same answer, and the page without
# JavaScript can show the whole conversation each time its form is submitted. Deleted with the dialogue state.
shown_turns = sa.Table(
    "shown_turn",
    metadata,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversation.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("said", sa.Text, nullable=False),
    # The replies as JSON, as the action sent them.
    sa.Column("messages", sa.Text, nullable=False),
    # The hash of the message id that the client sent.
    sa.Column("message_id", sa.String(64)),
)
# Each message is answered once, even if two processes receive it at the same time.
sa.Index("shown_turn_by_message", shown_turns.c.conversation_id, shown_turns.c.message_id, unique=True)

# Fault reports about the chat. They refer to the conversation only if the writer agreed, and are deleted with it.
complaints = sa.Table(
    "complaint",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False, index=True),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("conversation_id", sa.String(64), index=True),
)

# Anonymous counts, updated when turns are stored. They are kept when old turns are deleted, but erased conversations
# are subtracted.
daily_counts = sa.Table(
    "daily_count",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("what", sa.String(24), primary_key=True),
    sa.Column("value", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)
# Covers only the model counts, so that listing the models does not read all the other counts.
_OF_MODELS = daily_counts.c.what == "model"
sa.Index(
    "daily_count_by_model",
    daily_counts.c.value,
    daily_counts.c.day,
    sqlite_where=_OF_MODELS,
    postgresql_where=_OF_MODELS,
)

# One row for each purge that deleted something, as a record of what was deleted and when.
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

# Has at most one row. The chat is paused while that row exists.
pauses = sa.Table("pause", metadata, sa.Column("since", sa.Integer, primary_key=True, autoincrement=False))

# The review of each conversation that has at least one message. The queue is in descending order of
# (is_open, need, last_at, number).
reviews = sa.Table(
    "review",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversation.id"), nullable=False, unique=True),
    # 0 once it has been reviewed, otherwise 1.
    sa.Column("is_open", sa.SmallInteger, nullable=False),
    # The priority, as an index into `bot.store.triage.PRIORITIES`.
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
    # The lowest confidence of any of its turns.
    sa.Column("confidence", sa.Float, nullable=False),
    # Whether any message asked for something or was not understood, and whether any service was offered.
    sa.Column("was_asked", sa.Boolean, nullable=False),
    sa.Column("was_offered", sa.Boolean, nullable=False),
    sa.Column("feedback", sa.String(12), nullable=False),
    # Whether every message so far was clearly a plain request for information.
    sa.Column("is_plain", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id")),
    # Whether it was drawn at random, and its reader's answer about what was missed: one of `bot.store.sample.ANSWERS`,
    # or "".
    sa.Column("is_sampled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("missed", sa.String(8), nullable=False, server_default=""),
    # Incremented by every message and every staff change. Changes based on an older version are refused.
    sa.Column("version", sa.Integer, nullable=False),
    # Numbers are never reused, because the audit log refers to conversations by number.
    sqlite_autoincrement=True,
)
# Covering indexes for the queue and its filters.
_ORDER = ("is_open", "need", "last_at", "number")
_FILTERS = ("state", "urgency", "asker", "language", "model")
sa.Index("review_queue", *(reviews.c[name] for name in (*_ORDER, *_FILTERS, "topic", "staff_id")))
sa.Index("review_by_staff", *(reviews.c[name] for name in ("staff_id", *_ORDER, *_FILTERS, "topic")))
sa.Index("review_by_topic", *(reviews.c[name] for name in ("topic", *_ORDER, *_FILTERS, "staff_id")))
sa.Index("review_by_day", reviews.c.last_at)
# Covers only escalated conversations, in queue order, so that showing and counting them is quick.
_ESCALATED = reviews.c.state == "escalated"
sa.Index(
    "review_escalated",
    *(reviews.c[name] for name in _ORDER[1:]),
    sqlite_where=_ESCALATED,
    postgresql_where=_ESCALATED,
)

# The search index, which records the words in each conversation. Only keyed hashes of the words are stored, and their
# keys are destroyed, so that deleted text leaves no words behind. See docs/decisions/0011 and 0029.
words = sa.Table(
    "review_word",
    metadata,
    sa.Column("word", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Flags that staff set on a conversation. They stay if the conversation continues.
flags = sa.Table(
    "review_flag",
    metadata,
    sa.Column("number", sa.Integer, sa.ForeignKey("review.number"), primary_key=True),
    sa.Column("flag", sa.String(24), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
)
sa.Index("review_flag_by_name", flags.c.flag, flags.c.number)

# Notes that staff write. They are redacted in the same way as messages.
notes = sa.Table(
    "review_note",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, sa.ForeignKey("review.number"), nullable=False, index=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

# How far each member of staff has read each transcript. No times are recorded. Deleted with the conversation.
openings = sa.Table(
    "review_opening",
    metadata,
    sa.Column("number", sa.Integer, sa.ForeignKey("review.number"), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), primary_key=True),
    # Every turn up to and including this one has been shown to them.
    sa.Column("turn", sa.Integer, nullable=False),
)

# Staff decisions about a conversation. Undoing a decision marks its row. See bot/store/decisions.py.
decisions = sa.Table(
    "review_decision",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, sa.ForeignKey("review.number"), nullable=False, index=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    # Who it was escalated to, or why it was not. Empty for other kinds of decision, and where it was never recorded.
    sa.Column("code", sa.String(32), nullable=False),
    # Redacted in the same way as notes.
    sa.Column("note", sa.Text, nullable=False),
    # The review's version after the decision, and its state and reviewer before it, so that it can be undone.
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state_before", sa.String(12), nullable=False),
    sa.Column("holder_before", sa.Integer, sa.ForeignKey("staff.id")),
    sa.Column("is_undone", sa.Boolean, nullable=False),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    # An argon2id hash, with its parameters and salt.
    sa.Column("password", sa.String(200), nullable=False),
    # Encoded in base 32, or null for reviewers who have not set up their code yet.
    sa.Column("totp_secret", sa.String(64)),
    # The time step of the last code used, so that each code works only once.
    sa.Column("totp_step", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("disabled_at", sa.Integer),
    # Whether single-key shortcuts work on the console's pages. Not everybody can use them.
    sa.Column("uses_keys", sa.Boolean, nullable=False, server_default=sa.true()),
)

# Queue filters that members of staff have saved for their own use.
saved_views = sa.Table(
    "saved_view",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    # Redacted in the same way as notes.
    sa.Column("name", sa.String(40), nullable=False),
    # The filters as a query string.
    sa.Column("query", sa.Text, nullable=False),
    sa.UniqueConstraint("staff_id", "name", name="saved_view_name"),
)

staff_sessions = sa.Table(
    "staff_session",
    metadata,
    # SHA-256 of the token in the cookie.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("started_at", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Integer, nullable=False),
    sa.Column("revoked_at", sa.Integer),
)

# The audit log: who saw or did what. Each row holds the previous row's hash, and triggers prevent rows from being
# changed or deleted. `mac` is a MAC of the hash, under a key from the key file. It is null in rows written before there
# was a key file.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("staff", sa.String(64), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    # Any further values, as JSON.
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("mac", sa.String(64)),
)
sa.Index("audit_by_staff", audit.c.staff, audit.c.number)
sa.Index("audit_by_action", audit.c.action, audit.c.number)

# The exposure log: which distressing transcripts each member of staff opened, and on which day.
exposures = sa.Table(
    "review_reading",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
)

# Proposed training examples. Staff write them in their own words, so no writer's words are copied. Redacted.
corrections = sa.Table(
    "correction",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # The review and turn that the example corrects, or null once the conversation is deleted.
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

# Conversations that staff retold in their own words, to correct how the assistant understood them. Redacted.
retellings = sa.Table(
    "retelling",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # The review and the turn that was wrong, or null once the conversation is deleted.
    sa.Column("number", sa.Integer),
    sa.Column("turn", sa.Integer),
    # The mistake at that turn, as JSON.
    sa.Column("mistake", sa.Text, nullable=False),
    # The messages, one per line, and their annotations as JSON.
    sa.Column("told", sa.Text, nullable=False),
    sa.Column("steps", sa.Text, nullable=False),
    # proposed, approved, declined or exported
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("proposed_by", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("proposed_at", sa.Integer, nullable=False),
    sa.Column("decided_by", sa.Integer, sa.ForeignKey("staff.id")),
    sa.Column("decided_at", sa.Integer),
)

# Who checked a fact, and when. `kind` is "service" or "guidance".
checks = sa.Table(
    "fact_check",
    metadata,
    sa.Column("kind", sa.String(12), primary_key=True),
    sa.Column("fact", sa.String(64), primary_key=True),
    sa.Column("checked_on", sa.String(10), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
)

# Settings chosen by leads and administrators, and values that the program itself stores.
options = sa.Table(
    "console_option",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# Who signed off which version of which text in content/. Signing off again or withdrawing a sign-off adds a row. The
# latest row counts, and triggers prevent rows from being changed or deleted.
sign_offs = sa.Table(
    "sign_off",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # See bot/content/texts.py.
    sa.Column("text", sa.String(160), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    # The person's role in their own words, for example "designated safeguarding lead".
    sa.Column("role", sa.String(80), nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
    # The day when a service confirmed the facts, or null for texts without facts.
    sa.Column("confirmed_on", sa.String(10)),
    sa.Column("is_withdrawn", sa.Boolean, nullable=False),
)

# The samples that leads draw to judge a model release.
releases = sa.Table(
    "release_sample",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Integer, nullable=False),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("model", sa.String(8), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    # The random key that orders the conversations, and the latest conversation that can be drawn.
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("last_number", sa.Integer, nullable=False),
)

# The conversations in each sample. `number` is null once the conversation is deleted.
release_items = sa.Table(
    "release_item",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sample_id", sa.Integer, sa.ForeignKey("release_sample.id"), nullable=False, index=True),
    sa.Column("number", sa.Integer, index=True),
)

# Each reader's judgement. The third reader of a conversation decides.
release_readings = sa.Table(
    "release_reading",
    metadata,
    sa.Column("item_id", sa.Integer, sa.ForeignKey("release_item.id"), primary_key=True),
    # 1 and 2 for the two readers, 3 for the one who decides.
    sa.Column("place", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("right_topic", sa.Boolean, nullable=False),
    sa.Column("right_person", sa.Boolean, nullable=False),
    sa.Column("right_service", sa.Boolean, nullable=False),
    sa.Column("harmless", sa.Boolean, nullable=False),
    sa.UniqueConstraint("item_id", "staff_id"),
)
