//! The relay on the double of the store, in virtual time where that helps.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{
    AgentId, Closed, Cmid, ConversationId, Draft, Hours, InboxId, Role, Seq, Service, SiteId, SiteLooks,
    UnixMillis, VisitorId, WeekSpan,
};
use deskbell_shared::protocol::{CloseCode, Command, Frame, RefusalCode, VERSION};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, protocol as ws};

use super::*;
use crate::application::ClockInHand;
use crate::auth::Principal;
use crate::bus::Mailbox;
use crate::store::accounts::{NewAgent, NewSite};
use crate::store::memory::MemoryStore;
use crate::store::team::InboxChange;
use crate::store::{AccountStore as _, TeamStore as _};

#[test]
fn an_address_is_cut_before_it_is_logged() {
    let told = |text: &str| PeerAddress(text.parse().unwrap()).to_string();
    assert_eq!(told("203.0.113.77"), "203.0.113.0/24");
    assert_eq!(told("::ffff:203.0.113.77"), "203.0.113.0/24");
    assert_eq!(told("2001:db8:7:1234:5678::9"), "2001:db8:7::/48");
    assert_eq!(format!("{:?}", PeerAddress("203.0.113.77".parse().unwrap())), "203.0.113.0/24");
}

const INBOX: InboxId = InboxId(2);
const MINUTE: i64 = 60_000;
/// 2026-11-23, a Monday, at nine.
const NINE: i64 = 1_795_424_400_000;

/// An owner and a site; returns a visitor of it.
async fn set_up(store: &MemoryStore) -> Principal {
    let at = UnixMillis(0);
    let (name, email, hash) = ("Olga".to_owned(), "o@shop.example".to_owned(), String::new());
    let owner = NewAgent { id: AgentId(1), name, email, password_hash: hash, role: Role::Owner, at };
    let looks = SiteLooks {
        name: "Shop".into(),
        colour: String::new(),
        greeting: String::new(),
        style: Default::default(),
    };
    let site = NewSite { id: SiteId(3), inbox: INBOX, key: "k".into(), looks, origins: Vec::new(), at };
    store.set_up(owner, site).await.unwrap();
    Principal::Visitor { id: VisitorId(9), site: SiteId(3), inbox: INBOX, session: None }
}

/// What was said last, if anything was said since.
fn told(mailbox: &Mailbox) -> Option<Service> {
    let (_, frame) = mailbox.take().signs.services.pop()?;
    match Frame::from_text(std::str::from_utf8(&frame).unwrap()).unwrap() {
        Frame::ServiceChanged { service, .. } => Some(service),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn visitors_are_told_at_the_minute_an_inbox_opens_and_closes() {
    let nine = NINE;
    let (five, next_nine) = (nine + 8 * 60 * MINUTE, nine + 24 * 60 * MINUTE);
    let clock = ClockInHand::at(UnixMillis(nine - MINUTE));
    let store = MemoryStore::new();
    let visitor = set_up(&store).await;
    let week = (0..7).map(|day| WeekSpan { day, from: 9 * 60, to: 17 * 60 }).collect();
    let hours = Some(Hours { zone: "UTC".into(), week, holidays: Vec::new() });
    let change = InboxChange { name: "Sales".into(), members: vec![AgentId(1)], hours, routing: None };
    store.edit_inbox(INBOX, change, UnixMillis(0)).await.unwrap();
    let app = Arc::new(Application::new(Arc::new(store), Arc::new(clock.clone())));
    let joined = app.hub.join(visitor).ok().unwrap();
    tokio::spawn(keep_presence(app.clone()));
    // Longer than the clock is not looked at.
    let look = || tokio::time::sleep(Duration::from_secs(60));
    look().await;
    let until = |at: i64| Some(Closed { until: Some(UnixMillis(at)) });
    assert_eq!(told(&joined.mailbox).expect("the first word").closed, until(nine));
    clock.is_set(UnixMillis(nine - 1));
    look().await;
    assert_eq!(told(&joined.mailbox), None, "not a moment early");
    clock.is_set(UnixMillis(nine));
    look().await;
    assert_eq!(told(&joined.mailbox).expect("it opens").closed, None);
    clock.is_set(UnixMillis(five - 1));
    look().await;
    assert_eq!(told(&joined.mailbox), None);
    clock.is_set(UnixMillis(five));
    look().await;
    assert_eq!(told(&joined.mailbox).expect("it closes").closed, until(next_nine));
    // A clock that jumps over a whole day ends where it should.
    clock.is_set(UnixMillis(next_nine + MINUTE));
    look().await;
    assert_eq!(told(&joined.mailbox).expect("it is open").closed, None);
}

/// One socket of a visitor, without a network.
struct Talk(WebSocketStream<tokio::io::DuplexStream>);

impl Talk {
    async fn opens(app: &Arc<Application>, visitor: Principal) -> Talk {
        let (near, far) = tokio::io::duplex(1 << 20);
        tokio::spawn(serve_stream(app.clone(), far, PeerAddress([127, 0, 0, 1].into())));
        let mut talk = Talk(WebSocketStream::from_raw_socket(near, ws::Role::Client, None).await);
        let ticket = app.tickets.issue(visitor, app.now()).unwrap();
        talk.says(&Command::Hello { version: VERSION, ticket, resume: Vec::new(), feed: None }).await;
        talk.until(|frame| matches!(frame, Frame::Welcome { .. }).then_some(())).await.unwrap();
        talk
    }

    async fn says(&mut self, command: &Command) {
        let _ = self.0.send(Message::text(command.to_text())).await;
    }

    /// The frame that is waited for, or the code of the close that came before.
    async fn until<T>(&mut self, wanted: impl Fn(&Frame) -> Option<T>) -> Result<T, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    if let Some(found) = wanted(&Frame::from_text(text.as_str()).unwrap()) {
                        return Ok(found);
                    }
                }
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }
}

/// More than a client may overstep, less than it may say.
const MARKS: usize = 40;

#[tokio::test]
async fn marks_that_cannot_be_stored_are_no_fault_of_the_client() {
    let store = MemoryStore::new();
    let visitor = set_up(&store).await;
    let app =
        Arc::new(Application::new(Arc::new(store.clone()), Arc::new(ClockInHand::at(UnixMillis(NINE)))));
    let mut talk = Talk::opens(&app, visitor).await;
    let (conversation, messages) = (ConversationId(7), vec![Draft::new(Cmid(1), "hi")]);
    talk.says(&Command::start(1, conversation, messages)).await;
    talk.until(|frame| matches!(frame, Frame::Acked { .. }).then_some(())).await.unwrap();
    store.goes_away(true);
    let refusal = |frame: &Frame| match frame {
        Frame::Refused { id: None, code, .. } => Some(*code),
        _ => None,
    };
    let mark = |conversation| Command::Mark { conversation, received: Seq(1), read: Seq(1) };
    for _ in 0..MARKS {
        talk.says(&mark(conversation)).await;
        assert_eq!(talk.until(refusal).await, Ok(RefusalCode::Unavailable), "told to try again later");
    }
    store.goes_away(false);
    talk.says(&mark(conversation)).await;
    let read = |frame: &Frame| match frame {
        Frame::Cursor { marks, .. } => Some(marks.visitor_read),
        _ => None,
    };
    assert_eq!(talk.until(read).await, Ok(Seq(1)), "the connection lives, and the mark is stored now");
    // Whoever marks what is not theirs oversteps, and is put out.
    let mut strikes = Vec::new();
    for _ in 0..MARKS {
        talk.says(&mark(ConversationId(99))).await;
        strikes.push(talk.until(refusal).await);
    }
    assert_eq!(strikes.first(), Some(&Ok(RefusalCode::NotFound)));
    assert!(strikes.contains(&Err(CloseCode::Abuse.code())), "{strikes:?}");
}

/// Offers messages one after another; waits as long as it is told to, or a part of it. Returns how many were taken.
async fn offers(talk: &mut Talk, clock: &ClockInHand, count: u128, patience: f64) -> Result<u128, u16> {
    let conversation = ConversationId(7);
    let (mut at, mut cmid) = (NINE, 1);
    let mut id = 1;
    while cmid <= count {
        id += 1;
        let messages = vec![Draft::new(Cmid(cmid), "again")];
        talk.says(&Command::Send { id, conversation, messages }).await;
        let wait = talk.until(|frame| match frame {
            Frame::Acked { refused, .. } => Some(refused.as_ref().and_then(|no| no.retry_after_ms)),
            _ => None,
        });
        match wait.await? {
            Some(wait) => at += (f64::from(wait) * patience) as i64,
            None => cmid += 1,
        }
        clock.is_set(UnixMillis(at));
    }
    Ok(cmid - 1)
}

#[tokio::test]
async fn who_waits_as_long_as_told_may_offer_hundreds_and_who_does_not_is_put_out() {
    for (patience, expected) in [(1.0, Ok(300)), (0.2, Err(CloseCode::Abuse.code()))] {
        let store = MemoryStore::new();
        let visitor = set_up(&store).await;
        let clock = ClockInHand::at(UnixMillis(NINE));
        let app = Arc::new(Application::new(Arc::new(store), Arc::new(clock.clone())));
        let mut talk = Talk::opens(&app, visitor).await;
        let (conversation, messages) = (ConversationId(7), vec![Draft::new(Cmid(900), "hi")]);
        talk.says(&Command::start(1, conversation, messages)).await;
        talk.until(|frame| matches!(frame, Frame::Acked { .. }).then_some(())).await.unwrap();
        assert_eq!(offers(&mut talk, &clock, 300, patience).await, expected, "patience {patience}");
    }
}
