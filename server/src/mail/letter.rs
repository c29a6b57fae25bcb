//! What a mail says. Only what agents wrote is in it: whoever types somebody else's address into a chat cannot have
//! words of their own sent there (S27). The text part and the HTML part say the same; names and texts are escaped in
//! the one and cannot leave their line in the headers (S26).

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use crate::html::escaped;
use crate::language::{InEach, Language};
use crate::store::mail::MailJob;

/// The longest value of a header that we write, in characters.
const LINE_CHARS_MAX: usize = 250;

/// Where links lead and whose mail it is.
pub struct Sender<'a> {
    /// The address mails come from.
    pub from: &'a str,
    /// The host in Message-IDs.
    pub host: &'a str,
    /// The complete "do not e-mail me" link.
    pub stop: &'a str,
}

struct Words {
    /// `{name}` is the site.
    subject: &'static str,
    /// `{name}` is an agent.
    wrote: &'static str,
    /// `{name}` is the site.
    why: &'static str,
    /// Before the link.
    go_on: &'static str,
    unread: &'static str,
    stop: &'static str,
}

static WORDS: InEach<Words> = InEach {
    english: Words {
        subject: "Your answer from {name}",
        wrote: "{name} wrote:",
        why: "You left this address in the chat of {name}.",
        go_on: "To go on, open the chat again in the browser you wrote from:",
        unread: "Nobody reads replies to this e-mail.",
        stop: "No more e-mail from this chat:",
    },
    arabic: Words {
        subject: "ردّ من {name}",
        wrote: "من {name}:",
        why: "تركت هذا العنوان في دردشة {name}.",
        go_on: "لمتابعة المحادثة، افتح الدردشة مرة أخرى في المتصفح الذي كتبت منه:",
        unread: "يُرجى عدم الرد على هذه الرسالة، فلا أحد يقرأ الردود.",
        stop: "لإيقاف رسائل هذه الدردشة:",
    },
    simplified: Words {
        subject: "{name}的答复",
        wrote: "{name}写道：",
        why: "您在{name}的聊天中留下了此邮箱。",
        go_on: "要继续对话，请用当时的浏览器重新打开聊天：",
        unread: "请勿直接回复此邮件，回复不会有人查看。",
        stop: "不再接收此聊天的邮件：",
    },
    traditional: Words {
        subject: "{name}的答覆",
        wrote: "{name}寫道：",
        why: "您在{name}的聊天中留下了此電子郵件地址。",
        go_on: "要繼續對話，請用當時的瀏覽器重新開啟聊天：",
        unread: "請勿直接回覆此郵件，回覆不會有人查看。",
        stop: "不再接收此聊天的郵件：",
    },
};

/// The mail of a job. The same job gives the same mail, whenever it is tried. `Err` when an address is none.
pub fn letter(job: &MailJob, sender: &Sender<'_>) -> Result<Message, String> {
    let language = job.language.as_deref().and_then(Language::of_tag).unwrap_or(Language::English);
    let words = WORDS.of(language);
    let site = one_line(&job.site_name);
    let address = |text: &str| text.parse().map_err(|_| "an address that is none".to_owned());
    let raw = |name: &'static str, value: String| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), one_line(&value))
    };
    let made_at = UNIX_EPOCH + Duration::from_millis(u64::try_from(job.made_at.0).unwrap_or(0));
    Message::builder()
        .from(Mailbox::new(Some(site.clone()), address(sender.from)?))
        .to(Mailbox::new(None, address(&job.address)?))
        .subject(words.subject.replace("{name}", &site))
        .date(made_at)
        .message_id(Some(format!("<{}@{}>", job.id.hex(), sender.host)))
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(raw("List-Unsubscribe", format!("<{}>", sender.stop)))
        .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()))
        .multipart(MultiPart::alternative_plain_html(
            text(job, language, sender),
            html(job, language, sender),
        ))
        .map_err(|_| "a mail that cannot be put together".to_owned())
}

/// The part without marks. Each of its lines runs as its first letter says, so names stand between signs where they would
/// turn a line around.
fn text(job: &MailJob, language: Language, sender: &Sender<'_>) -> String {
    let words = WORDS.of(language);
    let named = |words: &str, name: &str| words.replace("{name}", &language.isolated(&one_line(name)));
    let mut text = String::new();
    for message in &job.messages {
        let _ = write!(text, "{}\n\n{}\n\n", named(words.wrote, &message.agent), message.text);
    }
    let _ = write!(text, "-- \n{}\n", named(words.why, &job.site_name));
    if let Some(origin) = job.origins.first() {
        let _ = write!(text, "{}\n{origin}/\n", words.go_on);
    }
    let _ = write!(text, "{}\n{}\n{}\n", words.unread, words.stop, sender.stop);
    text
}

/// The direction stands at the body's only child, too: mail programs throw away what is around it.
fn html(job: &MailJob, language: Language, sender: &Sender<'_>) -> String {
    let (words, tag, dir) = (WORDS.of(language), language.tag(), language.dir());
    let named = |words: &str, name: &str| {
        escaped(words).replace("{name}", &format!("<bdi>{}</bdi>", escaped(&one_line(name))))
    };
    let mut html = format!(
        "<!doctype html><html lang=\"{tag}\" dir=\"{dir}\"><head><meta charset=\"utf-8\"></head>\
         <body><div lang=\"{tag}\" dir=\"{dir}\">"
    );
    for message in &job.messages {
        let who = named(words.wrote, &message.agent);
        let said = escaped(&message.text).replace('\n', "<br>");
        let _ = write!(html, "<p><b>{who}</b></p><p dir=\"auto\">{said}</p>");
    }
    let _ = write!(html, "<hr><p><small>{}", named(words.why, &job.site_name));
    if let Some(origin) = job.origins.first() {
        let link = escaped(&format!("{origin}/"));
        let _ = write!(html, "<br>{} <a href=\"{link}\" dir=\"ltr\">{link}</a>", escaped(words.go_on));
    }
    let (stop, link) = (escaped(words.stop), escaped(sender.stop));
    let _ = write!(html, "<br>{}<br>{stop} <a href=\"{link}\" dir=\"ltr\">{link}</a>", escaped(words.unread));
    html.push_str("</small></p></div></body></html>");
    html
}

/// What stands in a header, or in one line: nothing in it ends the line.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LINE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
