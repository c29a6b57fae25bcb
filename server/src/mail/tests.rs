//! The worker against the double of the store: what is tried, when, and what is made of a refusal.

use std::sync::Mutex;

use deskbell_shared::model::{
    AgentId, Cmid, ConversationId, Draft, EntryBody, InboxId, Role, Seq, SiteId, SiteLooks, UnixMillis,
    VisitorId,
};

use super::*;
use crate::application::{Clock as _, ClockInHand};
use crate::auth::Principal;
use crate::store::Scope;
use crate::store::Store;
use crate::store::accounts::{NewAgent, NewSite};
use crate::store::conversations::{Append, Claim, Span, Start, Writer};
use crate::store::mail::LeaveAddress;
use crate::store::memory::MemoryStore;

const OLGA: AgentId = AgentId(1);
const ANN: VisitorId = VisitorId(2);
const SHOP: SiteId = SiteId(3);
const SALES: InboxId = InboxId(4);
const TALK: ConversationId = ConversationId(5);

/// A mail server that answers as it is told, in turn; then it takes everything.
#[derive(Clone, Default)]
struct MailServer {
    answers: Arc<Mutex<Vec<Trouble>>>,
    taken: Arc<Mutex<Vec<String>>>,
    tried: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl Carrier for MailServer {
    async fn carry(&self, letter: Message) -> Result<(), Trouble> {
        let text = String::from_utf8(letter.formatted()).unwrap();
        let id = text.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
        self.tried.lock().unwrap().push(id);
        match self.answers.lock().unwrap().pop() {
            Some(trouble) => Err(trouble),
            None => {
                self.taken.lock().unwrap().push(text);
                Ok(())
            }
        }
    }
}

struct Office {
    post: Post,
    hands: ClockInHand,
    server: MailServer,
    cmid: u128,
}

impl Office {
    async fn open() -> Office {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let hands = ClockInHand::at(UnixMillis(1_700_000_000_000));
        let at = hands.now();
        let hash = "$argon2id$".to_owned();
        let olga = NewAgent {
            id: OLGA,
            name: "Olga".into(),
            email: "o@s.example".into(),
            password_hash: hash,
            role: Role::Owner,
            at,
        };
        let looks =
            SiteLooks { name: "Shop".into(), colour: "#336699".into(), greeting: "Hi".into(), style: None };
        let origins = vec!["https://shop.example".into()];
        store
            .set_up(olga, NewSite { id: SHOP, inbox: SALES, key: "k".into(), looks, origins, at })
            .await
            .unwrap();
        store.owe_mail(Some(Duration::from_secs(60)));
        let messages = vec![Draft::new(Cmid(1), "the visitor's very own words")];
        let start = Start {
            conversation: TALK,
            visitor: ANN,
            site: SHOP,
            inbox: SALES,
            page: None,
            language: None,
            time_zone: None,
            about: None,
            messages,
            at,
        };
        store.start(start).await.unwrap();
        let address = "ann@example.com".to_owned();
        store.leave_address(LeaveAddress { conversation: TALK, visitor: ANN, address, at }).await.unwrap();
        store.claim(Claim { conversation: TALK, agent: OLGA, version: 0, at }).await.unwrap();
        let server = MailServer::default();
        let post = Post {
            app: Arc::new(Application::new(store, Arc::new(hands.clone()))),
            carrier: Box::new(server.clone()),
            from: "chat@shop.example".into(),
            base: "https://chat.example".into(),
            host: "chat.example".into(),
            stops: MailStops::new([3; 32]),
        };
        Office { post, hands, server, cmid: 1 }
    }

    async fn olga_writes(&mut self, text: &str) {
        self.cmid += 1;
        let (messages, at) = (vec![Draft::new(Cmid(self.cmid), text)], self.hands.now());
        let append = Append { conversation: TALK, writer: Writer::Agent(OLGA), messages, at };
        self.post.app.log.append(append).await.unwrap();
    }

    async fn after(&self, span: Duration) -> usize {
        self.hands.passes(span);
        self.post.round().await.unwrap();
        self.server.taken.lock().unwrap().len()
    }

    /// What the log says of mails: whether each has failed.
    async fn noted(&self) -> Vec<bool> {
        let read =
            self.post.app.store.rows(Scope::Agent(OLGA), TALK, Span::After(Seq(0))).await.unwrap().unwrap();
        let mailed = read.rows.iter().filter_map(|row| match &row.body {
            EntryBody::Mailed { failed, .. } => Some(*failed == Some(true)),
            _ => None,
        });
        mailed.collect()
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_was_written_within_a_minute_goes_in_one_mail() {
    let mut office = Office::open().await;
    office.olga_writes("It is in the box.").await;
    assert_eq!(office.after(MINUTE / 2).await, 0);
    office.olga_writes("And the receipt, too.").await;
    assert_eq!(office.after(MINUTE / 2).await, 1);
    let mail = office.server.taken.lock().unwrap()[0].clone();
    assert!(mail.contains("It is in the box.") && mail.contains("And the receipt, too."));
    assert!(!mail.contains("very own words"), "nothing the visitor wrote is mailed");
    assert_eq!(office.noted().await, [false]);
    assert_eq!(office.after(MINUTE * 600).await, 1, "once");
}

#[tokio::test]
async fn while_the_visitor_is_there_nothing_is_mailed() {
    let mut office = Office::open().await;
    let ann = Principal::Visitor { id: ANN, site: SHOP, inbox: SALES, session: None };
    let joined = office.post.app.hub.join(ann).unwrap();
    office.olga_writes("hello").await;
    assert_eq!(office.after(MINUTE * 3).await, 0);
    assert_eq!(office.after(MINUTE * 3).await, 0);
    drop(joined);
    assert_eq!(office.noted().await, Vec::<bool>::new());
}

#[tokio::test]
async fn trouble_is_met_with_patience_under_one_id() {
    let mut office = Office::open().await;
    *office.server.answers.lock().unwrap() = vec![Trouble::Later("451".into()); 3];
    office.olga_writes("hello").await;
    let mut tries = Vec::new();
    for _ in 0..5 {
        office.after(MINUTE * 2).await;
        tries.push(office.server.tried.lock().unwrap().len());
    }
    assert_eq!(tries, [1, 2, 3, 3, 4], "after one minute, two, four");
    office.after(MINUTE * 60).await;
    let tried = office.server.tried.lock().unwrap().clone();
    assert_eq!(tried.len(), 4);
    assert!(tried.iter().all(|id| *id == tried[0]), "{tried:?}");
    assert_eq!(office.noted().await, [false]);
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_given_up_in_sight() {
    let mut office = Office::open().await;
    *office.server.answers.lock().unwrap() = vec![Trouble::Never("550".into())];
    office.olga_writes("hello").await;
    office.after(MINUTE).await;
    assert_eq!(office.noted().await, [true], "at once, when it was refused for good");
    *office.server.answers.lock().unwrap() = vec![Trouble::Later("451".into()); 100];
    office.olga_writes("hello again").await;
    for _ in 0..TRIES_MAX {
        office.after(RETRY_MAX).await;
    }
    assert_eq!(office.noted().await, [true, true]);
    assert_eq!(office.server.tried.lock().unwrap().len() as u32, 1 + TRIES_MAX);
}
