//! What agents write for each other never reaches a visitor: not in a frame, not in a list, not in a count, on no page.
//! Every text that a visitor's client can get at is looked through for a word that stands in notes only.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Audience, ConversationId, Draft, EntryBody, Seq};
use deskbell_shared::protocol::{AgentCommand, Command, Frame, Position, RefusalCode};

use crate::support::http::{Request, own_page, send};
use crate::support::raw::draft;
use crate::support::server::{Account, new_token};
use crate::support::{Heard, Raw, Server};

/// Stands in notes only.
const CANARY: &str = "canary-7f3a";

struct Talk {
    server: Server,
    token: String,
    agent: Account,
    conversation: ConversationId,
}

impl Talk {
    async fn open() -> Talk {
        let server = Server::start().await;
        let (agent, token) = (server.agent("Mia").await, new_token());
        let mut visitor = Raw::visitor(&server, &token).await;
        let conversation = visitor.starts(&["hello"]).await;
        Raw::agent(&server, &agent).await.claims(conversation).await;
        Talk { server, token, agent, conversation }
    }

    async fn visitor(&self) -> Raw {
        Raw::visitor(&self.server, &self.token).await
    }
}

fn note(text: &str) -> Draft {
    Draft { audience: Some(Audience::Staff), ..draft(text) }
}

async fn writes(raw: &mut Raw, conversation: ConversationId, messages: Vec<Draft>) -> Heard {
    let id = raw.id();
    raw.say(&Command::Send { id, conversation, messages }).await;
    raw.reply(id).await
}

/// Everything that comes in until the reply to a harmless command, as it came in.
async fn texts_until_quiet(raw: &mut Raw, conversation: ConversationId) -> Vec<String> {
    let id = raw.id();
    let end = Command::Sync { id, conversation, after: Some(Seq(0)), before: None };
    raw.say(&end).await;
    let mut texts = Vec::new();
    loop {
        let text = raw.next_text().await.expect("a frame");
        let is_end = Frame::from_text(&text)
            .is_ok_and(|frame| matches!(frame, Frame::Page { id: Some(reply), .. } if reply == id));
        texts.push(text);
        if is_end {
            return texts;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_that_a_visitor_gets_holds_a_note() {
    let talk = Talk::open().await;
    let mut visitor = talk.visitor().await;
    let id = visitor.id();
    let position = Position { conversation: talk.conversation, epoch: None, after: Seq(0) };
    visitor.say(&Command::Watch { id, position: position.clone() }).await;
    visitor.reply(id).await;

    let mut mia = Raw::agent(&talk.server, &talk.agent).await;
    let mut ben = Raw::agent_with_lists(&talk.server, &talk.server.agent("Ben").await).await;
    let said = vec![note(&format!("{CANARY} one")), draft("good day"), note(&format!("{CANARY} two"))];
    writes(&mut mia, talk.conversation, said).await;
    // A colleague who does not have it notes, too; and the visitor writes behind it.
    let noted = writes(&mut ben, talk.conversation, vec![note(&format!("{CANARY} three"))]).await;
    assert!(matches!(noted, Heard::Frame(Frame::Acked { refused: None, .. })), "{noted:?}");
    let answered = writes(&mut visitor, talk.conversation, vec![draft("thank you")]).await;
    let Heard::Frame(Frame::Acked { acks, .. }) = answered else { panic!("{answered:?}") };
    assert_eq!(acks[0].seq, Seq(4), "the visitor's own count knows of no note");

    let live = texts_until_quiet(&mut visitor, talk.conversation).await;
    let resumed = Raw::visitor_at(&talk.server, &talk.token, vec![position]).await;
    let mut resumed = resumed;
    let later = texts_until_quiet(&mut resumed, talk.conversation).await;
    assert!(live.iter().any(|text| text.contains("good day")), "the answer came live");
    for text in live.iter().chain(&later) {
        assert!(!text.contains(CANARY), "a note reached the visitor: {text}");
        assert!(!text.contains("\"note\""), "so did the news that there is one: {text}");
    }
    let rows = visitor.transcript(talk.conversation).await;
    let places: Vec<u64> = rows.iter().map(|row| row.seq.0).collect();
    assert_eq!(places, [1, 2, 3, 4], "no hole tells of a note");

    // The form for browsers without scripts reads the same rows.
    let mut headers = own_page(talk.server.port(), None);
    let cookie = format!("__Host-deskbell_visitor_{}={}", talk.server.port(), talk.token);
    headers.push(("cookie", cookie));
    let path = format!("/w/{}/plain", talk.server.site_key());
    let page = send(talk.server.port(), Request { method: "GET", path: &path, headers, body: String::new() });
    let page = page.await;
    assert!(page.body.contains("good day"), "{}", page.body);
    assert!(!page.body.contains(CANARY), "{}", page.body);

    // Staff read all of it, and the line in the lists is the visitor's.
    let notes = mia.transcript(talk.conversation).await;
    assert_eq!(notes.iter().filter(|row| matches!(row.body, EntryBody::Note { .. })).count(), 3);
    let summary = ben
        .until("the line", |heard| match heard {
            Heard::Desk(deskbell_shared::protocol::DeskFrame::ConversationChanged { summary, .. }) => {
                assert!(!summary.to_text().contains(CANARY), "{summary:?}");
                (summary.last_line == "thank you").then_some(summary)
            }
            _ => None,
        })
        .await;
    assert_eq!(summary.unread, 2, "notes are nobody's unread messages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_does_not_open_what_was_resolved_and_a_visitor_writes_none() {
    let talk = Talk::open().await;
    let mut mia = Raw::agent(&talk.server, &talk.agent).await;
    let id = mia.id();
    mia.say(&Command::Resolve { id, conversation: talk.conversation }).await;
    mia.reply(id).await;
    let noted = writes(&mut mia, talk.conversation, vec![note(CANARY)]).await;
    assert!(matches!(noted, Heard::Frame(Frame::Acked { refused: None, .. })), "{noted:?}");
    let id = mia.id();
    // Taking it up again succeeds only for what is resolved, or one's own.
    mia.say(&AgentCommand::Claim { id, conversation: talk.conversation, version: 2 }).await;
    assert_eq!(mia.refusal(id).await, RefusalCode::Conflict);
    let mut visitor = talk.visitor().await;
    let id = visitor.id();
    let messages = vec![note("from outside")];
    visitor.say(&Command::Send { id, conversation: talk.conversation, messages }).await;
    assert_eq!(visitor.refusal(id).await, RefusalCode::NotAllowed);
}
