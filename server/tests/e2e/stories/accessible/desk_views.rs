//! The views of the desk. `Route` has the one list of its addresses; the story ends badly where it leaves one out.

use fantoccini::key::Key;

use super::Findings;
use crate::chat_server::ChatServer;
use crate::office::{COLLEAGUE, GREETING, OWNER, Office, SITE_NAME};
use crate::person::Person;
use crate::shop::{Page, Shop};
use crate::stage::{Stage, story};
use crate::waiting::until;
use crate::words::{desk, desk_in};

/// The list of all addresses, from the desk's own source.
#[allow(dead_code)]
#[path = "../../../../../agent-app/src/route.rs"]
mod route;

/// Which addresses have been looked at, and what was found there.
#[derive(Default)]
struct Round {
    findings: Findings,
    paths: Vec<String>,
}

impl Round {
    async fn look(&mut self, person: &Person, view: &str) {
        self.findings.look(person, view).await;
        let url = person.client.current_url().await.expect("an address");
        self.paths.push(url.path().to_owned());
    }

    /// The same addresses once more in Chinese, in both scripts, as somebody whose browser wishes it.
    async fn again_in_chinese(&mut self, person: &Person) {
        let here = person.client.current_url().await.expect("an address");
        let mut paths = self.paths.clone();
        paths.retain(|path| {
            ["inbox", "settings", "board", "search"].iter().any(|part| path[6..].starts_with(part))
        });
        paths.sort();
        paths.dedup();
        for (wish, language) in [("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hant")] {
            person.wishes(wish).await;
            for path in &paths {
                person.goes(here.join(path).expect("an address").as_str()).await;
                person.sees(&desk_in(language, "connection.live")).await;
                person.no_longer_sees(&desk_in(language, "loading")).await;
                assert_eq!(person.language().await, language);
                self.findings.look(person, &format!("{path}, {language}")).await;
            }
        }
    }

    /// Every kind of address was looked at, except those another story looks at.
    fn was_everywhere_but(&self, elsewhere: &[&str]) {
        for pattern in route::Route::ALL_PATHS {
            let start = pattern.strip_suffix("ID");
            let been = |path: &String| match start {
                Some(start) => path.strip_prefix(start).is_some_and(|id| id.len() == 32),
                None => path == pattern,
            };
            assert!(
                self.paths.iter().any(been) || elsewhere.contains(pattern),
                "{pattern} was not looked at"
            );
        }
    }
}

#[tokio::test]
async fn of_the_set_up() {
    story("accessible-set-up", async |stage| {
        let shop = Shop::open(Some(&stage.certificate)).await;
        let chat = ChatServer::start("chat.localhost", Some(&stage.certificate)).await;
        let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
        let mut round = Round::default();
        ada.goes(&chat.set_up_link().await).await;
        ada.sees(&desk("setup.title")).await;
        round.look(&ada, "set-up, the owner").await;
        ada.presses(&desk("setup.button")).await;
        ada.sees(&desk("wrong.name.empty")).await;
        round.look(&ada, "set-up, the owner with mistakes").await;
        ada.fills(&desk("name"), OWNER.name).await;
        ada.fills(&desk("email"), OWNER.email).await;
        ada.fills(&desk("password"), OWNER.password).await;
        ada.presses(&desk("setup.button")).await;
        ada.sees(&desk("setup.site.title")).await;
        ada.presses(&desk("setup.site.button")).await;
        ada.sees(&desk("wrong.origins.empty")).await;
        round.look(&ada, "set-up, the site with mistakes").await;
        ada.fills(&desk("site.name"), SITE_NAME).await;
        ada.fills(&desk("site.origins"), &shop.origin("shop.localhost")).await;
        ada.fills(&desk("site.greeting"), GREETING).await;
        ada.presses(&desk("setup.site.button")).await;
        ada.sees(&desk("seen.waiting")).await;
        round.look(&ada, "set-up, the tag").await;
        let tag = ada.finds(".copy-box code").await.text().await.expect("the tag on the screen");
        shop.put("/", Page::with(&tag));
        vera.goes(&shop.origin("www.shop.localhost")).await;
        ada.sees(&desk("seen.bad")).await;
        round.look(&ada, "set-up, seen where it is not allowed").await;
        vera.goes(&shop.origin("shop.localhost")).await;
        ada.sees(&desk("seen.good")).await;
        round.look(&ada, "set-up, seen").await;
        round.findings.are_none();
    })
    .await;
}

#[tokio::test]
async fn of_lists_and_conversations() {
    story("accessible-inbox", async |stage| {
        let mut round = Round::default();
        inbox(stage, &mut round).await;
        round.findings.are_none();
    })
    .await;
}

async fn inbox(stage: &Stage, round: &mut Round) {
    let mut office = Office::over_tls(stage).await;
    let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
    ada.signs_in(&office.chat, &OWNER).await;
    ada.chooses("availability.busy").await;
    for view in ["resolved", "queue", "mine", "snoozed", "all"] {
        ada.goes(&office.chat.desk(&format!("inbox/{view}"))).await;
        ada.sees(&desk(&format!("empty.{view}"))).await;
        round.look(&ada, &format!("{view}, empty")).await;
    }
    for (path, text) in [("/", "Is the blue one in stock?"), ("/cups", "I wait, too.")] {
        // Another website is another visitor.
        let host = if path == "/" { office.host } else { "other.localhost" };
        vera.goes(&(office.shop.origin(host) + path)).await;
        vera.opens_chat().await;
        vera.says(text).await;
    }
    ada.hits_letters("gq").await;
    ada.opens_by_keys("Is the blue one in stock?").await;
    ada.sees(&desk("answer.queued")).await;
    round.look(&ada, "a conversation in the queue").await;
    ada.hits_letters("c").await;
    ada.sees(&desk("status.mine")).await;
    ada.answers("Three of them: https://kettles.example/blue").await;
    ada.sees(&desk("progress.sent")).await;
    round.look(&ada, "a conversation of mine").await;
    ada.hits_letters("t").await;
    ada.sees(&desk("transfer.title")).await;
    round.look(&ada, "passing on").await;
    ada.hits(&[Key::Escape]).await;
    ada.no_longer_sees(&desk("transfer.title")).await;
    ada.writes_note("Ask the workshop first").await;
    round.look(&ada, "writing a note").await;
    ada.types(&Key::Enter.to_string()).await;
    ada.sees_note("Ask the workshop first").await;
    ada.hits(&[Key::Escape]).await;
    ada.hits_letters("s").await;
    ada.sees(&desk("snooze.line")).await;
    round.look(&ada, "until when").await;
    ada.presses(&desk("snooze.week")).await;
    ada.no_longer_sees(&desk("snooze.line")).await;
    ada.hits_letters("gz").await;
    ada.opens_by_keys("Three of them: https://kettles.example/blue").await;
    round.look(&ada, "what is put aside").await;
    ada.hits_letters("s").await;
    ada.presses(&desk("snooze.wake")).await;
    ada.no_longer_sees(&desk("snooze.line")).await;
    ada.sees(&desk("person.first_seen")).await;
    ada.presses(&desk("block.ask")).await;
    ada.sees(&desk("block.line")).await;
    round.look(&ada, "blocking a visitor").await;
    ada.hits(&[Key::Escape]).await;
    ada.no_longer_sees(&desk("block.line")).await;
    round.look(&ada, "a conversation with the visitor beside it").await;
    ada.hits_char('?').await;
    ada.sees(&desk("keys.where")).await;
    round.look(&ada, "all keys").await;
    ada.hits(&[Key::Escape]).await;
    ada.presses(OWNER.name).await;
    ada.sees(&desk("sign_out")).await;
    round.look(&ada, "the menu").await;
    ada.hits(&[Key::Escape]).await;
    ada.hits_letters("gm").await;
    ada.sees_row("Three of them").await;
    round.look(&ada, "mine").await;
    ada.opens_by_keys("Three of them: https://kettles.example/blue").await;
    ada.hits_letters("e").await;
    ada.sees(&desk("answer.resolved")).await;
    round.look(&ada, "a resolved conversation").await;
    ada.hits_letters("ga").await;
    ada.presses(&desk("list.resolved")).await;
    ada.sees_row("Three of them").await;
    round.look(&ada, "all with resolved ones").await;
    ada.goes(&office.chat.desk(&format!("inbox/all/{}", "0123456789abcdef".repeat(2)))).await;
    ada.sees(&desk("talk.missing")).await;
    round.look(&ada, "a conversation that is not there").await;
    ada.goes(&office.chat.desk("board")).await;
    ada.sees(&desk("board.agents")).await;
    round.look(&ada, "the board").await;
    ada.goes(&office.chat.desk("board/unanswered")).await;
    ada.sees(&desk("board.empty")).await;
    round.look(&ada, "the board with nothing behind a number").await;
    ada.goes(&office.chat.desk("board")).await;
    ada.finds("td a[href$='/waiting']").await.click().await.expect("the number of the inbox");
    ada.sees("I wait, too.").await;
    round.look(&ada, "the board with who waits in one inbox").await;
    ada.goes(&office.chat.desk("board/promises")).await;
    ada.sees(&desk("promises.lead")).await;
    ada.no_longer_sees(&desk("loading")).await;
    round.look(&ada, "what came of what was said").await;
    ada.hits_char('/').await;
    ada.sees(&desk("search.hint")).await;
    round.look(&ada, "search").await;
    ada.types("three").await;
    ada.finds(".found").await;
    round.look(&ada, "what was found").await;
    ada.hits(&[Key::Enter]).await;
    ada.finds(".say-found").await;
    round.look(&ada, "what was found, opened").await;
    ada.fills(&desk("search.field"), "nowhere").await;
    ada.sees(&desk("search.none")).await;
    round.look(&ada, "nothing was found").await;
    round.again_in_chinese(&ada).await;

    ada.wishes("en").await;
    ada.goes(&office.chat.desk("inbox/queue")).await;
    ada.claims_by_keys("I wait, too.").await;
    office.chat.kill();
    ada.sees(&desk("connection.lost.line")).await;
    ada.answers("You are next.").await;
    ada.sees(&desk("progress.waiting")).await;
    round.look(&ada, "without a connection").await;
}

#[tokio::test]
async fn of_settings_and_signing_in() {
    story("accessible-settings", async |stage| {
        let mut round = Round::default();
        settings(stage, &mut round).await;
        let inbox = [
            "/desk/setup",
            "/desk/inbox/queue",
            "/desk/inbox/mine",
            "/desk/inbox/snoozed",
            "/desk/inbox/all",
            "/desk/inbox/resolved",
            "/desk/inbox/queue/ID",
            "/desk/search",
            "/desk/search/ID",
            "/desk/search/ID/17",
            "/desk/board",
            "/desk/board/promises",
            "/desk/board/unanswered",
            "/desk/board/ID/waiting",
        ];
        round.was_everywhere_but(&inbox);
        round.findings.are_none();
    })
    .await;
}

async fn settings(stage: &Stage, round: &mut Round) {
    let office = Office::over_tls(stage).await;
    let ada = stage.person("ada").await;
    ada.goes(&office.chat.desk("login")).await;
    ada.sees(&desk("login.line")).await;
    round.look(&ada, "signing in").await;
    ada.fills(&desk("email"), OWNER.email).await;
    ada.fills(&desk("password"), &format!("not it{}", Key::Enter)).await;
    ada.sees(&desk("login.no_match")).await;
    round.look(&ada, "signing in with the wrong password").await;
    ada.signs_in(&office.chat, &OWNER).await;

    ada.goes(&office.chat.desk("settings/profile")).await;
    ada.presses(&desk("password.change")).await;
    ada.sees(&desk("wrong.password.short")).await;
    ada.presses(&desk("save")).await;
    ada.sees(&desk("saved")).await;
    round.look(&ada, "my settings").await;
    ada.goes(&office.chat.desk("settings/sites")).await;
    ada.sees(SITE_NAME).await;
    round.look(&ada, "sites").await;
    ada.goes(&office.chat.desk("settings/sites/new")).await;
    ada.presses(&desk("site.make")).await;
    ada.sees(&desk("wrong.origins.empty")).await;
    round.look(&ada, "a new site with mistakes").await;
    ada.goes(&office.chat.desk("settings/sites")).await;
    ada.finds("a[href^='/desk/settings/sites/']:not([href$='new'])")
        .await
        .click()
        .await
        .expect("the site's link");
    ada.sees(&desk("site.tag")).await;
    round.look(&ada, "a site").await;
    ada.presses(&desk("identity.make")).await;
    ada.sees(&desk("identity.make.line")).await;
    round.look(&ada, "making a secret").await;
    ada.fills(&desk("erase.password"), &format!("{}{}", OWNER.password, Key::Enter)).await;
    ada.sees(&desk("identity.made")).await;
    round.look(&ada, "a secret that was just made").await;
    ada.presses(&desk("identity.drop")).await;
    ada.sees(&desk("identity.drop.last")).await;
    round.look(&ada, "retiring a secret").await;
    ada.presses(&desk("identity.drop.keep")).await;
    ada.no_longer_sees(&desk("identity.drop.last")).await;
    let link = ada.invites(&office.chat).await;
    round.look(&ada, "people with an invitation").await;
    ada.goes(&office.chat.desk("settings/inboxes")).await;
    ada.sees(&desk("inbox.always")).await;
    round.look(&ada, "inboxes").await;
    ada.goes(&office.chat.desk("settings/inboxes/new")).await;
    ada.sees(&desk("hours.title")).await;
    round.look(&ada, "a new inbox").await;
    ada.goes(&office.chat.desk("settings/inboxes")).await;
    ada.finds("a[href^='/desk/settings/inboxes/']:not([href$='new'])")
        .await
        .click()
        .await
        .expect("the inbox's link");
    ada.sees(&desk("hours.title")).await;
    round.look(&ada, "an inbox").await;
    ada.goes(&office.chat.desk("settings/blocked")).await;
    ada.sees(&desk("block.none")).await;
    round.look(&ada, "nobody blocked").await;
    ada.goes(&office.chat.desk("settings/audit")).await;
    ada.sees(&desk("deed.site_secret_made")).await;
    ada.presses(&desk("audit.check")).await;
    ada.sees(&desk("audit.proves.not")).await;
    round.look(&ada, "the audit trail").await;
    ada.goes(&office.chat.desk("settings/snippets")).await;
    ada.presses(&desk("snippet.make.button")).await;
    ada.sees(&desk("wrong.shortcut.empty")).await;
    ada.fills(&desk("snippet.shortcut"), "hours").await;
    ada.fills(&desk("snippet.text"), "9 to 5").await;
    ada.presses(&desk("snippet.make.button")).await;
    ada.sees("/hours").await;
    round.look(&ada, "snippets").await;
    ada.goes(&office.chat.desk("settings/tags")).await;
    ada.fills(&desk("tags.name"), "billing").await;
    ada.presses(&desk("save")).await;
    ada.sees("billing").await;
    round.look(&ada, "tags").await;
    ada.goes(&office.chat.desk("missing")).await;
    ada.sees(&desk("missing.title")).await;
    round.look(&ada, "nothing").await;
    round.again_in_chinese(&ada).await;

    let grace = stage.person("grace").await;
    grace.goes(&link).await;
    grace.presses(&desk("invite.button")).await;
    grace.sees(&desk("wrong.name.empty")).await;
    round.look(&grace, "an invitation with mistakes").await;
    grace.fills(&desk("name"), COLLEAGUE.name).await;
    grace.fills(&desk("password.new"), COLLEAGUE.password).await;
    grace.presses(&desk("invite.button")).await;
    grace.is_at_the_desk().await;
    grace.goes(&office.chat.desk("settings/people")).await;
    let denied = desk("settings.owner_only");
    until("what only owners change is not offered to others", async || {
        let screen = grace.screen().await;
        (screen.contains(&denied) || screen.contains(COLLEAGUE.name)).then_some(())
    })
    .await;
    round.look(&grace, "people, as an agent sees them").await;
    grace.goes(&office.chat.desk("settings/sites")).await;
    grace.sees(&denied).await;
    round.look(&grace, "sites, as an agent sees them").await;
    let stranger = stage.person("stranger").await;
    stranger.goes(&office.chat.desk("reset")).await;
    stranger.sees(&desk("reset.title")).await;
    round.look(&stranger, "a new password without a link").await;
}
