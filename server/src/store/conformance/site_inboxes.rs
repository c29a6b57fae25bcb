//! Several inboxes to choose from on one site.

use deskbell_shared::model::{InboxId, SiteInbox, Worded, Wording};
use deskbell_shared::protocol::RefusalCode::{AlreadyOpen, NotAllowed, NotFound};

use super::Backend;
use super::story::{
    ANN, ANN_AT_BLOG, BLOG, BOB, C1, C2, C3, PRESS, SALES, SHOP, Story, acks, assert_refused, site,
};
use crate::store::accounts::{NewSite, SiteChange};
use crate::store::{Fault, Refusal, Stored};

fn one(inbox: InboxId, key: &str) -> SiteInbox {
    let others = vec![Wording { language: "ar".into(), text: "الصحافة".into() }];
    SiteInbox { inbox, key: key.into(), label: Worded { text: String::new(), others } }
}

async fn offers<S: Backend>(story: &Story<S>, inboxes: Option<Vec<SiteInbox>>) -> Stored<()> {
    let NewSite { looks, origins, .. } = site(SHOP, SALES, "shop-key", "Shop");
    story.store.edit_site(SHOP, SiteChange { looks, origins, inbox: None, inboxes }).await
}

pub async fn a_site_keeps_what_it_offers_in_its_order<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    let kept = async || story.store.site_by_key("shop-key").await.unwrap().unwrap().inboxes;
    assert_eq!(kept().await, []);
    let both = vec![one(PRESS, "press"), one(SALES, "sales")];
    offers(&story, Some(both.clone())).await.unwrap();
    assert_eq!(kept().await, both);
    let all = story.store.sites().await.unwrap();
    assert_eq!(all.iter().find(|site| site.id == SHOP).unwrap().inboxes, both);
    let mut pairs = story.store.site_inboxes().await.unwrap();
    pairs.sort();
    assert_eq!(pairs, [(SHOP, SALES), (SHOP, PRESS)]);
    // It is one of the sites that lead there.
    let inboxes = story.store.inboxes().await.unwrap();
    let press = inboxes.iter().find(|inbox| inbox.id == PRESS).unwrap();
    assert_eq!(press.sites, ["Blog", "Shop"]);
    offers(&story, None).await.unwrap();
    assert_eq!(kept().await, both, "what is not said stays");
    assert_refused(offers(&story, Some(vec![one(InboxId(99), "x")])).await, NotFound);
    assert_eq!(kept().await, both);
    let turned = vec![one(SALES, "sales"), one(PRESS, "sales-2")];
    offers(&story, Some(turned.clone())).await.unwrap();
    assert_eq!(kept().await, turned);
    offers(&story, Some(Vec::new())).await.unwrap();
    assert_eq!((kept().await, story.store.site_inboxes().await.unwrap()), (vec![], vec![]));
}

pub async fn a_conversation_begins_where_its_visitor_chose<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    let begins = async |visitor, inbox, conversation, says| {
        story.starts_on(SHOP, inbox, visitor, conversation, says).await
    };
    assert_refused(begins(ANN, PRESS, C1, &[(1, "hello")]).await, NotFound);
    offers(&story, Some(vec![one(SALES, "sales"), one(PRESS, "press")])).await.unwrap();
    begins(ANN, PRESS, C1, &[(1, "hello")]).await.unwrap();
    begins(ANN, SALES, C2, &[(2, "and you")]).await.unwrap();
    assert_eq!(story.summary(C1).await.conversation.inbox, PRESS);
    assert_eq!(story.summary(C2).await.conversation.inbox, SALES);
    // One in each.
    let open = Fault::Refused(Refusal { code: AlreadyOpen, conversation: Some(C1) });
    assert_eq!(begins(ANN, PRESS, C3, &[(3, "once more")]).await.unwrap_err(), open);
    // What another site offers is nothing to a visitor of this one.
    assert_refused(story.starts_on(BLOG, SALES, ANN_AT_BLOG, C3, &[(4, "hello")]).await, NotFound);
    // What was begun goes on when it is offered no more, and nothing new begins.
    offers(&story, Some(Vec::new())).await.unwrap();
    assert_eq!(acks(&begins(ANN, PRESS, C1, &[(1, "hello"), (5, "still")]).await.unwrap()).len(), 2);
    assert_refused(begins(BOB, PRESS, C3, &[(6, "hello")]).await, NotFound);
}

pub async fn who_is_not_verified_cannot_choose_an_inbox_for_verified_visitors<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.set_verified_only(PRESS, true).await.unwrap();
    let begins = async |inbox, conversation| {
        story.starts_on(SHOP, inbox, BOB, conversation, &[(conversation.0, "hello")]).await
    };
    assert_refused(begins(PRESS, C1).await, NotFound);
    offers(&story, Some(vec![one(SALES, "sales"), one(PRESS, "press")])).await.unwrap();
    assert_refused(begins(PRESS, C1).await, NotAllowed);
    begins(SALES, C2).await.unwrap();
}
