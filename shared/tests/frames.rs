//! A snapshot of every frame of version 1. The files in `frames/v1` are what old clients and servers say: files are
//! added there, never edited, and every one of them stays readable for ever.

use std::collections::BTreeMap;
use std::path::PathBuf;

use deskbell_shared::codec::{Wire, parse, peek_tag};
use deskbell_shared::model::*;
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/frames/v1")
}

/// The files there are, by name without `.json`.
fn files() -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap().trim_end().to_owned())
        })
        .collect()
}

fn id(digit: u128) -> u128 {
    0x018b_cfe5_687b_7000_8000_0000_0000_0000 + digit
}

const AT: UnixMillis = UnixMillis(1_800_000_000_123);

fn agent() -> AgentView {
    AgentView { id: AgentId(id(0xa)), name: "Mia \"M\" Ōe 🦀".into(), picture: Some("9f86d081".into()) }
}

fn view() -> ConversationView {
    let marks =
        Marks { visitor_received: Seq(4), visitor_read: Seq(3), staff_received: Seq(2), staff_read: Seq(1) };
    ConversationView {
        id: ConversationId(id(1)),
        inbox: InboxId(id(2)),
        epoch: Epoch(id(3)),
        status: Status::Open,
        head: Seq(5),
        assignee: Some(agent()),
        assignment_version: 1,
        arrived_at: AT,
        marks,
        snoozed_until: None,
        address: None,
        score: None,
    }
}

fn welcome_of(role: Role) -> Frame {
    Frame::Welcome {
        version: 1,
        epoch: Epoch(id(3)),
        now: AT,
        me: Me::Agent { id: AgentId(id(0xa)), role },
        conversations: vec![],
        last_messages: None,
        told: None,
        service: None,
    }
}

fn last_messages() -> Vec<LastMessage> {
    let (conversation, line) = (ConversationId(id(1)), "Is it open on Sunday?".to_owned());
    let bare = LastMessage { conversation, line, side: Side::Visitor, at: AT, agent: None };
    vec![LastMessage { side: Side::Staff, agent: Some(agent()), ..bare.clone() }, bare]
}

fn rows() -> Vec<Entry> {
    let message = |text: &str| EntryBody::message(Cmid(id(4)), text);
    let bodies = [
        (Author::Visitor {}, message("hello\n\t\"you\" \\ \u{1}")),
        (Author::System {}, EntryBody::Assigned { to: agent(), version: 1 }),
        (Author::Agent { agent: agent() }, message("hi")),
        (Author::Agent { agent: agent() }, EntryBody::Resolved { version: 2 }),
        (Author::System {}, EntryBody::Reopened { version: 3 }),
    ];
    let number = |(at, (author, body))| Entry { seq: Seq(at as u64 + 1), at: AT, author, body };
    bodies.into_iter().enumerate().map(number).collect()
}

/// What a team adds.
fn team_rows() -> Vec<Entry> {
    let file = FileView {
        id: FileId(id(8)),
        name: "receipt ü.png".into(),
        media: "image/png".into(),
        size: 12_345,
        width: Some(640),
        height: Some(480),
    };
    let me = || Author::Agent { agent: agent() };
    let system = || Author::System {};
    let visitor = || Author::Visitor {};
    let cmid = Cmid(id(4));
    let reason = RequeueReason::AgentLost;
    let address = || "ann@example.com".to_owned();
    let bodies = [
        (visitor(), EntryBody::Message { cmid, text: String::new(), file: Some(file), choices: None }),
        (me(), EntryBody::Note { cmid, text: "for us".into() }),
        (visitor(), EntryBody::Erased { cmid: Some(cmid), withdrawn: None }),
        (system(), EntryBody::Requeued { from: agent(), reason, version: 4 }),
        (me(), EntryBody::Moved { inbox: InboxId(id(2)), name: "Sales".into(), version: 5 }),
        (me(), EntryBody::Snoozed { until: AT }),
        (system(), EntryBody::Woken {}),
        (visitor(), EntryBody::Rated { score: 5, comment: Some("thanks".into()) }),
        (visitor(), EntryBody::AddressLeft { address: address() }),
        (system(), EntryBody::Mailed { address: address(), by_hand: false, failed: None }),
    ];
    let number = |(at, (author, body))| Entry { seq: Seq(at as u64 + 1), at: AT, author, body };
    bodies.into_iter().enumerate().map(number).collect()
}

/// A message that was edited, and what an edit of a note and a withdrawal leave.
fn edited_rows() -> Vec<Entry> {
    let (me, visitor) = (|| Author::Agent { agent: agent() }, || Author::Visitor {});
    let (of, text) = (Cmid(id(4)), String::from("in other words"));
    let bodies = [
        (visitor(), EntryBody::Edited { of, text: text.clone(), audience: None }),
        (me(), EntryBody::Edited { of, text, audience: Some(Audience::Staff) }),
        (me(), EntryBody::Erased { cmid: Some(of), withdrawn: Some(true) }),
        (me(), EntryBody::Erased { cmid: None, withdrawn: Some(true) }),
    ];
    let number = |(at, (author, body))| Entry { seq: Seq(at as u64 + 1), at: AT, author, body };
    bodies.into_iter().enumerate().map(number).collect()
}

/// How staff files a conversation.
fn filed_rows() -> Vec<Entry> {
    let kinds = [
        (Filing::Tagged, Some("billing")),
        (Filing::Untagged, Some("billing")),
        (Filing::Prioritised, Some("urgent")),
        (Filing::Concluded, Some("bug")),
        (Filing::Concluded, None),
    ];
    let author = || Author::Agent { agent: agent() };
    let number = |(at, (what, which)): (usize, (Filing, Option<&str>))| {
        let body = EntryBody::Filed { what, which: which.map(str::to_owned) };
        Entry { seq: Seq(at as u64 + 1), at: AT, author: author(), body }
    };
    kinds.into_iter().enumerate().map(number).collect()
}

/// What lists show of it.
fn filed() -> Option<Filed> {
    let tag = |number, name: &str, colour, is_archived| TagView {
        id: TagId(id(number)),
        name: name.into(),
        colour,
        is_archived,
    };
    let tags = vec![tag(5, "billing", TagColour::Grey, false), tag(6, "退款", TagColour::Red, true)];
    Some(Filed { tags, priority: Priority::High, outcome: Some("bug".into()) })
}

/// Answers to press, in their order.
fn choices() -> Option<Vec<String>> {
    Some(vec!["Yes, \"please\"".into(), "不用了".into(), "لاحقًا".into()])
}

/// A message that brings them.
fn with_choices() -> Entry {
    let text = "Shall I send it?".to_owned();
    let body = EntryBody::Message { cmid: Cmid(id(4)), text, file: None, choices: choices() };
    Entry { seq: Seq(3), at: AT, author: Author::Agent { agent: agent() }, body }
}

/// A mail that was given up.
fn mailed() -> Entry {
    let body = EntryBody::Mailed { address: "ann@example.com".into(), by_hand: false, failed: Some(true) };
    Entry { seq: Seq(7), at: AT, author: Author::System {}, body }
}

fn team_view() -> ConversationView {
    ConversationView {
        snoozed_until: Some(AT),
        address: Some("ann@example.com".into()),
        score: Some(4),
        ..view()
    }
}

fn page() -> PageView {
    PageView { url: "https://shop.example/cart".into(), title: "Cart".into(), referrer: None }
}

fn summary() -> Summary {
    let visitor = VisitorView {
        id: VisitorId(id(5)),
        first_seen_at: AT,
        page: Some(page()),
        language: Some("en".into()),
        time_zone: None,
        name: None,
        online: true,
    };
    Summary {
        feed: Feed(9),
        conversation: ConversationView { status: Status::Resolved, assignee: None, ..view() },
        site: SiteId(id(6)),
        site_name: "Shop".into(),
        visitor,
        last_line: "hi".into(),
        last_side: Side::Staff,
        last_at: AT,
        unread: 2,
        unanswered_at: None,
        filed: None,
    }
}

fn unanswered() -> Summary {
    let conversation = ConversationView { status: Status::Open, ..summary().conversation };
    Summary { conversation, last_side: Side::Visitor, unanswered_at: Some(AT), ..summary() }
}

fn from_elsewhere() -> Summary {
    let page = PageView { referrer: Some("https://news.example/tea".into()), ..page() };
    let visitor =
        VisitorView { page: Some(page), time_zone: Some("Asia/Shanghai".into()), ..summary().visitor };
    Summary { visitor, ..summary() }
}

fn named() -> Summary {
    let name = VisitorName { text: "Vera Klein".into(), verified: true };
    Summary { visitor: VisitorView { name: Some(name), ..summary().visitor }, ..summary() }
}

fn site() -> SiteView {
    let looks =
        SiteLooks { name: "Shop".into(), colour: "#1d4ed8".into(), greeting: "Hello!".into(), style: None };
    let seen = SeenView {
        origin: "http://shop.example".into(),
        at: AT,
        allowed: false,
        nearest: Some("https://shop.example".into()),
    };
    SiteView {
        id: SiteId(id(6)),
        key: "k3y".into(),
        inbox: InboxId(id(2)),
        inboxes: None,
        looks,
        origins: vec!["https://shop.example".into()],
        tag: "<script async src=\"https://chat.example/w/k3y.js\"></script>".into(),
        seen: vec![seen],
    }
}

fn with_a_choice() -> SiteView {
    let others = vec![Wording { language: "zh-Hans".into(), text: "销售".into() }];
    let label = Worded { text: String::new(), others };
    let one = |inbox, key: &str, label| SiteInbox { inbox: InboxId(id(inbox)), key: key.into(), label };
    let plain = Worded { text: "Help".into(), others: vec![] };
    SiteView { inboxes: Some(vec![one(2, "help", plain), one(9, "sales", label)]), ..site() }
}

fn commands() -> Vec<(&'static str, Command)> {
    let conversation = ConversationId(id(1));
    let messages = vec![Draft::new(Cmid(id(4)), "hello")];
    let position = Position { conversation, epoch: Some(Epoch(id(3))), after: Seq(5) };
    let first = Position { conversation, epoch: None, after: Seq(0) };
    let feed = FeedPosition { epoch: Some(Epoch(id(3))), after: Feed(9) };
    let ticket = || "one-use".to_owned();
    let resume = vec![position.clone()];
    vec![
        ("", Command::Hello { version: 1, ticket: ticket(), resume, feed: Some(feed) }),
        ("visitor", Command::Hello { version: 1, ticket: ticket(), resume: vec![], feed: None }),
        (
            "",
            Command::Start {
                id: 1,
                conversation,
                messages: messages.clone(),
                page: Some(page()),
                language: Some("en".into()),
                time_zone: None,
                about: None,
                inbox: None,
            },
        ),
        (
            "elsewhere",
            Command::Start {
                id: 1,
                conversation,
                messages: messages.clone(),
                page: Some(PageView { referrer: Some("https://news.example/tea".into()), ..page() }),
                language: None,
                time_zone: Some("Asia/Shanghai".into()),
                about: None,
                inbox: None,
            },
        ),
        (
            "about",
            Command::Start {
                id: 1,
                conversation,
                messages: messages.clone(),
                page: Some(PageView { referrer: Some("https://news.example/tea".into()), ..page() }),
                language: None,
                time_zone: Some("Asia/Shanghai".into()),
                about: Some(About {
                    answers: vec![AttributeView { name: "plan".into(), value: "Gold".into() }],
                    consent: Some(Agreed { version: 2, language: "zh-Hans".into() }),
                }),
                inbox: None,
            },
        ),
        (
            "bare",
            Command::Start {
                id: 1,
                conversation,
                messages: messages.clone(),
                page: None,
                language: None,
                time_zone: None,
                about: None,
                inbox: None,
            },
        ),
        (
            "inbox",
            Command::Start {
                id: 1,
                conversation,
                messages: messages.clone(),
                page: None,
                language: None,
                time_zone: None,
                about: None,
                inbox: Some(InboxId(id(9))),
            },
        ),
        ("", Command::Send { id: 2, conversation, messages }),
        ("note", Command::Send { id: 2, conversation, messages: team_drafts() }),
        ("choices", Command::Send { id: 2, conversation, messages: vec![asking()] }),
        ("", Command::Watch { id: 3, position }),
        ("first", Command::Watch { id: 3, position: first }),
        ("", Command::Unwatch { id: 4, conversation }),
        ("", Command::Sync { id: 5, conversation, after: Some(Seq(5)), before: None }),
        ("before", Command::Sync { id: 5, conversation, after: None, before: Some(Seq(3)) }),
        ("", Command::Mark { conversation, received: Seq(5), read: Seq(4) }),
        ("", Command::Typing { conversation, on: true }),
        ("", Command::Resolve { id: 6, conversation }),
        ("", Command::Rate { id: 10, conversation, score: 4, comment: Some("quick".into()) }),
        ("bare", Command::Rate { id: 10, conversation, score: 1, comment: None }),
        ("", Command::Edit { id: 12, conversation, message: Cmid(id(4)), text: "in other words".into() }),
        ("", Command::Withdraw { id: 13, conversation, message: Cmid(id(4)) }),
        ("", Command::LeaveAddress { id: 11, conversation, address: "ann@example.com".into() }),
    ]
}

fn team_drafts() -> Vec<Draft> {
    let note = Draft { audience: Some(Audience::Staff), ..Draft::new(Cmid(id(4)), "for us") };
    let file = Draft { file: Some(FileId(id(8))), ..Draft::new(Cmid(id(7)), "") };
    vec![note, file]
}

/// A message of an agent with answers to press.
fn asking() -> Draft {
    Draft { choices: choices(), ..Draft::new(Cmid(id(4)), "Shall I send it?") }
}

fn agent_commands() -> Vec<(&'static str, AgentCommand)> {
    let after = FeedPosition { epoch: None, after: Feed(0) };
    vec![
        ("", AgentCommand::Claim { id: 7, conversation: ConversationId(id(1)), version: 1 }),
        ("", AgentCommand::Decline { id: 15, conversation: ConversationId(id(1)) }),
        ("", AgentCommand::Snooze { id: 10, conversation: ConversationId(id(1)), until: AT }),
        ("", AgentCommand::Wake { id: 11, conversation: ConversationId(id(1)) }),
        ("", AgentCommand::Reopen { id: 12, conversation: ConversationId(id(1)) }),
        (
            "",
            AgentCommand::Transfer {
                id: 7,
                conversation: ConversationId(id(1)),
                version: 1,
                agent: Some(AgentId(id(0xa))),
                inbox: None,
                note: Some("knows the order".into()),
            },
        ),
        (
            "inbox",
            AgentCommand::Transfer {
                id: 7,
                conversation: ConversationId(id(1)),
                version: 1,
                agent: None,
                inbox: Some(InboxId(id(2))),
                note: None,
            },
        ),
        ("", AgentCommand::SetAvailability { id: 7, availability: Availability::Busy, capacity: None }),
        (
            "capacity",
            AgentCommand::SetAvailability { id: 7, availability: Availability::Away, capacity: Some(6) },
        ),
        ("", AgentCommand::Tag { id: 10, conversation: ConversationId(id(1)), tag: TagId(id(5)), on: true }),
        (
            "",
            AgentCommand::SetPriority {
                id: 10,
                conversation: ConversationId(id(1)),
                priority: Priority::Low,
            },
        ),
        (
            "",
            AgentCommand::WrapUp {
                id: 10,
                conversation: ConversationId(id(1)),
                outcome: Some(OutcomeId(id(7))),
            },
        ),
        ("bare", AgentCommand::WrapUp { id: 10, conversation: ConversationId(id(1)), outcome: None }),
        ("", AgentCommand::List { id: 8, before: Some(Feed(9)), tag: None, priority: None }),
        ("newest", AgentCommand::List { id: 8, before: None, tag: None, priority: None }),
        (
            "filed",
            AgentCommand::List {
                id: 8,
                before: None,
                tag: Some(TagId(id(5))),
                priority: Some(Priority::High),
            },
        ),
        (
            "",
            AgentCommand::KeepDraft {
                id: 12,
                conversation: ConversationId(id(1)),
                is_note: false,
                text: "half an \"answer\"\n半".into(),
            },
        ),
        ("", AgentCommand::FollowDrafts { id: 13 }),
        ("", AgentCommand::Feed { id: 9, after }),
        ("", AgentCommand::NoteMailed { id: 10, conversation: ConversationId(id(1)) }),
        (
            "",
            AgentCommand::Attend {
                id: 11,
                conversation: ConversationId(id(1)),
                attention: Some(Attention::Writing),
            },
        ),
        ("gone", AgentCommand::Attend { id: 11, conversation: ConversationId(id(1)), attention: None }),
    ]
}

fn frames() -> Vec<(&'static str, Frame)> {
    let (conversation, epoch) = (ConversationId(id(1)), Epoch(id(3)));
    let service = Service { online: true, agents: vec![agent()], closed: None, mail: None, busy: None };
    let closed = Service {
        online: false,
        agents: vec![],
        closed: Some(Closed { until: Some(AT) }),
        mail: Some(true),
        busy: None,
    };
    let busy = Service { busy: Some(true), ..service.clone() };
    let acks = vec![Ack { cmid: Cmid(id(4)), seq: Seq(1), at: AT }];
    let refused =
        RefusedMessage { cmid: Cmid(id(7)), code: RefusalCode::RateLimited, retry_after_ms: Some(1_000) };
    let refusal = |id, code, conversation, retry_after_ms| Frame::Refused {
        id,
        code,
        conversation,
        retry_after_ms,
        message: "for developers".into(),
    };
    vec![
        (
            "",
            Frame::Welcome {
                version: 1,
                epoch,
                now: AT,
                me: Me::Visitor { id: VisitorId(id(5)) },
                conversations: vec![view()],
                last_messages: Some(last_messages()),
                told: None,
                service: Some(service.clone()),
            },
        ),
        (
            "told",
            Frame::Welcome {
                version: 1,
                epoch,
                now: AT,
                me: Me::Visitor { id: VisitorId(id(5)) },
                conversations: vec![view()],
                last_messages: Some(last_messages()),
                told: Some(Told { names: vec!["name".into(), "email".into()], consent: Some(2) }),
                service: Some(service.clone()),
            },
        ),
        (
            "agent",
            Frame::Welcome {
                version: 1,
                epoch,
                now: AT,
                me: Me::Agent { id: AgentId(id(0xa)), role: Role::Owner },
                conversations: vec![],
                last_messages: None,
                told: None,
                service: None,
            },
        ),
        ("supervisor", welcome_of(Role::Supervisor)),
        ("light_agent", welcome_of(Role::LightAgent)),
        ("", Frame::Acked { id: 1, conversation, epoch, acks: acks.clone(), refused: None }),
        ("refused", Frame::Acked { id: 1, conversation, epoch, acks, refused: Some(refused) }),
        ("", Frame::Done { id: 6 }),
        ("", refusal(Some(1), RefusalCode::AlreadyOpen, Some(conversation), None)),
        ("later", refusal(Some(1), RefusalCode::Unavailable, None, Some(500))),
        ("blocked", refusal(Some(1), RefusalCode::Blocked, Some(conversation), None)),
        ("resume", refusal(None, RefusalCode::NotFound, Some(conversation), None)),
        ("", Frame::Page { id: Some(3), conversation: view(), rows: rows() }),
        ("team", Frame::Page { id: Some(4), conversation: team_view(), rows: team_rows() }),
        ("edited", Frame::Page { id: Some(5), conversation: view(), rows: edited_rows() }),
        ("filed", Frame::Page { id: Some(5), conversation: team_view(), rows: filed_rows() }),
        ("resume", Frame::Page { id: None, conversation: view(), rows: vec![] }),
        ("", Frame::Entry { conversation, epoch, entry: rows().remove(0) }),
        ("", Frame::Cursor { conversation, epoch, marks: view().marks }),
        ("", Frame::Typing { conversation, agent: Some(agent()), on: true }),
        ("visitor", Frame::Typing { conversation, agent: None, on: false }),
        ("", Frame::Erased { conversation, epoch }),
        ("", Frame::ServiceChanged { service, inbox: None }),
        ("closed", Frame::ServiceChanged { service: closed, inbox: None }),
        ("inbox", Frame::ServiceChanged { service: busy.clone(), inbox: Some(InboxId(id(9))) }),
        ("busy", Frame::ServiceChanged { service: busy, inbox: None }),
        ("mailed", Frame::Entry { conversation, epoch, entry: mailed() }),
        ("choices", Frame::Entry { conversation, epoch, entry: with_choices() }),
        (
            "",
            Frame::Queue {
                conversation,
                position: 2,
                wait: Some(WaitView { earliest_at: AT, latest_at: UnixMillis(AT.0 + 300_000) }),
                why: WaitNews::MovedUp,
            },
        ),
        ("uncertain", Frame::Queue { conversation, position: 1, wait: None, why: WaitNews::Joined }),
        ("", Frame::AgentPresence { conversation, agent: AgentId(id(0xa)), online: false }),
        ("", Frame::Beat { now: AT }),
        ("", Frame::Goodbye { reconnect_within_ms: 8_000 }),
    ]
}

fn colleague() -> ColleagueView {
    ColleagueView {
        agent: agent(),
        availability: Availability::Available,
        online: true,
        load: 4,
        capacity: 4,
        member: true,
        missed_at: None,
    }
}

/// An answer that is kept, and a note that is kept no longer.
fn kept_drafts() -> Vec<DraftView> {
    let conversation = ConversationId(id(1));
    let answer = DraftView { conversation, is_note: false, text: "half an answer".into(), revision: 8 };
    vec![answer.clone(), DraftView { is_note: true, text: String::new(), revision: 9, ..answer }]
}

fn desk_frames() -> Vec<(&'static str, DeskFrame)> {
    let page = |id, reset, more| DeskFrame::FeedPage {
        id,
        epoch: Epoch(id_of_epoch()),
        reset,
        rows: vec![summary()],
        upto: Feed(9),
        more,
    };
    vec![
        ("", DeskFrame::ConversationChanged { prev: Feed(8), summary: summary() }),
        ("unanswered", DeskFrame::ConversationChanged { prev: Feed(8), summary: unanswered() }),
        (
            "filed",
            DeskFrame::ConversationChanged {
                prev: Feed(8),
                summary: Summary { filed: filed(), ..summary() },
            },
        ),
        ("", DeskFrame::ConversationGone { conversation: summary().conversation.id, feed: Feed(9) }),
        ("", page(Some(9), false, true)),
        ("hello", page(None, true, false)),
        ("elsewhere", DeskFrame::ListPage { id: 8, rows: vec![from_elsewhere()], more: true }),
        ("named", DeskFrame::ListPage { id: 8, rows: vec![named()], more: true }),
        ("", DeskFrame::ListPage { id: 8, rows: vec![summary()], more: false }),
        ("", DeskFrame::VisitorPresence { visitor: VisitorId(id(5)), online: true }),
        (
            "",
            DeskFrame::Attended {
                conversation: ConversationId(id(1)),
                agents: vec![AttendantView { agent: agent(), attention: Attention::Looking }],
            },
        ),
        (
            "",
            DeskFrame::Desk {
                inbox: InboxId(id(2)),
                name: "Shop".into(),
                queue: QueueView {
                    waiting: 2,
                    passed_over: 1,
                    oldest_at: Some(AT),
                    eligible: 0,
                    last_wait: None,
                    newcomer: None,
                    beyond: None,
                },
                colleagues: vec![colleague()],
                answer_minutes: None,
                outcomes: None,
                offers: None,
            },
        ),
        (
            "predicted",
            DeskFrame::Desk {
                inbox: InboxId(id(2)),
                name: "Shop".into(),
                queue: QueueView {
                    waiting: 2,
                    passed_over: 1,
                    oldest_at: Some(AT),
                    eligible: 0,
                    last_wait: Some(WaitView { earliest_at: AT, latest_at: AT }),
                    newcomer: Some(SpanView { low_ms: 60_000, high_ms: 300_000 }),
                    beyond: None,
                },
                colleagues: vec![colleague()],
                answer_minutes: None,
                outcomes: None,
                offers: None,
            },
        ),
        (
            "offers",
            DeskFrame::Desk {
                inbox: InboxId(id(2)),
                name: "Shop".into(),
                queue: QueueView {
                    waiting: 4,
                    passed_over: 0,
                    oldest_at: Some(AT),
                    eligible: 0,
                    last_wait: None,
                    newcomer: None,
                    beyond: Some(1),
                },
                colleagues: vec![ColleagueView {
                    availability: Availability::Away,
                    load: 0,
                    missed_at: Some(AT),
                    ..colleague()
                }],
                answer_minutes: Some(5),
                outcomes: None,
                offers: Some(vec![OfferView {
                    conversation: ConversationId(id(1)),
                    agent: AgentId(id(6)),
                    until: AT,
                }]),
            },
        ),
        (
            "outcomes",
            DeskFrame::Desk {
                inbox: InboxId(id(2)),
                name: "Shop".into(),
                queue: QueueView {
                    waiting: 0,
                    passed_over: 0,
                    oldest_at: None,
                    eligible: 1,
                    last_wait: None,
                    newcomer: None,
                    beyond: None,
                },
                colleagues: vec![colleague()],
                answer_minutes: None,
                outcomes: Some(true),
                offers: None,
            },
        ),
        ("", DeskFrame::Drafts { reset: true, drafts: kept_drafts(), more: false }),
        ("", DeskFrame::SiteChanged { site: site() }),
        ("inboxes", DeskFrame::SiteChanged { site: with_a_choice() }),
    ]
}

fn id_of_epoch() -> u128 {
    id(3)
}

/// Every sample: the name of its file, its text, and whether that text can be read back to the same value.
fn samples() -> Vec<(String, String, bool)> {
    fn add<T: Wire + PartialEq>(
        samples: &mut Vec<(String, String, bool)>,
        kind: &str,
        tag: fn(&T) -> &'static str,
        values: Vec<(&'static str, T)>,
    ) {
        for (variety, value) in values {
            let dash = if variety.is_empty() { "" } else { "." };
            let text = value.to_text();
            let same = T::from_text(&text).is_ok_and(|read| read == value);
            samples.push((format!("{kind}-{}{dash}{variety}", tag(&value)), text, same));
        }
    }
    let mut all = Vec::new();
    add(&mut all, "command", Command::tag, commands());
    add(&mut all, "command", AgentCommand::tag, agent_commands());
    add(&mut all, "frame", Frame::tag, frames());
    add(&mut all, "frame", DeskFrame::tag, desk_frames());
    all
}

#[test]
fn every_frame_is_written_as_its_file_says() {
    let files = files();
    for (name, text, same) in samples() {
        assert!(same, "{name} does not read what it writes");
        match files.get(&name) {
            Some(file) => assert_eq!(*file, text, "{name} is written differently now"),
            None => panic!("tests/frames/v1/{name}.json is missing; it would be\n{text}"),
        }
    }
}

#[test]
fn every_file_is_read_and_written_back_the_same() {
    for (name, text) in files() {
        let json = parse(&text).unwrap();
        let again = if let Some(tag) = peek_tag(&json, "command") {
            match AgentCommand::TAGS.contains(&tag) {
                true => AgentCommand::read(json).map(|command| command.to_text()),
                false => Command::read(json).map(|command| command.to_text()),
            }
        } else {
            match DeskFrame::TAGS.contains(&peek_tag(&json, "frame").unwrap()) {
                true => DeskFrame::read(json).map(|frame| frame.to_text()),
                false => Frame::read(json).map(|frame| frame.to_text()),
            }
        };
        assert_eq!(again.as_deref(), Ok(text.as_str()), "{name}");
    }
}

#[test]
fn every_tag_has_a_file() {
    let files = files();
    let commands = Command::TAGS.iter().chain(AgentCommand::TAGS).map(|tag| ("command", tag));
    let frames = Frame::TAGS.iter().chain(DeskFrame::TAGS).map(|tag| ("frame", tag));
    for (kind, tag) in commands.chain(frames) {
        assert!(files.contains_key(&format!("{kind}-{tag}")), "tests/frames/v1/{kind}-{tag}.json is missing");
    }
}

#[test]
fn a_field_too_many_or_too_few_is_refused() {
    for (name, text) in files() {
        let read = |text: &str| {
            Command::from_text(text).is_ok()
                || AgentCommand::from_text(text).is_ok()
                || Frame::from_text(text).is_ok()
                || DeskFrame::from_text(text).is_ok()
        };
        assert!(read(&text), "{name}");
        assert!(
            !read(&text.replacen('{', "{\"extra\":1,", 1)),
            "{name} with a field that has no place there"
        );
        assert!(!read(&text.replacen(":\"", "_:\"", 1)), "{name} without its tag");
    }
}
