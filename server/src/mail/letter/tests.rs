//! What is in a mail, and what cannot get into it.

use deskbell_shared::model::{ConversationId, InboxId, SiteId, UnixMillis};

use super::*;
use crate::store::mail::{MailId, MailMessage};

const SENDER: Sender<'_> =
    Sender { from: "chat@shop.example", host: "chat.example", stop: "https://chat.example/mail/stop/abc" };

fn job(site: &str, agent: &str, text: &str) -> MailJob {
    MailJob {
        id: MailId([0xab; 16]),
        tries: 1,
        made_at: UnixMillis(1_700_000_000_000),
        conversation: ConversationId(1),
        inbox: InboxId(2),
        site: SiteId(3),
        site_name: site.into(),
        origins: vec!["https://shop.example".into()],
        language: Some("en-GB".into()),
        address: "ann@example.com".into(),
        messages: vec![MailMessage { agent: agent.into(), text: text.into() }],
    }
}

fn written(job: &MailJob) -> String {
    String::from_utf8(letter(job, &SENDER).unwrap().formatted()).unwrap()
}

fn headers(mail: &str) -> Vec<&str> {
    mail.split("\r\n\r\n").next().unwrap().split("\r\n").filter(|line| !line.starts_with(' ')).collect()
}

#[test]
fn a_mail_has_these_headers_and_no_more() {
    let mail = written(&job("Shop", "Amy", "It is in the box."));
    let names: Vec<_> = headers(&mail).iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "MIME-Version",
            "Content-Type"
        ]
    );
    assert!(mail.contains(&format!("Message-ID: <{}@chat.example>", "ab".repeat(16))));
    assert!(mail.contains("Subject: Your answer from Shop"));
    assert!(mail.contains("It is in the box.") && mail.contains("https://shop.example/"));
    assert!(mail.contains("https://chat.example/mail/stop/abc"));
}

#[test]
fn no_name_gets_out_of_its_header() {
    let bad = "Bob\r\nBcc: x@evil.example\r\n\r\n<script>";
    let mail = written(&job(bad, bad, "hi"));
    let names: Vec<_> =
        headers(&mail).into_iter().filter(|line| line.to_lowercase().starts_with("bcc")).collect();
    assert!(names.is_empty(), "{names:?}");
    assert_eq!(mail.matches("To: ").count(), 1);
    let letter = letter(&job(bad, bad, "hi"), &SENDER).unwrap();
    let to: Vec<_> = letter.envelope().to().iter().map(ToString::to_string).collect();
    assert_eq!(to, ["ann@example.com"]);
    for address in ["ann@example.com\r\nbcc: x@evil.example", "a, b@c.example", ""] {
        let job = MailJob { address: address.into(), ..job("Shop", "Amy", "hi") };
        assert!(super::letter(&job, &SENDER).is_err(), "{address}");
    }
}

#[test]
fn what_people_wrote_is_text_in_both_parts() {
    let bad = "<a href=\"https://evil.example\" onclick='x'>{{7*7}} {name}</a>\n&amp;";
    let html = html(&job("<b>Shop</b>", "<i>Amy</i>", bad), Language::English, &SENDER);
    assert!(!html.contains("<a href=\"https://evil") && !html.contains("<i>") && !html.contains("<b>Shop"));
    assert!(
        html.contains("&lt;a href=&quot;https://evil.example&quot; onclick=&#39;x&#39;&gt;{{7*7}} {name}")
    );
    let text = text(&job("Shop", "Amy", bad), Language::English, &SENDER);
    assert!(text.contains(bad), "as it was written: {text}");
}

#[test]
fn it_is_in_the_visitors_language() {
    let of = |language: Option<&str>| MailJob {
        language: language.map(str::to_owned),
        ..job("店", "小美", "好的")
    };
    let subject = |language: Option<&str>| {
        let letter = letter(&of(language), &SENDER).unwrap();
        letter.headers().get::<lettre::message::header::Subject>().unwrap().as_ref().to_owned()
    };
    assert_eq!(subject(Some("zh-CN")), "店的答复");
    assert_eq!(subject(Some("zh-TW")), "店的答覆");
    assert_eq!(subject(Some("ar-EG")), "ردّ من 店");
    assert_eq!(subject(Some("fr")), "Your answer from 店");
    assert_eq!(subject(None), "Your answer from 店");
}

#[test]
fn it_runs_as_its_language_does() {
    let answer = job("Shop", "Amy", "نعم.\nhttps://shop.example/pot");
    let (arabic, english) =
        (html(&answer, Language::Arabic, &SENDER), html(&answer, Language::English, &SENDER));
    assert!(arabic.contains("<body><div lang=\"ar\" dir=\"rtl\">"), "{arabic}");
    assert!(english.contains("<body><div lang=\"en\" dir=\"ltr\">"), "{english}");
    // What somebody wrote runs as it did for them, names and addresses stand for themselves.
    assert!(arabic.contains("<p dir=\"auto\">نعم."), "{arabic}");
    assert!(arabic.contains("<b>من <bdi>Amy</bdi>:</b>"), "{arabic}");
    assert_eq!(arabic.matches("dir=\"ltr\">https://").count(), 2, "{arabic}");
    assert!(text(&answer, Language::Arabic, &SENDER).starts_with("من \u{2068}Amy\u{2069}:\n\nنعم."));
    assert!(text(&answer, Language::English, &SENDER).starts_with("Amy wrote:\n\nنعم."));
    let named = job("Shop", "أمينة", "Yes.");
    assert!(text(&named, Language::English, &SENDER).starts_with("\u{2068}أمينة\u{2069} wrote:"));
}

/// S22, S26: five hundred strings that run elsewhere.
#[test]
fn no_string_of_the_corpus_becomes_markup() {
    let tags = |job: &MailJob| html(job, Language::English, &SENDER).matches('<').count();
    let harmless = tags(&job("x", "x", "x"));
    let mut count = 0;
    for evil in include_str!("../../../tests/xss.txt").lines() {
        let evil_job = job(evil, evil, evil);
        assert_eq!(tags(&evil_job), harmless, "{evil}");
        let mail = written(&evil_job);
        assert_eq!(headers(&mail).len(), 10, "{evil}");
        count += 1;
    }
    assert_eq!(count, 500);
}
