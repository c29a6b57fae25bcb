//! One inbox with its desk and its store, in virtual time, and the sentences that stories are told with. Everybody
//! has one conversation at a time, named after the visitor.

use std::time::Duration;

use deskbell_shared::model::{
    AgentId, AttributeView, Availability, ConversationId, Feed, IdentityView, InboxId, Priority, Side,
    UnixMillis, VisitorId,
};

use super::super::{
    AgentRow, Arrival, ConversationRow, Desk, Effect, Input, Membership, Presence, Refusal, Settings,
    Standing, Target,
};
use super::books::{Books, subject};

pub const INBOX: InboxId = InboxId(1);

pub struct Office {
    pub desk: Desk,
    pub books: Books,
    pub now: UnixMillis,
    feed: u64,
    /// What the last sentence led to, all of its steps.
    pub effects: Vec<Effect>,
}

pub struct AgentIn<'a>(&'a mut Office, AgentId);
pub struct VisitorIn<'a>(&'a mut Office, VisitorId);

/// An id that reads back as its name.
fn id(name: &str) -> u128 {
    name.bytes().fold(0, |id, byte| id << 8 | u128::from(byte))
}

pub fn conversation(name: &str) -> ConversationId {
    ConversationId(id(name))
}

pub fn agent(name: &str) -> AgentId {
    AgentId(id(name))
}

pub fn visitor(name: &str) -> VisitorId {
    VisitorId(id(name))
}

impl Office {
    pub fn open() -> Office {
        Office::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Office {
        let now = UnixMillis(1_700_000_000_000);
        let mut desk = Desk::new(INBOX, settings);
        desk.handle(now, Input::Timer);
        while desk.effect().is_some() {}
        Office { desk, books: Books::default(), now, feed: 0, effects: Vec::new() }
    }

    pub fn agent(&mut self, name: &str) -> AgentIn<'_> {
        AgentIn(self, agent(name))
    }

    pub fn visitor(&mut self, name: &str) -> VisitorIn<'_> {
        VisitorIn(self, visitor(name))
    }

    /// Says one thing to the desk and does what follows, corrections included.
    pub fn say(&mut self, input: Input) {
        self.effects.clear();
        self.step(input);
    }

    fn step(&mut self, input: Input) {
        self.desk.handle(self.now, input);
        let mut failed: Vec<ConversationId> = Vec::new();
        while let Some(effect) = self.desk.effect() {
            if subject(&effect).is_some_and(|about| failed.contains(&about)) {
                continue;
            }
            if self.books.store(self.now, &effect) {
                self.effects.push(effect);
            } else {
                failed.extend(subject(&effect));
            }
        }
        for conversation in failed {
            self.step(Input::Corrected { conversation, stored: self.books.stored(conversation) });
        }
    }

    /// Lets time pass, with every timer on time.
    pub fn passes(&mut self, span: Duration) {
        let end = self.now.plus(span);
        self.effects.clear();
        while let Some(deadline) = self.desk.deadline().filter(|deadline| deadline.at <= end) {
            assert!(deadline.at > self.now || self.now == end, "due already: {deadline:?} at {:?}", self.now);
            self.now = deadline.at;
            self.step(Input::Timer);
        }
        self.now = end;
        self.step(Input::Timer);
    }

    pub fn seconds_pass(&mut self, count: u64) {
        self.passes(Duration::from_secs(count));
    }

    pub fn minutes_pass(&mut self, count: u64) {
        self.passes(Duration::from_secs(60 * count));
    }

    /// Adds to the sentence before.
    pub fn arrives(&mut self, visitor: VisitorId) {
        let conversation = ConversationId(visitor.0);
        if self.books.open.contains_key(&conversation) {
            return;
        }
        self.feed += 1;
        let arrival = Arrival { place: Feed(self.feed), at: self.now };
        // Versions go on over resolving and reopening; the feed is greater than any of them.
        let version = self.feed as u32 * 1000;
        let row = ConversationRow {
            answered_by: self.books.answered.get(&visitor).copied(),
            language: self.books.languages.get(&visitor).cloned(),
            page: self.books.pages.get(&visitor).cloned(),
            identity: self.books.identities.get(&visitor).cloned().map(Box::new),
            ..ConversationRow::new(conversation, visitor, arrival, version)
        };
        self.books.open.insert(conversation, row);
        let row = self.books.row(conversation).unwrap();
        self.step(Input::Arrived(row));
    }

    pub fn resolves(&mut self, conversation: ConversationId, by: Side) {
        if let Some(version) = self.books.resolve(conversation) {
            self.say(Input::Resolved { conversation, version, by });
        }
    }

    /// Somebody who has it puts it aside, or it comes back to them.
    pub fn puts_aside(&mut self, conversation: ConversationId, is_aside: bool) {
        let Some(row) = self.books.open.get_mut(&conversation) else { return };
        if let Standing::Assigned { since, .. } = &mut row.standing
            && row.is_aside != is_aside
        {
            row.is_aside = is_aside;
            *since = if is_aside { *since } else { self.now };
            self.say(Input::Corrected { conversation, stored: self.books.stored(conversation) });
        }
    }

    pub fn comes_back(&mut self, name: &str) {
        self.puts_aside(conversation(name), false);
    }

    pub fn version(&self, conversation: ConversationId) -> u32 {
        self.books.open.get(&conversation).map_or(0, |row| row.version)
    }

    /// Counts arrivals on from where the other stands.
    pub fn feed_of(&mut self, other: &Office) {
        self.feed = other.feed;
    }

    /// Who has a visitor's conversation.
    pub fn assignee(&self, name: &str) -> Option<AgentId> {
        self.books.open.get(&conversation(name)).and_then(ConversationRow::assignee)
    }

    /// The names in the queue, first one first.
    pub fn queue(&self) -> String {
        let name = |id: &ConversationId| {
            let bytes: Vec<u8> = id.to_bytes().into_iter().filter(|byte| *byte != 0).collect();
            String::from_utf8(bytes).unwrap()
        };
        self.desk.queue().iter().map(name).collect::<Vec<_>>().join(" ")
    }

    pub fn was_refused(&self, wanted: Refusal) {
        assert_eq!(self.effects, [Effect::Refuse { code: wanted }]);
    }

    /// Nothing was written and nobody was told anything.
    pub fn nothing_moved(&self) {
        let moved = self.effects.iter().filter(|effect| !matches!(effect, Effect::TellStaff(_)));
        assert_eq!(moved.collect::<Vec<_>>(), Vec::<&Effect>::new());
    }
}

pub fn member(id: AgentId, capacity: u32) -> AgentRow {
    AgentRow {
        id,
        membership: Membership::Member,
        availability: Availability::Available,
        capacity,
        load_elsewhere: 0,
        last_assigned_at: None,
        presence: Presence::Online,
    }
}

impl AgentIn<'_> {
    /// Available, connected, for this many conversations.
    pub fn works(self, capacity: u32) {
        self.0.say(Input::MemberSet(member(self.1, capacity)));
    }

    pub fn helps(self, capacity: u32) {
        let row = AgentRow { membership: Membership::Helper, ..member(self.1, capacity) };
        self.0.say(Input::MemberSet(row));
    }

    pub fn leaves_the_inbox(self) {
        self.0.say(Input::MemberRemoved(self.1));
    }

    pub fn is(self, availability: Availability) {
        self.0.say(Input::AvailabilityChosen { agent: self.1, availability });
    }

    pub fn takes_at_most(self, capacity: u32) {
        self.0.say(Input::CapacitySet { agent: self.1, capacity });
    }

    pub fn has_elsewhere(self, load: u32) {
        self.0.say(Input::LoadElsewhere { agent: self.1, load });
    }

    pub fn connects(self) {
        self.0.say(Input::AgentConnected(self.1));
    }

    pub fn disconnects(self) {
        self.0.say(Input::AgentDisconnected(self.1));
    }

    pub fn resolves(self, name: &str) {
        self.0.resolves(conversation(name), Side::Staff);
    }

    /// Puts it aside; the desk hears of it from what is stored.
    pub fn snoozes(self, name: &str) {
        self.0.puts_aside(conversation(name), true);
    }

    pub fn claims(self, name: &str) {
        let conversation = conversation(name);
        let version = self.0.version(conversation);
        self.0.say(Input::Claim { agent: self.1, conversation, version });
    }

    pub fn transfers(self, name: &str, to: Target) {
        let conversation = conversation(name);
        let version = self.0.version(conversation);
        let note = "knows the order".to_owned();
        self.0.say(Input::Transfer { by: self.1, conversation, version, to, note });
    }

    #[track_caller]
    pub fn has(self, names: &str) {
        let held = self.0.books.open.values().filter(|row| row.assignee() == Some(self.1));
        let mut held: Vec<ConversationId> = held.map(|row| row.id).collect();
        let mut wanted: Vec<ConversationId> = names.split_whitespace().map(conversation).collect();
        held.sort();
        wanted.sort();
        assert_eq!(held, wanted);
    }
}

impl VisitorIn<'_> {
    pub fn connects(self) {
        self.0.say(Input::VisitorConnected(self.1));
    }

    pub fn disconnects(self) {
        self.0.say(Input::VisitorDisconnected(self.1));
    }

    /// Opens the chat and sends a first message.
    pub fn writes(self) {
        self.0.say(Input::VisitorConnected(self.1));
        self.0.arrives(self.1);
    }

    /// What the browser asks for.
    pub fn speaks(self, language: &str) {
        self.0.books.languages.insert(self.1, language.to_owned());
    }

    /// What the site's server has signed of them.
    pub fn has_signed(self, name: &str, value: &str) {
        let attributes = vec![AttributeView { name: name.to_owned(), value: value.to_owned() }];
        let email = Some("vi@Big.example".to_owned());
        let who = IdentityView { sub: "7".to_owned(), name: None, email, attributes };
        self.0.books.identities.insert(self.1, who);
    }

    /// Which page they are on.
    pub fn reads(self, page: &str) {
        self.0.books.pages.insert(self.1, page.to_owned());
    }

    pub fn ends(self) {
        self.0.resolves(ConversationId(self.1.0), Side::Visitor);
    }

    pub fn leaves_an_address(self) {
        let conversation = ConversationId(self.1.0);
        if let Some(row) = self.0.books.open.get_mut(&conversation) {
            row.has_address = true;
        }
        self.0.say(Input::AddressLeft { conversation });
    }

    pub fn gets(self, priority: Priority) {
        let conversation = ConversationId(self.1.0);
        if let Some(row) = self.0.books.open.get_mut(&conversation) {
            row.priority = priority;
        }
        self.0.say(Input::PrioritySet { conversation, priority });
    }
}
