//! A website that says who its visitors are: the right person is known on every device, and nothing of the one stays for the
//! other.

use crate::office::{GREETING, OWNER, Office, SITE_NAME};
use crate::person::Person;
use crate::shop::Page;
use crate::signing::QUEUE;
use crate::stage::story;
use crate::waiting::until;
use crate::words::{desk, desk_with, widget};

/// What the chat keeps in this browser on this page: every record of every database, as text.
async fn kept(person: &Person) -> String {
    let script = r#"
        const done = arguments[arguments.length - 1];
        const settled = (asking) => new Promise((yes, no) => { asking.onsuccess = () => yes(asking.result); asking.onerror = no; });
        (async () => {
            const all = [];
            for (const { name } of await indexedDB.databases()) {
                const database = await settled(indexedDB.open(name));
                for (const store of database.objectStoreNames)
                    all.push(...(await settled(database.transaction(store).objectStore(store).getAll())).map((row) => store + JSON.stringify(row)));
                database.close();
            }
            return [...all, document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)].join("\n").trim();
        })().then(done, (error) => done("failed: " + error));
    "#;
    // The chat may begin anew in the middle of a look: then there is another document to look at.
    let kept = until("what is kept is looked at", async || {
        person.looks_into_chat().await;
        person.client.execute_async(script, Vec::new()).await.ok()
    });
    kept.await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn whoever_leaves_leaves_nothing_behind() {
    story("identity", async |stage| {
        let office = Office::over_tls(stage).await;
        let secret = office.makes_secret().await;
        office.puts_page_of(&secret.secret, "/ann", "ann");
        office.puts_page_of(&secret.secret, "/bob", "bob");
        let leave = format!("<script>{QUEUE}Deskbell('logout')</script>{}", office.tag);
        office.shop.put("/left", Page::with(&leave));
        let vera = stage.person("vera").await;
        let phone = stage.person("phone").await;
        let ada = stage.person("ada").await;
        ada.signs_in(&office.chat, &OWNER).await;

        // Before she signs in, as nobody.
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("canary of nobody").await;
        vera.sees(&widget("mark_sent")).await;
        ada.takes_by_keys("canary of nobody").await;
        ada.sees(&desk("person.unverified")).await;

        // Signed in: nothing of that is hers.
        vera.goes(&office.page("/ann")).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        // What is typed before it is known who types it goes with what was there before.
        vera.sees(&widget("here")).await;
        assert_eq!(vera.bubbles().await, Vec::<String>::new());
        vera.says("canary of ann").await;
        vera.sees(&widget("mark_sent")).await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.is_at_the_desk().await;
        ada.takes_by_keys("canary of ann").await;
        ada.sees(&desk_with("person.verified", &[("site", SITE_NAME)])).await;
        ada.sees("The ann").await;
        // What it means is told to whoever asks, by pointer or by keys.
        ada.no_longer_sees(&desk_with("person.verified.line", &[("site", SITE_NAME)])).await;
        ada.finds(".hint-of").await.click().await.expect("pressing the mark");
        ada.sees(&desk_with("person.verified.line", &[("site", SITE_NAME)])).await;
        for said in ["ann@ann.example", "plan", "gold"] {
            ada.sees(said).await;
        }

        // On another page, and on another device: hers.
        vera.goes(&office.page("/ann")).await;
        vera.opens_chat().await;
        vera.sees_message("canary of ann").await;
        vera.writes("a draft of ann").await;
        phone.goes(&office.page("/ann")).await;
        phone.opens_chat().await;
        phone.sees_message("canary of ann").await;

        // Somebody else at the same computer, who found her signed in still.
        vera.goes(&office.page("/bob")).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        vera.sees(&widget("here")).await;
        assert_eq!(vera.bubbles().await, Vec::<String>::new());
        assert_eq!(vera.draft().await, "");
        assert!(!kept(&vera).await.contains("ann"), "{}", kept(&vera).await);
        vera.says("canary of bob").await;
        vera.sees(&widget("mark_sent")).await;

        // Signed out, on a page where nobody opens the chat: the storage is empty, and the next word is a stranger's.
        vera.goes(&office.page("/left")).await;
        until("nothing is kept", async || kept(&vera).await.is_empty().then_some(())).await;
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.sees(GREETING).await;
        assert_eq!(vera.bubbles().await, Vec::<String>::new());
        vera.says("Who am I?").await;
        vera.sees(&widget("mark_sent")).await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.is_at_the_desk().await;
        ada.takes_by_keys("Who am I?").await;
        ada.sees(&desk("person.unverified")).await;
        // Ann's other device was not asked.
        phone.says("still ann").await;
        ada.goes(&office.chat.desk("inbox/mine")).await;
        ada.sees_row("still ann").await;
    })
    .await;
}
