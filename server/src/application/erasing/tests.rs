//! Retention by a clock that is moved, on the store of the server and with files on a disk.

use deskbell_shared::model::{
    AgentId, Cmid, ConversationId, Draft, EntryBody, FileId, InboxId, Role, Seq, SiteId, SiteLooks,
};

use super::*;
use crate::application::pictures::Pictures;
use crate::application::{Clock as _, ClockInHand};
use crate::store::accounts::{NewAgent, NewSite};
use crate::store::blobs::Blobs;
use crate::store::conversations::{Append, Resolve, Span, Start, Writer};
use crate::store::sqlite::SqliteStore;

const OLGA: AgentId = AgentId(1);
const SALES: InboxId = InboxId(2);
const SHOP: SiteId = SiteId(3);
const ANN: VisitorId = VisitorId(4);
const BOB: VisitorId = VisitorId(5);
const DAY: Duration = Duration::from_secs(86_400);

struct Shop {
    app: Arc<Application>,
    files: Arc<Files>,
    erasing: Erasing,
    clock: ClockInHand,
    data: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Shop {
        let data = tempfile::tempdir().unwrap();
        let clock = ClockInHand::at(UnixMillis(1_700_000_000_000));
        let store = SqliteStore::open(data.path(), &Default::default()).unwrap();
        let app = Arc::new(Application::new(Arc::new(store), Arc::new(clock.clone())));
        let (name, email, at) = ("Olga".to_owned(), "o@shop.example".to_owned(), clock.now());
        let owner = NewAgent { id: OLGA, name, email, password_hash: String::new(), role: Role::Owner, at };
        let looks = SiteLooks {
            name: "Shop".into(),
            colour: "#336699".into(),
            greeting: String::new(),
            style: Default::default(),
        };
        let site = NewSite { id: SHOP, inbox: SALES, key: "k".into(), looks, origins: Vec::new(), at };
        app.store.set_up(owner, site).await.unwrap();
        let files =
            Arc::new(Files::new(Arc::clone(&app), Blobs::open(data.path()).unwrap(), Pictures::new()));
        let erasing = Erasing::new(Arc::clone(&app), Arc::clone(&files), data.path());
        Shop { app, files, erasing, clock, data }
    }

    /// Everybody has one conversation, named after them.
    async fn starts(&self, visitor: VisitorId, text: &str) {
        let start = Start {
            conversation: ConversationId(visitor.0),
            visitor,
            site: SHOP,
            inbox: SALES,
            page: None,
            language: None,
            time_zone: None,
            about: None,
            messages: vec![Draft::new(Cmid(1), text)],
            at: self.clock.now(),
        };
        self.app.log.start(start).await.unwrap();
    }

    async fn sends_a_file(&self, visitor: VisitorId) -> FileId {
        let from = std::net::IpAddr::from([127, 0, 0, 1]).into();
        let upload = self.files.begin(Writer::Visitor(visitor), "bill.txt", from).unwrap();
        std::fs::write(&upload.path, format!("owed by {}", visitor.0)).unwrap();
        let file = self.files.keep(upload).await.unwrap().id;
        let messages = vec![Draft { file: Some(file), ..Draft::new(Cmid(2), "my bill") }];
        let (conversation, writer, at) =
            (ConversationId(visitor.0), Writer::Visitor(visitor), self.clock.now());
        self.app.log.append(Append { conversation, writer, messages, at }).await.unwrap();
        file
    }

    async fn ends(&self, visitor: VisitorId) {
        let (conversation, scope, at) =
            (ConversationId(visitor.0), Scope::Visitor(visitor), self.clock.now());
        self.app.log.resolve(Resolve { conversation, scope, at }).await.unwrap();
    }

    /// Each row by its place and what it says, or what became of it.
    async fn rows(&self, visitor: VisitorId) -> Vec<String> {
        let (scope, span) = (Scope::Agent(OLGA), Span::After(Seq(0)));
        let read = self.app.store.rows(scope, ConversationId(visitor.0), span).await.unwrap().unwrap();
        let said = |row: &deskbell_shared::model::Entry| match &row.body {
            EntryBody::Message { text, file, .. } => {
                format!("{} {text}{}", row.seq.0, if file.is_some() { " +file" } else { "" })
            }
            other => format!("{} {}", row.seq.0, other.tag()),
        };
        read.rows.iter().map(said).collect()
    }

    fn uploads(&self) -> usize {
        let folders = std::fs::read_dir(self.data.path().join("uploads")).unwrap();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }
}

#[tokio::test]
async fn what_is_too_old_by_the_clock_goes_and_its_place_stays() {
    let shop = Shop::open().await;
    let edit = RetentionEdit { inbox: SALES, messages_days: Some(30), files_days: Some(7) };
    shop.erasing.edit(By::SERVER, edit).await.unwrap();
    shop.starts(ANN, "hi").await;
    let file = shop.sends_a_file(ANN).await;
    shop.ends(ANN).await;
    shop.starts(BOB, "still here").await;
    shop.clock.passes(7 * DAY);
    assert!(!shop.erasing.retain().await.unwrap(), "to the last moment");
    assert_eq!(shop.uploads(), 1);

    shop.clock.passes(Duration::from_millis(1));
    let due = shop.erasing.retentions().await.unwrap().inboxes.remove(0);
    assert_eq!((due.messages_due, due.files_due), (0, 1), "told before it is done");
    assert!(shop.erasing.retain().await.unwrap());
    assert_eq!(shop.uploads(), 0, "the bytes, too");
    assert!(shop.files.find(Scope::Agent(OLGA), file).await.is_err());
    assert_eq!(shop.rows(ANN).await, ["1 hi", "2 my bill", "3 resolved"], "the words beside it stay");
    assert!(!shop.erasing.retain().await.unwrap(), "once");

    shop.clock.passes(23 * DAY);
    let due = shop.erasing.retentions().await.unwrap().inboxes.remove(0);
    assert_eq!((due.messages_due, due.files_due), (2, 0));
    assert!(shop.erasing.retain().await.unwrap());
    assert_eq!(shop.rows(ANN).await, ["1 erased", "2 erased", "3 resolved"]);
    assert_eq!(shop.rows(BOB).await, ["1 still here"], "what is open stays, however old");
    assert!(!shop.erasing.retain().await.unwrap(), "once");

    // A clock that was set back for a while erases nothing more, nor brings anything back.
    shop.clock.is_set(UnixMillis(1_600_000_000_000));
    assert!(!shop.erasing.retain().await.unwrap());
    assert_eq!(shop.rows(ANN).await, ["1 erased", "2 erased", "3 resolved"]);
}
