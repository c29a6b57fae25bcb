//! Several inboxes to choose from on one site, over real sockets: where a conversation lands, who is refused, and what is told
//! of whom.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{
    Availability, ConversationId, InboxId, Seq, Service, SiteInbox, SiteView, Worded,
};
use deskbell_shared::protocol::api::{
    Failure, InboxEdit, InboxIdentityEdit, InboxView, InboxesView, SiteEdit, SitesView,
};
use deskbell_shared::protocol::{CloseCode, Command, DeskFrame, Frame, Position, RefusalCode};

use crate::support::http::{Answer, get, post};
use crate::support::raw::draft;
use crate::support::server::{Account, new_token};
use crate::support::{Heard, Raw, Server, now, random};

/// A shop with an inbox for help, which is its main one, and another for sales.
struct Shop {
    server: Server,
    help: InboxId,
    sales: InboxId,
    mia: Account,
    noah: Account,
}

impl Shop {
    /// Mia answers in one, Noah in the other.
    async fn opens() -> Shop {
        let server = Server::start().await;
        let (mia, noah) = (server.agent("Mia").await, server.agent("Noah").await);
        let help = inboxes(&server).await.remove(0);
        let shop = Shop { help: help.id, sales: InboxId(0), mia, noah, server };
        shop.edits_inbox(&format!("/api/inboxes/{}", shop.help), "Help", &shop.mia).await;
        let sales: InboxView = shop.edits_inbox("/api/inboxes", "Sales", &shop.noah).await.read();
        Shop { sales: sales.id, ..shop }
    }

    async fn edits_inbox(&self, path: &str, name: &str, of: &Account) -> Answer {
        let edit = InboxEdit { name: name.into(), members: vec![of.id], hours: None, routing: None };
        let answer = post(self.server.port(), path, Some(&self.server.owner().cookie), &edit).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    async fn offers(&self, inboxes: &[(InboxId, &str)]) -> Answer {
        let cookie = Some(self.server.owner().cookie.as_str());
        let sites: SitesView = get(self.server.port(), "/api/sites", cookie).await.read();
        let SiteView { id, looks, origins, .. } = sites.sites.into_iter().next().expect("a site");
        let label = Worded { text: String::new(), others: Vec::new() };
        let one = |(inbox, key): &(InboxId, &str)| SiteInbox {
            inbox: *inbox,
            key: (*key).to_owned(),
            label: label.clone(),
        };
        let inboxes = Some(inboxes.iter().map(one).collect());
        let edit = SiteEdit { looks, origins, inbox: None, inboxes };
        post(self.server.port(), &format!("/api/sites/{id}"), cookie, &edit).await
    }

    async fn offers_both(&self) {
        assert_eq!(self.offers(&[(self.help, "help"), (self.sales, "sales")]).await.status, 200);
    }

    async fn takes_verified_only(&self, inbox: InboxId) {
        let path = format!("/api/inboxes/{inbox}/identity");
        let edit = InboxIdentityEdit { verified_only: true };
        let answer = post(self.server.port(), &path, Some(&self.server.owner().cookie), &edit).await;
        assert_eq!(answer.status, 200);
    }

    /// Comes as a visitor until these are the inboxes to choose from: what an owner decides reaches those who come within
    /// moments, and has those come back who came while it was decided: so it is asked twice.
    async fn visited(&self, wanted: &[InboxId]) -> Raw {
        let mut is_settled = false;
        loop {
            let mut visitor = Raw::visitor(&self.server, &new_token()).await;
            // What there is to choose is told before anything that is asked for.
            let (id, conversation) = (visitor.id(), ConversationId(1));
            visitor.say(&Command::Unwatch { id, conversation }).await;
            let mut told = Vec::new();
            let is_over = visitor.until_closed_or(|heard| match heard {
                Heard::Frame(Frame::ServiceChanged { inbox: Some(inbox), .. }) => {
                    told.push(inbox);
                    false
                }
                Heard::Frame(Frame::Done { id: of }) => of == id,
                _ => false,
            });
            let is_over = is_over.await;
            if told == wanted && is_over && is_settled {
                return visitor;
            }
            is_settled = told == wanted && is_over;
        }
    }

    /// A visitor who has sales to choose, too. The inbox of the ticket comes last.
    async fn visitor(&self) -> Raw {
        self.visited(&[self.sales, self.help]).await
    }
}

async fn inboxes(server: &Server) -> Vec<InboxView> {
    let all: InboxesView = get(server.port(), "/api/inboxes", Some(&server.owner().cookie)).await.read();
    all.inboxes
}

/// Begins a conversation in an inbox; the reply.
async fn begins(visitor: &mut Raw, inbox: Option<InboxId>, text: &str) -> (ConversationId, Heard) {
    let (id, conversation) = (visitor.id(), ConversationId::from_parts(now(), random()));
    let start = Command::Start {
        id,
        conversation,
        messages: vec![draft(text)],
        page: None,
        language: None,
        time_zone: None,
        about: None,
        inbox,
    };
    visitor.say(&start).await;
    let reply = visitor.reply(id).await;
    (conversation, reply)
}

async fn refused(visitor: &mut Raw, inbox: InboxId) -> (RefusalCode, Option<ConversationId>) {
    match begins(visitor, Some(inbox), "hello").await.1 {
        Heard::Frame(Frame::Refused { code, conversation, .. }) => (code, conversation),
        other => panic!("not refused: {other:?}"),
    }
}

async fn begun(visitor: &mut Raw, inbox: Option<InboxId>, text: &str) -> ConversationId {
    let (conversation, reply) = begins(visitor, inbox, text).await;
    assert!(matches!(reply, Heard::Frame(Frame::Acked { refused: None, .. })), "{reply:?}");
    conversation
}

/// The next conversation that comes up in an agent's list, and its inbox.
async fn comes_up(desk: &mut Raw) -> (ConversationId, InboxId) {
    desk.until("a line of the list", |heard| match heard {
        Heard::Desk(DeskFrame::ConversationChanged { summary, .. }) => {
            Some((summary.conversation.id, summary.conversation.inbox))
        }
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_conversation_lands_where_its_visitor_chose_and_nobody_else_sees_it() {
    let shop = Shop::opens().await;
    shop.offers_both().await;
    let mut visitor = shop.visitor().await;
    let mut mia = Raw::agent_with_lists(&shop.server, &shop.mia).await;
    let mut noah = Raw::agent_with_lists(&shop.server, &shop.noah).await;
    let to_sales = begun(&mut visitor, Some(shop.sales), "what does it cost?").await;
    let to_help = begun(&mut visitor, Some(shop.help), "where is my parcel?").await;
    assert_eq!(comes_up(&mut noah).await, (to_sales, shop.sales));
    // The first that Mia hears of at all is the second.
    assert_eq!(comes_up(&mut mia).await, (to_help, shop.help));
    let (id, position) = (mia.id(), Position { conversation: to_sales, epoch: None, after: Seq(0) });
    mia.say(&Command::Watch { id, position }).await;
    assert_eq!(mia.refusal(id).await, RefusalCode::NotFound);
    // One in each, and no second.
    assert_eq!(refused(&mut visitor, shop.sales).await, (RefusalCode::AlreadyOpen, Some(to_sales)));
    assert_eq!(refused(&mut visitor, shop.help).await, (RefusalCode::AlreadyOpen, Some(to_help)));
    let (_, reply) = begins(&mut visitor, None, "and without a choice").await;
    let Heard::Frame(Frame::Refused { code, conversation, .. }) = reply else { panic!("{reply:?}") };
    assert_eq!((code, conversation), (RefusalCode::AlreadyOpen, Some(to_help)), "that of the ticket");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_site_does_not_offer_this_visitor_cannot_be_chosen() {
    let shop = Shop::opens().await;
    let mut visitor = shop.visited(&[]).await;
    assert_eq!(refused(&mut visitor, shop.sales).await.0, RefusalCode::NotFound);
    let elsewhere = InboxId(77);
    assert_eq!(refused(&mut visitor, elsewhere).await.0, RefusalCode::NotFound);
    // Offered, and for verified visitors only: it is not among what this one is told of, nor taken.
    shop.offers_both().await;
    let mut visitor = shop.visitor().await;
    shop.takes_verified_only(shop.sales).await;
    let closed = visitor.closed().await;
    assert_eq!(closed, CloseCode::TicketExpired.code());
    let mut visitor = shop.visited(&[shop.help]).await;
    assert_eq!(refused(&mut visitor, shop.sales).await.0, RefusalCode::NotAllowed);
    begun(&mut visitor, Some(shop.help), "hello").await;
    // Where its conversations land otherwise has to be one of them, and what is said has to be right.
    for wrong in [vec![(shop.sales, "sales")], vec![(shop.help, "help"), (shop.sales, "Sales!")]] {
        let answer = shop.offers(&wrong).await;
        let failure = Failure::from_text(&answer.body).expect("a failure");
        assert_eq!((answer.status, failure.field.as_deref()), (422, Some("inboxes")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_hears_who_is_there_in_the_inbox_where_somebody_is() {
    let shop = Shop::opens().await;
    shop.offers_both().await;
    let mut visitor = shop.visitor().await;
    let mut noah = Raw::agent(&shop.server, &shop.noah).await;
    noah.chooses(Availability::Available, Some(4)).await;
    // Of sales when somebody comes to it, and not of the other; each once.
    let mut heard = async |wanted: fn(&Service) -> bool| {
        visitor
            .until("who is there", |heard| match heard {
                Heard::Frame(Frame::ServiceChanged { service, inbox }) => wanted(&service).then_some(inbox),
                _ => None,
            })
            .await
    };
    assert_eq!(heard(|service| service.online).await, Some(shop.sales));
    let mut mia = Raw::agent(&shop.server, &shop.mia).await;
    mia.chooses(Availability::Available, Some(4)).await;
    assert_eq!(heard(|service| service.online).await, Some(shop.help));
    noah.chooses(Availability::Away, None).await;
    assert_eq!(heard(|service| !service.online).await, Some(shop.sales));
}
