//! Who may do what: every frame by everybody. A frame without an expectation fails the test, so that none is added
//! without an answer to this question.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{
    AgentId, Availability, Cmid, ConversationId, Feed, Priority, Role, Seq, TagId, UnixMillis,
};
use deskbell_shared::protocol::api::{InboxEdit, InboxView};
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::{
    AgentCommand, Attention, CloseCode, Command, DeskFrame, Frame, Position, RefusalCode,
};

use crate::support::raw::draft;
use crate::support::server::{Account, agent_ticket, new_token};
use crate::support::{Heard, Raw, Server, http, now, random};

/// Those who try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Has said no hello.
    Anonymous,
    /// The visitor whose conversation it is.
    Visitor,
    /// Another visitor.
    OtherVisitor,
    /// An agent who is no member of the inbox.
    Outsider,
    /// An agent who has the conversation.
    Agent,
}

const EVERYBODY: [Who; 5] = [Who::Anonymous, Who::Visitor, Who::OtherVisitor, Who::Outsider, Who::Agent];

/// What must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and answered by this frame.
    Reply(&'static str),
    /// It is refused.
    Refused(RefusalCode),
    /// The connection ends.
    Closed(CloseCode),
    /// It is done, or not, without an answer; the connection goes on.
    Silence,
}

pub const NOT_FOUND: Outcome = Outcome::Refused(RefusalCode::NotFound);
pub const NOT_ALLOWED: Outcome = Outcome::Refused(RefusalCode::NotAllowed);

/// The expectation for every frame and everybody.
fn expected(tag: &str, who: Who) -> Option<Outcome> {
    use Outcome::{Closed, Reply, Silence};
    if who == Who::Anonymous {
        // Nothing is read before the hello, and a hello without a ticket that was issued opens nothing.
        return Some(Closed(if tag == "hello" { CloseCode::Ticket } else { CloseCode::Malformed }));
    }
    let (own, visitor, agent) = match tag {
        // Said already.
        "hello" => return Some(Closed(CloseCode::Malformed)),
        // By somebody else the id of a conversation is worth nothing, like one that nobody has.
        "start" => (Reply("acked"), NOT_FOUND, (NOT_ALLOWED, NOT_ALLOWED)),
        "send" => (Reply("acked"), NOT_FOUND, (NOT_FOUND, Reply("acked"))),
        "watch" | "sync" => (Reply("page"), NOT_FOUND, (NOT_FOUND, Reply("page"))),
        "unwatch" => (Reply("done"), Reply("done"), (Reply("done"), Reply("done"))),
        "mark" => (Silence, NOT_FOUND, (NOT_FOUND, Silence)),
        "typing" => (Silence, NOT_FOUND, (NOT_FOUND, Silence)),
        "resolve" => (Reply("done"), NOT_FOUND, (NOT_FOUND, Reply("done"))),
        "claim" => (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, Reply("done"))),
        // Nothing is offered to anybody.
        "decline" => {
            let conflict = Outcome::Refused(RefusalCode::Conflict);
            (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, conflict))
        }
        // The agent who has it; it is open, so that there is nothing to take up again.
        "snooze" | "wake" | "reopen" => (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, Reply("done"))),
        // There is no such tag; that of an inbox one may not see is in `filing`.
        "tag" => (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, NOT_FOUND)),
        "set_priority" | "wrap_up" => (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, Reply("done"))),
        // It has not ended.
        "rate" => (Outcome::Refused(RefusalCode::Conflict), NOT_FOUND, (NOT_ALLOWED, NOT_ALLOWED)),
        // Nobody has written under that id; who may edit what somebody has is in `edits`.
        "edit" | "withdraw" => (NOT_FOUND, NOT_FOUND, (NOT_FOUND, NOT_FOUND)),
        "leave_address" => (Reply("done"), NOT_FOUND, (NOT_ALLOWED, NOT_ALLOWED)),
        // The visitor has left no address.
        "note_mailed" => (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, NOT_ALLOWED)),
        // Of what one follows.
        "attend" => (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, Reply("done"))),
        // To somebody who may not have it: whoever hears that may see the conversation.
        "transfer" => (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, NOT_ALLOWED)),
        "set_availability" => (NOT_ALLOWED, NOT_ALLOWED, (Reply("done"), Reply("done"))),
        "keep_draft" => (NOT_ALLOWED, NOT_ALLOWED, (NOT_FOUND, Reply("done"))),
        "follow_drafts" => (NOT_ALLOWED, NOT_ALLOWED, (Reply("done"), Reply("done"))),
        "list" => (NOT_ALLOWED, NOT_ALLOWED, (Reply("list_page"), Reply("list_page"))),
        "feed" => (NOT_ALLOWED, NOT_ALLOWED, (Reply("feed_page"), Reply("feed_page"))),
        _ => return None,
    };
    Some(match who {
        Who::Visitor => own,
        Who::OtherVisitor => visitor,
        Who::Outsider => agent.0,
        Who::Agent | Who::Anonymous => agent.1,
    })
}

/// One frame of every kind, about a conversation.
pub fn command(tag: &str, id: u32, conversation: ConversationId) -> String {
    let position = Position { conversation, epoch: None, after: Seq(0) };
    match tag {
        "hello" => {
            Command::Hello { version: 1, ticket: "x".to_owned(), resume: Vec::new(), feed: None }.to_text()
        }
        "start" => {
            let messages = vec![draft("from a start")];
            Command::start(id, conversation, messages).to_text()
        }
        "send" => Command::Send { id, conversation, messages: vec![draft("from a send")] }.to_text(),
        "watch" => Command::Watch { id, position }.to_text(),
        "unwatch" => Command::Unwatch { id, conversation }.to_text(),
        "sync" => Command::Sync { id, conversation, after: Some(Seq(0)), before: None }.to_text(),
        "mark" => Command::Mark { conversation, received: Seq(1), read: Seq(1) }.to_text(),
        "typing" => Command::Typing { conversation, on: true }.to_text(),
        "resolve" => Command::Resolve { id, conversation }.to_text(),
        "rate" => Command::Rate { id, conversation, score: 5, comment: None }.to_text(),
        "edit" => {
            let (message, text) = (Cmid(1), "other words".to_owned());
            Command::Edit { id, conversation, message, text }.to_text()
        }
        "withdraw" => Command::Withdraw { id, conversation, message: Cmid(1) }.to_text(),
        "leave_address" => {
            Command::LeaveAddress { id, conversation, address: "ann@example.com".to_owned() }.to_text()
        }
        "note_mailed" => AgentCommand::NoteMailed { id, conversation }.to_text(),
        "attend" => AgentCommand::Attend { id, conversation, attention: Some(Attention::Looking) }.to_text(),
        "claim" => AgentCommand::Claim { id, conversation, version: 1 }.to_text(),
        "decline" => AgentCommand::Decline { id, conversation }.to_text(),
        "snooze" => AgentCommand::Snooze { id, conversation, until: in_an_hour() }.to_text(),
        "wake" => AgentCommand::Wake { id, conversation }.to_text(),
        "reopen" => AgentCommand::Reopen { id, conversation }.to_text(),
        "transfer" => {
            let (agent, note) = (Some(AgentId(9)), Some("a note".to_owned()));
            AgentCommand::Transfer { id, conversation, version: 1, agent, inbox: None, note }.to_text()
        }
        "tag" => AgentCommand::Tag { id, conversation, tag: TagId(9), on: true }.to_text(),
        "set_priority" => AgentCommand::SetPriority { id, conversation, priority: Priority::High }.to_text(),
        "wrap_up" => AgentCommand::WrapUp { id, conversation, outcome: None }.to_text(),
        "set_availability" => {
            AgentCommand::SetAvailability { id, availability: Availability::Busy, capacity: None }.to_text()
        }
        "keep_draft" => {
            let text = "half an answer".to_owned();
            AgentCommand::KeepDraft { id, conversation, is_note: false, text }.to_text()
        }
        "follow_drafts" => AgentCommand::FollowDrafts { id }.to_text(),
        "list" => AgentCommand::List { id, before: None, tag: None, priority: None }.to_text(),
        "feed" => AgentCommand::Feed { id, after: FeedPosition { epoch: None, after: Feed(0) } }.to_text(),
        _ => panic!("no sample of {tag}: add one, and its row to `expected`"),
    }
}

fn in_an_hour() -> UnixMillis {
    now().plus(std::time::Duration::from_secs(60 * 60))
}

struct Office {
    server: Server,
    owner_of_it: String,
    agent: Account,
    outsider: Account,
    conversation: ConversationId,
}

impl Office {
    async fn open() -> Office {
        let server = Server::start().await;
        let (agent, outsider) = (server.agent("Mia").await, server.agent("Noah").await);
        server.exclude(&outsider);
        // Any change to people has the desk look at who works there.
        server.person("Zoe", Role::Agent).await;
        let mut olga = Raw::agent(&server, server.owner()).await;
        olga.until("the desk without Noah", |heard| match heard {
            Heard::Desk(DeskFrame::Desk { colleagues, .. }) => {
                let here = |name: &str| colleagues.iter().any(|colleague| colleague.agent.name == name);
                (here("Zoe") && !here("Noah")).then_some(())
            }
            _ => None,
        })
        .await;
        drop(olga);
        let owner_of_it = new_token();
        let mut visitor = Raw::visitor(&server, &owner_of_it).await;
        let conversation = visitor.starts(&["the first message"]).await;
        let mut mia = Raw::agent(&server, &agent).await;
        mia.say(&AgentCommand::Claim { id: 1, conversation, version: 0 }).await;
        assert!(matches!(mia.reply(1).await, Heard::Frame(Frame::Done { .. })));
        Office { server, owner_of_it, agent, outsider, conversation }
    }

    async fn connect(&self, who: Who) -> Raw {
        match who {
            Who::Anonymous => Raw::silent(self.server.port()).await,
            Who::Visitor => Raw::visitor(&self.server, &self.owner_of_it).await,
            Who::OtherVisitor => Raw::visitor(&self.server, &new_token()).await,
            Who::Outsider => Raw::agent(&self.server, &self.outsider).await,
            Who::Agent => Raw::agent(&self.server, &self.agent).await,
        }
    }

    async fn rows(&self) -> Vec<deskbell_shared::model::Entry> {
        Raw::agent(&self.server, &self.agent).await.transcript(self.conversation).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_frame_by_everybody() {
    for tag in Command::TAGS.iter().chain(AgentCommand::TAGS) {
        // What changes a conversation changes one of its own.
        let office = Office::open().await;
        for who in EVERYBODY {
            let expected = expected(tag, who).unwrap_or_else(|| {
                panic!("the frame {tag} has no expectation for {who:?}: add it to `expected`")
            });
            let before = office.rows().await;
            let outcome = try_it(&office, tag, who).await;
            assert_eq!(outcome, expected, "{tag} by {who:?}");
            if matches!(expected, Outcome::Refused(_) | Outcome::Closed(_)) {
                assert_eq!(office.rows().await, before, "{tag} by {who:?} left a trace");
            }
        }
    }
}

async fn try_it(office: &Office, tag: &str, who: Who) -> Outcome {
    let mut raw = office.connect(who).await;
    // Both are for those who read along.
    if matches!(tag, "typing" | "attend") && who != Who::Anonymous {
        raw.say_text(&command("watch", 900, office.conversation)).await;
        raw.reply(900).await;
    }
    outcome_of(&mut raw, &command(tag, 901, office.conversation)).await
}

/// What comes of a frame with the number 901.
pub async fn outcome_of(raw: &mut Raw, frame: &str) -> Outcome {
    raw.say_text(frame).await;
    // Something harmless behind it shows that there was no answer.
    raw.say_text(&command("unwatch", 902, ConversationId::from_parts(now(), random()))).await;
    loop {
        let heard = match raw.next().await {
            Ok(heard) => heard,
            Err(code) => {
                return Outcome::Closed(
                    CloseCode::from_code(code).unwrap_or_else(|| panic!("closed with {code}")),
                );
            }
        };
        match heard {
            Heard::Frame(Frame::Refused { id: Some(901) | None, code, .. }) => return Outcome::Refused(code),
            Heard::Frame(Frame::Done { id: 902 }) => return Outcome::Silence,
            Heard::Frame(frame @ (Frame::Acked { .. } | Frame::Done { .. } | Frame::Page { .. })) => {
                return Outcome::Reply(frame.tag());
            }
            Heard::Desk(frame) if matches!(frame.tag(), "list_page" | "feed_page") => {
                return Outcome::Reply(frame.tag());
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_elses_positions_are_resumed() {
    let office = Office::open().await;
    let resume = vec![Position { conversation: office.conversation, epoch: None, after: Seq(0) }];
    let mut other = Raw::visitor_at(&office.server, &new_token(), resume.clone()).await;
    let refused = other
        .until("an answer to the position", |heard| match heard {
            Heard::Frame(Frame::Refused { id, code, conversation, .. }) => Some((id, code, conversation)),
            Heard::Frame(Frame::Page { .. } | Frame::Entry { .. }) => panic!("somebody else's rows"),
            _ => None,
        })
        .await;
    assert_eq!(refused, (None, RefusalCode::NotFound, Some(office.conversation)));
    // And what comes later does not reach them either.
    let mut visitor = Raw::visitor_at(&office.server, &office.owner_of_it, resume).await;
    visitor.say_text(&command("send", 5, office.conversation)).await;
    visitor.reply(5).await;
    other.say_text(&command("unwatch", 6, office.conversation)).await;
    let heard = other.next().await.expect("a frame");
    assert!(matches!(heard, Heard::Frame(Frame::Done { id: 6 } | Frame::Beat { .. })), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_show_what_is_in_scope_and_nothing_else() {
    let office = Office::open().await;
    let mut outsider = Raw::agent_with_lists(&office.server, &office.outsider).await;
    let mut agent = Raw::agent_with_lists(&office.server, &office.agent).await;
    let page = |heard| match heard {
        Heard::Desk(deskbell_shared::protocol::DeskFrame::FeedPage { rows, .. }) => Some(rows.len()),
        _ => None,
    };
    assert_eq!(outsider.until("a page of the feed", page).await, 0);
    assert_eq!(agent.until("a page of the feed", page).await, 1);
    let mut visitor = Raw::visitor(&office.server, &office.owner_of_it).await;
    visitor.say_text(&command("send", 5, office.conversation)).await;
    visitor.reply(5).await;
    agent
        .until("the change", |heard| match heard {
            Heard::Desk(deskbell_shared::protocol::DeskFrame::ConversationChanged { summary, .. }) => {
                (summary.last_line == "from a send").then_some(())
            }
            _ => None,
        })
        .await;
    outsider.say_text(&command("unwatch", 6, office.conversation)).await;
    loop {
        match outsider.next().await.expect("a frame") {
            Heard::Frame(Frame::Done { id: 6 }) => break,
            Heard::Desk(desk) => panic!("out of scope: {desk:?}"),
            Heard::Frame(_) => {}
        }
    }
}

/// S70: access that is lost while connected is lost with the next row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_taken_out_of_an_inbox_is_refused_from_then_on() {
    let office = Office::open().await;
    let mut agent = Raw::agent(&office.server, &office.agent).await;
    agent.say_text(&command("watch", 1, office.conversation)).await;
    agent.reply(1).await;
    office.server.exclude(&office.agent);
    for tag in ["sync", "watch", "send", "resolve"] {
        agent.say_text(&command(tag, 2, office.conversation)).await;
        assert_eq!(agent.refusal(2).await, RefusalCode::NotFound, "{tag}");
    }
}

/// S70: the same for those who only listen. Any change to people or sites has every connection looked at anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_taken_out_of_an_inbox_hears_nothing_more() {
    let office = Office::open().await;
    let mut agent = Raw::agent(&office.server, &office.agent).await;
    agent.say_text(&command("watch", 1, office.conversation)).await;
    agent.reply(1).await;
    office.server.exclude(&office.agent);
    office.server.person("Nora", Role::Agent).await;
    let refused = agent
        .until("an answer about the conversation", |heard| match heard {
            Heard::Frame(Frame::Refused { id: None, code, conversation, .. }) => Some((code, conversation)),
            _ => None,
        })
        .await;
    assert_eq!(refused, (RefusalCode::NotFound, Some(office.conversation)));
    let mut visitor = Raw::visitor(&office.server, &office.owner_of_it).await;
    visitor.say_text(&command("send", 5, office.conversation)).await;
    visitor.reply(5).await;
    agent.say_text(&command("unwatch", 6, office.conversation)).await;
    agent
        .until("the answer", |heard| match heard {
            Heard::Frame(Frame::Entry { .. } | Frame::Page { .. }) => panic!("no longer theirs: {heard:?}"),
            Heard::Frame(Frame::Done { id: 6 }) => Some(()),
            _ => None,
        })
        .await;
}

/// A conversation that goes to another inbox is out of sight for those who may not see that one: at once, when they
/// come back later, and whatever is written in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_moved_out_of_sight_leaves_the_lists_and_is_told_no_more() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let edit = InboxEdit { name: "Back office".to_owned(), members: Vec::new(), hours: None, routing: None };
    let answer = http::post(server.port(), "/api/inboxes", Some(&server.owner().cookie), &edit).await;
    let back_office = answer.read::<InboxView>().id;
    let mut agent = Raw::agent_with_lists(&server, &mia).await;
    let start = agent
        .until("the lists", |heard| match heard {
            Heard::Desk(DeskFrame::FeedPage { epoch, upto, .. }) => Some((epoch, upto)),
            _ => None,
        })
        .await;
    let mut owner = Raw::agent(&server, server.owner()).await;
    for waits in [&mut agent, &mut owner] {
        waits.chooses(Availability::Away, None).await;
    }
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    let line = |heard| match heard {
        Heard::Desk(DeskFrame::ConversationChanged { summary, .. }) => Some(summary.feed),
        _ => None,
    };
    let seen = agent.until("its line", line).await;
    agent.say_text(&command("watch", 900, conversation)).await;
    agent.reply(900).await;
    let (agent_to, note) = (None, Some("for the back office".to_owned()));
    let (id, version, inbox) = (901, 0, Some(back_office));
    owner.say(&AgentCommand::Transfer { id, conversation, version, agent: agent_to, inbox, note }).await;
    let moved = owner.reply(901).await;
    assert!(matches!(moved, Heard::Frame(Frame::Done { .. })), "{moved:?}");
    let said = visitor.id() + 100;
    visitor.say_text(&command("send", said, conversation)).await;
    visitor.reply(said).await;
    let (mut is_gone, mut is_refused) = (false, false);
    agent
        .until("that it is gone", |heard| {
            match heard {
                Heard::Desk(DeskFrame::ConversationGone { conversation: gone, .. }) => {
                    is_gone |= gone == conversation;
                }
                Heard::Frame(Frame::Refused {
                    id: None,
                    code: RefusalCode::NotFound,
                    conversation: of,
                    ..
                }) => {
                    is_refused |= of == Some(conversation);
                }
                Heard::Frame(Frame::Entry { .. } | Frame::Page { .. }) => panic!("out of sight: {heard:?}"),
                Heard::Desk(DeskFrame::ConversationChanged { summary, .. }) => {
                    assert_eq!(summary.last_line, "hi", "out of sight");
                }
                _ => {}
            }
            (is_gone && is_refused).then_some(())
        })
        .await;
    // Whoever was away meanwhile hears of it from the place they had.
    let feed = Some(FeedPosition { epoch: Some(start.0), after: seen });
    let mut again = Raw::silent(server.port()).await;
    let ticket = agent_ticket(server.port(), &mia.cookie).await.expect("a ticket");
    again.say(&Command::Hello { version: 1, ticket, resume: Vec::new(), feed }).await;
    again
        .until("that it is gone", |heard| match heard {
            Heard::Desk(DeskFrame::ConversationGone { conversation: gone, .. }) => {
                (gone == conversation).then_some(())
            }
            Heard::Desk(DeskFrame::FeedPage { .. }) => panic!("gone is told before the lists: {heard:?}"),
            _ => None,
        })
        .await;
    // Who may see that inbox from now on begins anew, with all that is in it.
    let edit = InboxEdit { members: vec![mia.id], ..edit };
    let path = format!("/api/inboxes/{back_office}");
    http::post(server.port(), &path, Some(&server.owner().cookie), &edit).await;
    again
        .until("its lists anew", |heard| match heard {
            Heard::Desk(DeskFrame::FeedPage { reset: true, rows, .. }) => {
                rows.iter().any(|row| row.conversation.id == conversation).then_some(())
            }
            _ => None,
        })
        .await;
}
