//! Answers to press over real sockets: only agents send them, only in messages, only as many and as long as they may be;
//! they reach the visitor, outlast an edit and an absence, and are gone with what is taken back.

use deskbell_shared::model::{Audience, ConversationId, Draft, Entry, Seq};
use deskbell_shared::protocol::limits::{CHOICE_CHARS_MAX, CHOICES_MAX};
use deskbell_shared::protocol::{Command, Frame, Position, RefusalCode};

use crate::support::http::{Request, own_page, send};
use crate::support::raw::draft;
use crate::support::server::new_token;
use crate::support::{Heard, Raw, Server};

fn asking(choices: &[&str]) -> Draft {
    Draft { choices: Some(choices.iter().map(|choice| (*choice).to_owned()).collect()), ..draft("which?") }
}

/// What became of one message: its place, or why it was not taken.
async fn sends(raw: &mut Raw, conversation: ConversationId, message: Draft) -> Result<Seq, RefusalCode> {
    let id = raw.id();
    raw.say(&Command::Send { id, conversation, messages: vec![message] }).await;
    match raw.reply(id).await {
        Heard::Frame(Frame::Acked { refused: Some(refused), .. }) => Err(refused.code),
        Heard::Frame(Frame::Acked { acks, .. }) => Ok(acks[0].seq),
        other => panic!("{other:?}"),
    }
}

fn offered(rows: &[Entry]) -> Vec<String> {
    rows.iter().map(|row| row.body.choices().join("|")).filter(|choices| !choices.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_can_be_pressed_is_taken_and_only_of_agents() {
    let server = Server::start().await;
    let (mia, token) = (server.agent("Mia").await, new_token());
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["hello"]).await;
    let mut agent = Raw::agent(&server, &mia).await;
    agent.claims(conversation).await;

    let refused = sends(&mut visitor, conversation, asking(&["me too"])).await;
    assert_eq!(refused, Err(RefusalCode::NotAllowed), "a visitor");
    let mut stranger = Raw::visitor(&server, &new_token()).await;
    let (id, fresh) = (stranger.id(), ConversationId::from_parts(Default::default(), [7; 10]));
    let start = Command::start(id, fresh, vec![asking(&["me too"])]);
    stranger.say(&start).await;
    let heard = stranger.reply(id).await;
    let Heard::Frame(Frame::Acked { acks, refused: Some(refused), .. }) = heard else { panic!("{heard:?}") };
    assert_eq!((acks.len(), refused.code), (0, RefusalCode::NotAllowed), "nor one who begins");
    let note = Draft { audience: Some(Audience::Staff), ..asking(&["for whom?"]) };
    assert_eq!(sends(&mut agent, conversation, note).await, Err(RefusalCode::Invalid), "a note");

    let many: Vec<String> = (0..=CHOICES_MAX).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "é".repeat(CHOICE_CHARS_MAX + 1);
    for (choices, code) in [
        (&many[..], RefusalCode::TooLong),
        (&["yes", &long], RefusalCode::TooLong),
        (&[], RefusalCode::Empty),
        (&["yes", "\t "], RefusalCode::Empty),
        (&["yes", "yes"], RefusalCode::Invalid),
        (&["two\nlines"], RefusalCode::Invalid),
    ] {
        assert_eq!(sends(&mut agent, conversation, asking(choices)).await, Err(code), "{choices:?}");
    }
    assert_eq!(visitor.transcript(conversation).await.len(), 2, "none of it was stored");
    let fits = [&many[..CHOICES_MAX - 1], &[&long[..CHOICE_CHARS_MAX * 2]]].concat();
    assert_eq!(sends(&mut agent, conversation, asking(&fits)).await, Ok(Seq(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_reach_the_visitor_and_outlast_an_edit_and_an_absence() {
    let server = Server::start().await;
    let (mia, token) = (server.agent("Mia").await, new_token());
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["hello"]).await;
    let mut agent = Raw::agent(&server, &mia).await;
    agent.claims(conversation).await;
    let asked = asking(&["green", "black <tea>"]);
    let message = asked.cmid;
    sends(&mut agent, conversation, asked).await.unwrap();
    let live = visitor
        .until("the question", |heard| match heard {
            Heard::Frame(Frame::Entry { entry, .. }) if !entry.body.choices().is_empty() => {
                Some(entry.body.choices().join("|"))
            }
            _ => None,
        })
        .await;
    assert_eq!(live, "green|black <tea>");
    drop(visitor);

    let id = agent.id();
    agent.say(&Command::Edit { id, conversation, message, text: "which one?".into() }).await;
    assert!(matches!(agent.reply(id).await, Heard::Frame(Frame::Done { .. })));
    let position = Position { conversation, epoch: None, after: Seq(0) };
    let mut visitor = Raw::visitor_at(&server, &token, vec![position]).await;
    assert_eq!(offered(&visitor.page().await), ["green|black <tea>"]);

    // Without scripts they are buttons too, and what is pressed is a message; what was being written stays.
    let mut headers = own_page(server.port(), None);
    headers.push(("cookie", format!("__Host-deskbell_visitor_{}={token}", server.port())));
    let path = format!("/w/{}/plain", server.site_key());
    let asked = Request { method: "GET", path: &path, headers: headers.clone(), body: String::new() };
    let page = send(server.port(), asked).await.body;
    assert!(page.contains("name=\"choice\" value=\"black &lt;tea&gt;\""), "{page}");
    let secret =
        page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let body = format!("token={secret}&text=half+a+word&choice=black+%3Ctea%3E");
    headers.retain(|(name, _)| *name != "content-type");
    headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    let pressed = send(server.port(), Request { method: "POST", path: &path, headers, body }).await.body;
    assert!(pressed.contains("half a word</textarea>"), "{pressed}");
    assert!(!pressed.contains("name=\"choice\""), "it was answered: {pressed}");
    let rows = agent.transcript(conversation).await;
    assert_eq!(rows.last().map(|row| row.body.words()), Some("black <tea>"));

    let id = agent.id();
    agent.say(&Command::Withdraw { id, conversation, message }).await;
    assert!(matches!(agent.reply(id).await, Heard::Frame(Frame::Done { .. })));
    assert!(offered(&visitor.transcript(conversation).await).is_empty());
    assert!(offered(&agent.transcript(conversation).await).is_empty());
}
