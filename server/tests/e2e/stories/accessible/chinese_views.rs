//! The first chat in Chinese, Traditional and Simplified: who chooses the language, and what is read then. The views
//! themselves are those of the other stories.

use fantoccini::key::Key;

use super::Findings;
use crate::browser::Profile;
use crate::office::{GREETING, OWNER, Office, SITE_NAME};
use crate::person::Person;
use crate::shop::Page;
use crate::stage::{Stage, story};
use crate::waiting::until;
use crate::words::{desk, desk_in, widget_in};

#[tokio::test]
async fn of_a_first_chat_in_chinese() {
    story("accessible-chinese", async |stage| first_chat(stage).await).await;
}

async fn first_chat(stage: &Stage) {
    let office = Office::over_tls(stage).await;
    let mut findings = Findings::default();
    let in_language =
        |tag: &str| format!("<script>document.documentElement.lang={tag:?}</script>{}", office.tag);
    office.shop.put("/silent", Page::with(&in_language("")));
    office.shop.put("/hans", Page::with(&in_language("zh-SG")));
    let logging = Profile { in_one_process: true, logs_network: true, ..Profile::default() };
    let vera = stage.person_with("vera", logging).await;
    vera.wishes("fr,zh-TW,zh,en").await;

    // A page that names no language of ours: the browser's wishes, as far as there is something for them.
    vera.goes(&office.page("/silent")).await;
    assert_eq!(label(&vera).await, format!("{SITE_NAME}客服"));
    vera.opens_chat().await;
    vera.sees(GREETING).await;
    vera.sees(&widget_in("zh-Hant", "away")).await;
    assert_eq!(vera.language().await, "zh-Hant");
    findings.look(&vera, "the greeting, zh-Hant").await;
    let asked = vera.requests().await;
    let texts: Vec<_> = asked.iter().filter(|url| url.ends_with(".json")).collect();
    assert!(
        matches!(texts[..], [only] if only.contains("/zh-Hant-")),
        "one language is fetched, not {texts:?}"
    );
    vera.says("請問有藍色的水壺嗎？").await;
    vera.sees(&widget_in("zh-Hant", "mark_sent")).await;

    // The agent's browser wishes the other script; the desk follows, and a choice on this device counts more.
    let ada = stage.person_with("ada", Profile::IN_ONE_PROCESS).await;
    ada.wishes("zh-CN,en").await;
    ada.goes(&office.chat.desk("login")).await;
    ada.fills(&desk_in("zh-Hans", "email"), OWNER.email).await;
    ada.fills(&desk_in("zh-Hans", "password"), OWNER.password).await;
    findings.look(&ada, "signing in, zh-Hans").await;
    ada.types(&Key::Enter.to_string()).await;
    ada.sees(&desk_in("zh-Hans", "connection.live")).await;
    assert_eq!(ada.language().await, "zh-Hans");
    ada.opens_by_keys("請問有藍色的水壺嗎？").await;
    ada.hits_letters("c").await;
    ada.sees(&desk_in("zh-Hans", "status.mine")).await;
    findings.look(&ada, "a conversation, zh-Hans").await;
    ada.answers("有的，三款。").await;
    vera.sees_message("有的，三款。").await;
    vera.says("太好了！").await;
    vera.sees(&widget_in("zh-Hant", "mark_read")).await;
    findings.look(&vera, "a conversation, zh-Hant").await;

    // The page says what it is written in: that counts more than the browser.
    vera.goes(&office.page("/hans")).await;
    vera.opens_chat().await;
    vera.sees_message("有的，三款。").await;
    vera.sees(&widget_in("zh-Hans", "mark_read")).await;
    assert_eq!(vera.language().await, "zh-Hans");
    findings.look(&vera, "a conversation, zh-Hans").await;

    for (choice, page) in [("繁", desk_in("zh-Hant", "person.title")), ("E", desk("person.title"))] {
        ada.goes(&office.chat.desk("settings/profile")).await;
        ada.finds("#language").await.send_keys(choice).await.expect("choosing a language");
        // The page begins anew, and stays in that language from then on.
        until("the page is in the chosen language", async || {
            (ada.language().await == if choice == "E" { "en" } else { "zh-Hant" }).then_some(())
        })
        .await;
        findings.look(&ada, "the profile, in the chosen language").await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.opens_by_keys("太好了！").await;
        ada.sees(&page).await;
    }

    // Without scripts nobody but the browser can say what is wanted.
    let loader = office.tag.split('"').nth(1).expect("the address in the tag");
    vera.goes(&loader.replace(".js", "/plain")).await;
    assert_eq!(vera.language().await, "zh-Hant");
    vera.fills("您的訊息", "沒有聊天視窗也可以問嗎？").await;
    vera.presses("傳送").await;
    vera.sees("訊息已傳送。").await;
    findings.look(&vera, "the plain form, zh-Hant").await;
    findings.are_none();
}

/// What the launcher is called.
async fn label(person: &Person) -> String {
    let launcher = person.launcher().await;
    let label = launcher.attr("aria-label").await.expect("asking for the label");
    label.unwrap_or_default()
}
