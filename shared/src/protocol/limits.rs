//! The bounds of the wire, the same for both ends. The server's own bounds are its configuration.

use core::time::Duration;

/// A whole frame or HTTP body in bytes (ours are a tenth of this; more is abuse).
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// The text of one message in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;
/// Answers to press that a message may bring: more is a form, and fills a phone.
pub const CHOICES_MAX: usize = 6;
/// Characters of one of them.
pub const CHOICE_CHARS_MAX: usize = 60;
/// Drafts of answers and notes that are kept for one agent.
pub const DRAFTS_MAX: usize = 200;
/// Tags of the organisation, those put away included.
pub const TAGS_MAX: usize = 500;
/// Characters of the name of a tag or an outcome: it stands in a line of a list.
pub const TAG_CHARS_MAX: usize = 30;
/// Tags that one conversation may have.
pub const TAGS_ON_ONE_MAX: usize = 12;
/// Outcomes to choose from in one inbox.
pub const OUTCOMES_MAX: usize = 30;
/// Saved views of one agent, and shared ones; each as many.
pub const VIEWS_MAX: usize = 50;
/// Characters of the name of a view: it stands in the rail.
pub const VIEW_NAME_CHARS_MAX: usize = 40;
/// An uploaded file in bytes.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Characters of the name of a file.
pub const FILE_NAME_CHARS_MAX: usize = 120;
/// The best rating; the worst is 1.
pub const SCORE_MAX: u32 = 5;
/// The comment of a rating in bytes of UTF-8.
pub const COMMENT_BYTES_MAX: usize = 1024;
/// Messages in one `start` or `send`: twelve of the longest still fit a frame, escapes included in all but abuse. With the
/// longest answers to press beside them fewer fit; a client counts bytes.
pub const BATCH_MESSAGES_MAX: usize = 12;
/// Rows in one `page`, by count; the server also ends a page before it outgrows `PAGE_BYTES_MAX`.
pub const PAGE_ROWS_MAX: usize = 100;
/// The text of all rows of one page in bytes; one row always fits.
pub const PAGE_BYTES_MAX: usize = 48 * 1024;
/// Conversations named in one hello.
pub const RESUME_MAX: usize = 50;
/// Conversations one connection watches at a time.
pub const WATCHED_MAX: usize = 100;
/// Summaries in one page of a list.
pub const LIST_ROWS_MAX: usize = 50;
/// Rows in one page of the audit trail.
pub const AUDIT_ROWS_MAX: usize = 100;
/// Messages and notes in one page of what a search found.
pub const SEARCH_HITS_MAX: usize = 50;
/// People in what a search found; whoever looks for one says more.
pub const SEARCH_PEOPLE_MAX: usize = 8;
/// Waits in one answer about those that have ended.
pub const ENDED_SHOWN_MAX: usize = 100;
/// Colleagues in one `desk`.
pub const COLLEAGUES_MAX: usize = 100;
/// Conversations an agent takes at once who has chosen nothing else.
pub const CAPACITY_DEFAULT: u32 = 4;
/// The most that can be chosen: nobody answers more at once.
pub const CAPACITY_MAX: u32 = 100;
/// Offers of one inbox that its staff are told of at once.
pub const OFFERS_TOLD_MAX: usize = 200;
/// An agent who is offered a conversation has at least so many seconds: it takes a moment to notice.
pub const ACCEPT_SECONDS_MIN: u32 = 10;
/// And at most so many: somebody waits.
pub const ACCEPT_SECONDS_MAX: u32 = 300;
/// The longest wait after which an inbox may send a conversation on to another one, in minutes: a day.
pub const OVERFLOW_MINUTES_MAX: u32 = 1440;
/// The most that an inbox may give a place in its queue, where it does not give everybody one.
pub const WAITING_MAX: u32 = 10_000;
/// The longest time within which an inbox may aim at an answer, in minutes: a week.
pub const ANSWER_MINUTES_MAX: u32 = 7 * 1440;
/// Rules of an inbox about who comes before others.
pub const RANK_RULES_MAX: usize = 20;
/// Characters of the name of an attribute in such a rule, and of what it is held against.
pub const RANK_CHARS_MAX: usize = 80;
/// Rules of an inbox about who asks for which skill.
pub const SKILL_RULES_MAX: usize = 20;
/// Languages of one member of an inbox, and skills; each as many.
pub const ABLE_MAX: usize = 12;
/// Characters of a skill, or of the part of a page's address that asks for one.
pub const SKILL_CHARS_MAX: usize = 32;
/// The longest time for which a conversation is kept for those who fit, in seconds: an hour.
pub const PREFER_SECONDS_MAX: u32 = 3600;
/// Origins remembered for a site.
pub const SEEN_MAX: usize = 20;
/// Characters of the last message shown in a list.
pub const LAST_LINE_CHARS_MAX: usize = 120;
/// Characters of a name (site, agent).
pub const NAME_CHARS_MAX: usize = 80;
/// Characters of a page's address or title.
pub const PAGE_CHARS_MAX: usize = 500;
/// Characters of the name of a time zone; the longest in use has 32.
pub const TIME_ZONE_CHARS_MAX: usize = 64;
/// Characters of the shortcut of a snippet.
pub const SHORTCUT_CHARS_MAX: usize = 32;
/// Snippets of one agent, and shared ones; each as many.
pub const SNIPPETS_MAX: usize = 200;
/// Characters of the reason of a block.
pub const REASON_CHARS_MAX: usize = 200;
/// Characters of the name of such an answer.
pub const ABOUT_NAME_CHARS_MAX: usize = 32;
/// Characters of such an answer.
pub const ABOUT_CHARS_MAX: usize = 255;
/// Blocks in the list of them, newest first.
pub const BLOCKS_SHOWN_MAX: usize = 200;
/// Earlier conversations of a visitor that an agent is shown, newest first.
pub const EARLIER_MAX: usize = 20;
/// Messages a client keeps unacknowledged before it refuses more (the text stays in the composer).
pub const OUTBOX_MESSAGES_MAX: usize = 500;
/// Live rows a client holds back while it asks for a hole before them.
pub const BUFFERED_ROWS_MAX: usize = 200;
/// Rows a client keeps of one conversation in browser storage.
pub const CACHED_ROWS_MAX: usize = 50;

/// For so long after it was stored, the author of a message may edit it or take it back.
pub const EDIT_WITHIN: Duration = Duration::from_secs(15 * 60);
/// The longest time a conversation can be put aside.
pub const SNOOZE_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// The longest time a visitor can be blocked.
pub const BLOCK_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// A server closes a socket that has not said hello by then.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the server sends `beat` and a WebSocket ping.
pub const BEAT_INTERVAL: Duration = Duration::from_secs(10);
/// A client that has heard nothing for this long treats the connection as dead; the server likewise.
pub const SILENCE_MAX: Duration = Duration::from_secs(25);
/// How long a ticket may be used, once.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(60);
/// A typing sign is shown for this long unless renewed.
pub const TYPING_LIFETIME: Duration = Duration::from_secs(6);
/// A typing sign is renewed no sooner than this.
pub const TYPING_INTERVAL: Duration = Duration::from_secs(3);
/// First wait before a reconnect (full jitter: a random part of it).
pub const BACKOFF_FIRST: Duration = Duration::from_millis(500);
/// The longest wait before a reconnect.
pub const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// A batch without an answer for this long is sent again (the connection lives, its answer got lost by a bug or a proxy).
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
