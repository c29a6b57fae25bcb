//! People, sessions, invitations, sites.

use deskbell_shared::model::{AgentId, InboxId, Role, SiteId, SiteLooks, SiteStyle, Theme, UnixMillis};
use deskbell_shared::protocol::RefusalCode::{Conflict, NotAllowed, NotFound};
use deskbell_shared::protocol::limits::SEEN_MAX;

use super::Backend;
use super::story::*;
use crate::store::accounts::{AgentEdit, EndSessions, InviteRecord, SessionRecord, SiteChange};

pub async fn an_owner_is_set_up_once<S: Backend>(story: Story<S>) {
    let (fresh, _kept) = S::fresh();
    assert!(!fresh.is_set_up().await.unwrap());
    assert!(story.store.is_set_up().await.unwrap());
    let second = story.newcomer(AgentId(9), "Mallory", "mallory@x.example", Role::Owner);
    let refused = story.store.set_up(second, site(BLOG, PRESS, "other", "Other")).await;
    assert_refused(refused, NotAllowed);
    assert_eq!(story.store.sites().await.unwrap().len(), 1);
    assert_eq!(story.agent(OLGA).await.role, Role::Owner);
}

pub async fn people_sign_in_by_email_in_any_case<S: Backend>(story: Story<S>) {
    let amy = story.store.agent_by_email("AMY@Shop.Example").await.unwrap().unwrap();
    assert_eq!((amy.view.id, amy.email.as_str(), amy.role), (AMY, "amy@shop.example", Role::Agent));
    assert_eq!(amy.password_hash, "$argon2id$Amy");
    assert!(story.store.agent_by_email("nobody@shop.example").await.unwrap().is_none());
    assert!(story.store.agent(AgentId(99)).await.unwrap().is_none());
    story.joins(AgentId(0x10), "alex", "alex@shop.example").await.unwrap();
    let names: Vec<_> =
        story.store.agents().await.unwrap().into_iter().map(|agent| agent.view.name).collect();
    assert_eq!(names, ["alex", "Amy", "Ben", "Olga"]);
}

pub async fn a_change_leaves_the_rest_as_it_is<S: Backend>(story: Story<S>) {
    let rename = AgentEdit { name: Some("Amelia".into()), ..Default::default() };
    story.store.edit_agent(AMY, rename.clone()).await.unwrap();
    let amy = story.agent(AMY).await;
    assert_eq!((amy.view.name.as_str(), amy.password_hash.as_str()), ("Amelia", "$argon2id$Amy"));
    let password = AgentEdit { password_hash: Some("$new".into()), ..Default::default() };
    story.store.edit_agent(AMY, password).await.unwrap();
    let amy = story.agent(AMY).await;
    assert_eq!((amy.view.name.as_str(), amy.password_hash.as_str()), ("Amelia", "$new"));
    assert_refused(story.store.edit_agent(AgentId(99), rename).await, NotFound);
    let nowhere = AgentEdit { picture: Some("missing".into()), ..Default::default() };
    assert_refused(story.store.edit_agent(AMY, nowhere).await, NotFound);
}

pub async fn a_picture_is_kept_under_its_hash<S: Backend>(story: Story<S>) {
    assert_eq!(story.store.picture("abc").await.unwrap(), None);
    story.store.keep_picture("abc", b"png").await.unwrap();
    story.store.keep_picture("abc", b"png").await.unwrap();
    assert_eq!(story.store.picture("abc").await.unwrap().as_deref(), Some(&b"png"[..]));
    let edit = AgentEdit { picture: Some("abc".into()), ..Default::default() };
    story.store.edit_agent(BEN, edit).await.unwrap();
    assert_eq!(story.agent(BEN).await.view.picture.as_deref(), Some("abc"));
}

async fn signs_in<S: Backend>(story: &Story<S>, agent: AgentId, secret: u8) {
    let at = story.now();
    let session =
        SessionRecord { secret: [secret; 32], agent, role: Role::Owner, opened_at: at, used_at: at };
    let device = if secret.is_multiple_of(2) { "Firefox, Linux" } else { "" };
    story.store.open_session(session, device.to_owned()).await.unwrap();
}

pub async fn sessions_open_are_used_and_end<S: Backend>(story: Story<S>) {
    assert_eq!(story.agent(AMY).await.seen_at, None);
    for secret in 1..=4 {
        signs_in(&story, AMY, secret).await;
    }
    signs_in(&story, BEN, 9).await;
    let session = story.store.session([1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (session.agent, session.role),
        (AMY, Role::Agent),
        "the role is the agent's, not the session's"
    );
    let later = story.now();
    story.store.touch_session([1; 32], later).await.unwrap();
    story.store.touch_session([1; 32], UnixMillis(5)).await.unwrap();
    story.store.touch_session([77; 32], later).await.unwrap();
    let touched = story.store.session([1; 32]).await.unwrap().unwrap();
    assert_eq!((touched.used_at, touched.opened_at), (later, session.opened_at));
    assert_eq!(story.agent(AMY).await.seen_at, Some(later));
    let listed = story.store.sessions_of(AMY).await.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|(session, device)| (session.secret[0], device.as_str())).collect();
    let all = [(1, ""), (4, "Firefox, Linux"), (3, ""), (2, "Firefox, Linux")];
    assert_eq!(listed, all, "one's own, the one used last first, whatever it is signed in on");
    let end = |which| story.store.end_sessions(AMY, which);
    assert_eq!(end(EndSessions::One([9; 32])).await.unwrap(), 0, "nobody ends the session of another");
    assert_eq!(end(EndSessions::One([2; 32])).await.unwrap(), 1);
    assert_eq!(story.store.session([2; 32]).await.unwrap(), None);
    assert_eq!(end(EndSessions::AllBut([3; 32])).await.unwrap(), 2);
    assert!(story.store.session([3; 32]).await.unwrap().is_some());
    assert_eq!(end(EndSessions::All).await.unwrap(), 1);
    assert_eq!(end(EndSessions::All).await.unwrap(), 0);
    assert!(story.store.session([9; 32]).await.unwrap().is_some());
}

fn invite(secret: u8, email: &str, agent: Option<AgentId>) -> InviteRecord {
    let expires_at = UnixMillis(77);
    InviteRecord { secret: [secret; 32], email: email.into(), role: Role::Agent, agent, expires_at }
}

pub async fn an_invitation_works_once<S: Backend>(story: Story<S>) {
    let kim = AgentId(0x40);
    story.opens_a_blog().await;
    story.store.invite(invite(50, "Kim@Shop.example", None)).await.unwrap();
    let found = story.store.invitation([50; 32]).await.unwrap().unwrap();
    assert_eq!(found, invite(50, "kim@shop.example", None));
    assert_eq!(story.store.invitation([51; 32]).await.unwrap(), None);
    // Whoever holds the link chooses neither e-mail nor role.
    let newcomer = story.newcomer(kim, "Kim", "else@x.example", Role::Owner);
    assert_eq!(story.store.accept_invite([50; 32], newcomer.clone()).await.unwrap(), kim);
    let record = story.agent(kim).await;
    assert_eq!((record.email.as_str(), record.role), ("kim@shop.example", Role::Agent));
    assert_eq!(story.store.invitation([50; 32]).await.unwrap(), None);
    assert_refused(story.store.accept_invite([50; 32], newcomer).await, NotFound);
    for inbox in [SALES, PRESS] {
        assert!(story.store.inbox_agents(inbox).await.unwrap().contains(&kim));
    }
}

pub async fn a_taken_email_is_a_conflict_and_keeps_the_invitation<S: Backend>(story: Story<S>) {
    story.store.invite(invite(50, "AMY@shop.example", None)).await.unwrap();
    let newcomer = story.newcomer(AgentId(0x40), "Kim", "kim@x.example", Role::Agent);
    assert_refused(story.store.accept_invite([50; 32], newcomer).await, Conflict);
    assert!(story.store.invitation([50; 32]).await.unwrap().is_some());
    assert!(story.store.agent(AgentId(0x40)).await.unwrap().is_none());
}

pub async fn a_password_reset_ends_all_sessions<S: Backend>(story: Story<S>) {
    signs_in(&story, AMY, 1).await;
    signs_in(&story, BEN, 2).await;
    assert_refused(story.store.invite(invite(49, "x@shop.example", Some(AgentId(99)))).await, NotFound);
    story.store.invite(invite(50, "amy@shop.example", Some(AMY))).await.unwrap();
    let mut newcomer = story.newcomer(AgentId(0x40), "Amy B", "x@x.example", Role::Owner);
    newcomer.password_hash = "$reset".into();
    assert_eq!(story.store.accept_invite([50; 32], newcomer).await.unwrap(), AMY);
    let amy = story.agent(AMY).await;
    assert_eq!((amy.view.name.as_str(), amy.email.as_str()), ("Amy B", "amy@shop.example"));
    assert_eq!((amy.password_hash.as_str(), amy.role), ("$reset", Role::Agent));
    assert_eq!(story.store.session([1; 32]).await.unwrap(), None);
    assert!(story.store.session([2; 32]).await.unwrap().is_some());
    assert!(story.store.agent(AgentId(0x40)).await.unwrap().is_none());
}

pub async fn sites_are_added_edited_and_found_by_key<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    let names: Vec<_> = story.store.sites().await.unwrap().into_iter().map(|site| site.looks.name).collect();
    assert_eq!(names, ["Blog", "Shop"]);
    let found = story.store.site_by_key("shop-key").await.unwrap().unwrap();
    assert_eq!((found.id, found.inbox), (SHOP, SALES));
    assert_eq!(found.origins, ["https://b.example", "https://a.example"], "in the order written");
    assert_eq!(story.store.site_by_key("SHOP-KEY").await.unwrap(), None);
    let style = SiteStyle { theme: Theme::Dark, label: "Tea!".into(), ..SiteStyle::default() };
    let looks = SiteLooks {
        name: "Tea shop".into(),
        colour: "#000000".into(),
        greeting: "Tea?".into(),
        style: Some(style),
    };
    let edit = |looks: &SiteLooks, inbox| SiteChange {
        looks: looks.clone(),
        origins: vec!["https://c.example".into()],
        inbox,
        inboxes: None,
    };
    story.store.edit_site(SHOP, edit(&looks, None)).await.unwrap();
    let found = story.store.site_by_key("shop-key").await.unwrap().unwrap();
    assert_eq!((&found.looks, &found.origins[..]), (&looks, &["https://c.example".to_owned()][..]));
    assert_eq!(found.inbox, SALES, "without another one it stays");
    assert_refused(story.store.edit_site(SiteId(99), edit(&looks, None)).await, NotFound);
    assert_refused(story.store.edit_site(SHOP, edit(&looks, Some(InboxId(99)))).await, NotFound);
    let plain = SiteLooks { style: None, ..looks };
    story.store.edit_site(SHOP, edit(&plain, Some(PRESS))).await.unwrap();
    let found = story.store.site_by_key("shop-key").await.unwrap().unwrap();
    assert_eq!((found.inbox, found.looks), (PRESS, plain.clone()));
    story.store.edit_site(SHOP, edit(&plain, Some(SALES))).await.unwrap();
    let taken = site(SiteId(99), deskbell_shared::model::InboxId(99), "shop-key", "Copy");
    assert_refused(story.store.add_site(taken).await, Conflict);
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_eq!(story.summary(C1).await.site_name, "Tea shop");
}

pub async fn the_newest_origins_seen_are_kept<S: Backend>(story: Story<S>) {
    let count = SEEN_MAX as i64 + 5;
    for n in 0..count {
        let at = UnixMillis(1000 + n);
        story.store.note_seen(SHOP, &format!("https://{n}.example"), at).await.unwrap();
    }
    story.store.note_seen(SHOP, "https://7.example", UnixMillis(5000)).await.unwrap();
    story.store.note_seen(SHOP, "https://7.example", UnixMillis(4000)).await.unwrap();
    let seen = story.store.site_by_key("shop-key").await.unwrap().unwrap().seen;
    assert_eq!(seen.len(), SEEN_MAX);
    assert_eq!((seen[0].origin.as_str(), seen[0].at), ("https://7.example", UnixMillis(5000)));
    assert_eq!(seen[1].origin, format!("https://{}.example", count - 1));
    assert!(seen.windows(2).all(|pair| pair[0].at >= pair[1].at));
    assert_refused(story.store.note_seen(SiteId(99), "https://x.example", UnixMillis(1)).await, NotFound);
    assert_eq!(story.store.sites().await.unwrap()[0].seen, seen);
}
