//! The client half of the protocol, for visitors and agents alike. Pure: it reads no clock, draws no random number,
//! opens nothing. A driver tells it what happened and does what it says, so the same code runs in a browser, in a
//! native client and in virtual time. It does not know screens, stores or sockets.
//!
//! # Driving it
//! ```text
//! session.handle(now, input)?;                       // one thing happened
//! while let Some(effect) = session.effect() { … }    // do what follows, in order; answer by further inputs
//! set_timer(session.deadline());                     // one timer; when it fires: handle(now, Input::Timer)
//! ```
//! `now` never goes back and is near Unix time in milliseconds (in a browser: `performance.timeOrigin +
//! performance.now()`; natively: the Unix time at the start plus an `Instant`'s elapsed time). A native driver is one
//! task that selects over the socket, a sleep until `deadline()` and a channel of intents; it answers `SaveOutbox`
//! with `Saved` after its own store (or at once with `kept: false`), `SeekElection` with `Elected` of the stored
//! rows, and `FetchTicket` with whatever gives it tickets. First comes `Restored`, then `Start`.
//!
//! # What it holds to
//! A message is sent only after storage has it (or has said that it cannot), always under the same cmid, one batch a
//! conversation at a time, in the order written; it is pending until the server has acknowledged it or refused it for
//! good, and its text is never lost. Rows are shown without a gap. What is under way on a connection is forgotten
//! with it and decided anew on the next from what is known then: nothing has to be remembered across.
//!
//! # The connection
//! Columns are states, rows what happens; a cell is the next state, `·` no change. A test computes this table. A hint
//! (wake, online) does not cut short a wait that the server asked for.
//!
//! ```text
//! | what happens                | off       | waiting   | ticketing  | connecting | greeting | live    | stopped   |
//! | start                       | ticketing | ·         | ·          | ·          | ·        | ·       | ticketing |
//! | stop                        | ·         | off       | off        | off        | off      | off     | ·         |
//! | wake                        | ·         | ticketing | ·          | ·          | ·        | ·       | ·         |
//! | offline                     | ·         | ·         | ·          | ·          | ·        | ·       | ·         |
//! | online                      | ·         | ticketing | ·          | ·          | ·        | ·       | ·         |
//! | its time is over            | ·         | ticketing | waiting    | waiting    | waiting  | waiting | ·         |
//! | ticket                      | ·         | ·         | connecting | ·          | ·        | ·       | ·         |
//! | no ticket: later            | ·         | ·         | waiting    | ·          | ·        | ·       | ·         |
//! | no ticket: signed out       | ·         | ·         | stopped    | ·          | ·        | ·       | ·         |
//! | no ticket: not allowed      | ·         | ·         | stopped    | ·          | ·        | ·       | ·         |
//! | opened                      | ·         | ·         | ·          | greeting   | ·        | ·       | ·         |
//! | welcome                     | ·         | ·         | ·          | ·          | live     | waiting | ·         |
//! | welcome, other version      | ·         | ·         | ·          | ·          | stopped  | waiting | ·         |
//! | goodbye                     | ·         | ·         | ·          | ·          | ·        | ·       | ·         |
//! | a frame that cannot be read | ·         | ·         | ·          | ·          | waiting  | waiting | ·         |
//! | closed 1006                 | ·         | ·         | ·          | waiting    | waiting  | waiting | ·         |
//! | closed 4000 to 4499         | ·         | ·         | ·          | waiting    | waiting  | waiting | ·         |
//! | closed 4502                 | ·         | ·         | ·          | waiting    | waiting  | waiting | ·         |
//! | closed 4503                 | ·         | ·         | ·          | stopped    | stopped  | stopped | ·         |
//! | closed 4500 to 4999         | ·         | ·         | ·          | stopped    | stopped  | stopped | ·         |
//! ```

mod acks;
mod cache;
mod conversation;
mod effect;
mod input;
mod intents;
mod list_feed;
pub mod long_list;
mod outbox;
mod pump;
mod receive;
mod run;
mod state;
mod view;

pub use cache::{CACHE_LIFETIME, CachedConversation};
pub use conversation::{Conversation, Place, message_text};
pub use effect::{Answer, Changed, Effect};
pub use input::{Input, NotTaken, TicketFailure};
pub use list_feed::{FeedStep, ListFeed};
pub use long_list::LongList;
pub use outbox::{ACKED_LIFETIME, ACKED_MESSAGES_MAX, OutboxRow, Receipt};
pub use state::{OPEN_PATIENCE, STABLE_AFTER, State, Stop, TICKET_PATIENCE, WELCOME_PATIENCE};
pub use view::{Connection, DraftState, DraftView, LastSaid, Mark};

use crate::model::conversation::LastMessage;
use crate::model::id::{Cmid, ConversationId, Epoch, InboxId};
use crate::model::message::{Audience, Side};
use crate::model::site::Service;
use crate::model::time::UnixMillis;
use crate::model::visitor::{About, PageView, Told};
use crate::protocol::command::{Command, FeedPosition};
use crate::protocol::frame::Me;
use outbox::{Outbox, With};
use state::Event;
use std::collections::VecDeque;

/// One logical client across connections. See the module for how to drive it.
#[derive(Clone, Debug)]
pub struct Session {
    side: Side,
    now: UnixMillis,
    /// State of the generator that jitters waits; never used for ids.
    jitter: u64,
    state: State,
    /// The number of the present attempt to connect.
    link: u32,
    heard_at: UnixMillis,
    /// The server has said that it will close, and over which time its clients shall come back.
    goodbye_ms: Option<u32>,
    /// The server asked not to come back before this instant.
    not_before: UnixMillis,
    offline: bool,
    epoch: Option<Epoch>,
    me: Option<Me>,
    service: Option<Service>,
    /// In the inboxes that there are to choose from, as far as it was told.
    services: Vec<(InboxId, Service)>,
    /// As they were at the welcome.
    last_messages: Vec<LastMessage>,
    /// The server's clock minus ours.
    clock_ahead_ms: i64,
    /// Whether storage keeps what is written.
    kept: bool,
    /// Whether this tab sends for all.
    elected: bool,
    /// Newest first.
    conversations: Vec<Conversation>,
    outbox: Outbox,
    /// The row that storage is asked for.
    asking: Option<Cmid>,
    last_id: u32,
    /// Commands of the layer above that wait for their reply.
    asked: Vec<u32>,
    feed: Option<FeedPosition>,
    page: Option<PageView>,
    language: Option<String>,
    time_zone: Option<String>,
    about: Option<About>,
    /// For which inbox what is written is.
    inbox: Option<InboxId>,
    told: Option<Told>,
    effects: VecDeque<Effect>,
}

impl Session {
    /// A session that is off and knows nothing. The seed only spreads waits; any random number will do.
    pub fn new(side: Side, seed: u64) -> Session {
        Session {
            side,
            now: UnixMillis(0),
            jitter: seed | 1,
            state: State::Off,
            link: 0,
            heard_at: UnixMillis(0),
            goodbye_ms: None,
            not_before: UnixMillis(0),
            offline: false,
            epoch: None,
            me: None,
            service: None,
            services: Vec::new(),
            last_messages: Vec::new(),
            clock_ahead_ms: 0,
            kept: true,
            elected: false,
            conversations: Vec::new(),
            outbox: Outbox::default(),
            asking: None,
            last_id: 0,
            asked: Vec::new(),
            feed: None,
            page: None,
            language: None,
            time_zone: None,
            about: None,
            inbox: None,
            told: None,
            effects: VecDeque::new(),
        }
    }

    /// Takes one input. Only intents of people can fail, and then nothing has changed.
    pub fn handle(&mut self, now: UnixMillis, input: Input) -> Result<(), NotTaken> {
        self.now = self.now.max(now);
        // A connection that was silent for too long is dead, whatever woke us: in a hidden tab timers come late, and
        // what arrives now may have lain in a buffer since before the network changed.
        if self.silent_at().is_some_and(|at| self.now > at) {
            self.transition(Event::Broken);
        }
        let taken = self.take(input);
        self.transition(Event::Due);
        self.pump();
        taken
    }

    /// What is to be done next, if anything.
    pub fn effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// A number for a command of the layer above, to be used once.
    pub fn new_id(&mut self) -> u32 {
        // 0 stands for what was asked in the hello.
        self.last_id = self.last_id.wrapping_add(1).max(1);
        self.last_id
    }

    fn take(&mut self, input: Input) -> Result<(), NotTaken> {
        match input {
            Input::Restored { outbox, cached, kept } => self.restored(outbox, cached, kept),
            Input::Start => self.transition(Event::Start),
            Input::Stop => self.transition(Event::Stop),
            Input::Wake => self.transition(Event::Wake),
            Input::Online(online) => {
                self.offline = !online;
                self.changed(Changed::Connection);
                if online {
                    self.transition(Event::Wake);
                }
            }
            Input::Ticket { link, ticket } => self.on_link(link, Event::Ticket(ticket)),
            Input::TicketFailed { link, failure } => self.on_link(link, Event::TicketFailed(failure)),
            Input::Opened { link } => self.on_link(link, Event::Opened),
            Input::Closed { link, code } => self.on_link(link, Event::Closed(code)),
            Input::Text { link, text } => {
                if link == self.link {
                    self.receive(&text);
                }
            }
            Input::Timer => self.expire(),
            Input::Saved { cmid, kept } => self.saved(cmid, kept),
            Input::Elected { outbox } => self.elected(outbox),
            Input::Deposed => self.elected = false,
            Input::RowChanged { row, kept } => self.row_changed(row, kept),
            Input::RowForgotten(cmid) => self.row_forgotten(cmid),
            Input::Surroundings { page, language, time_zone, about } => {
                self.time_zone = time_zone;
                self.about = about;
                self.page = page;
                self.language = language;
            }
            Input::Choose(inbox) => self.inbox = inbox,
            Input::Write { conversation, text, random } => {
                let with = With { inbox: self.inbox, ..With::default() };
                return self.write(conversation, text, with, random);
            }
            Input::WriteChoices { conversation, text, choices, random } => {
                let with = With { choices: Some(choices), ..With::default() };
                return self.write(Some(conversation), text, with, random);
            }
            Input::WriteNote { conversation, text, random } => {
                let with = With { audience: Some(Audience::Staff), ..With::default() };
                return self.write(Some(conversation), text, with, random);
            }
            Input::SendFile { conversation, file, text, random } => {
                let with = With { file: Some(file), inbox: self.inbox, ..With::default() };
                return self.write(conversation, text, with, random);
            }
            Input::Retry { cmid, random } => return self.retry(cmid, random),
            Input::Discard { cmid } => return self.discard(cmid),
            Input::Seen { conversation, read } => self.seen(conversation, read),
            Input::Typing { conversation, on } => self.typing(conversation, on),
            Input::Resolve { conversation } => return self.resolve(conversation),
            Input::LoadOlder { conversation } => self.load_older(conversation),
            Input::Watch { conversation } => self.watch(conversation),
            Input::Unwatch { conversation } => self.unwatch(conversation),
            Input::Ask { id, text } => return self.ask(id, text),
            Input::FeedAt(position) => self.feed = Some(position),
        }
        Ok(())
    }

    fn on_link(&mut self, link: u32, event: Event) {
        if link == self.link {
            self.transition(event);
        }
    }

    fn is_live(&self) -> bool {
        matches!(self.state, State::Live { .. })
    }

    fn say(&mut self, command: &Command) {
        use crate::codec::Wire;
        self.effects.push_back(Effect::SendText { link: self.link, text: command.to_text() });
    }

    /// Notes what screens have to show anew, once between two drains.
    fn changed(&mut self, what: Changed) {
        self.once(Effect::Changed(what));
    }

    /// Asks for it unless that is asked for already. Only what is asked for this way is compared: whole effects would
    /// bring the comparison of rows and of JSON into the widget.
    fn once(&mut self, effect: Effect) {
        let is_same = |asked: &Effect| match (asked, &effect) {
            (Effect::Changed(asked), Effect::Changed(what)) => asked == what,
            (Effect::SaveCache(asked), Effect::SaveCache(id))
            | (Effect::ForgetCache(asked), Effect::ForgetCache(id)) => asked == id,
            _ => false,
        };
        if !self.effects.iter().any(is_same) {
            self.effects.push_back(effect);
        }
    }

    fn find(&mut self, id: ConversationId) -> Option<&mut Conversation> {
        self.conversations.iter_mut().find(|c| c.id == id)
    }

    /// The conversation, made at the front when it is new here.
    fn ensure(&mut self, id: ConversationId) -> &mut Conversation {
        let at = match self.conversations.iter().position(|c| c.id == id) {
            Some(at) => at,
            None => {
                let mut c = Conversation::new(id);
                c.founded = self.side == Side::Staff;
                self.conversations.insert(0, c);
                self.changed(Changed::Conversations);
                0
            }
        };
        &mut self.conversations[at]
    }

    /// A number below `bound`, from a xorshift generator (Marsaglia 2003): enough to spread waits.
    fn below(&mut self, bound: u64) -> u64 {
        self.jitter ^= self.jitter << 13;
        self.jitter ^= self.jitter >> 7;
        self.jitter ^= self.jitter << 17;
        self.jitter % bound
    }
}

fn message_batches_forgotten(conversations: &mut [Conversation]) {
    for c in conversations {
        c.disconnected();
    }
}
