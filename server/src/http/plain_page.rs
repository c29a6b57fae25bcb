//! How the plain form looks: one page that reads well on a phone, by a screen reader, and without its sheet.

use std::fmt::Write as _;

use deskbell_shared::model::contrast::ink_on;
use deskbell_shared::model::message::offered;
use deskbell_shared::model::{Author, Edits, Entry, EntryBody, FileId, FileView, UnixMillis};
use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;

use super::words::{WORDS, Words};
use crate::html::escaped;
use crate::language::Language;
use crate::store::accounts::SiteRecord;

/// Everything on the page.
pub struct PlainPage<'a> {
    /// What it is written in.
    pub language: Language,
    /// Whose widget it is.
    pub site: &'a SiteRecord,
    /// The conversation so far.
    pub rows: &'a [Entry],
    /// Whether it was ended; writing goes on with it.
    pub is_resolved: bool,
    /// What became of what was just sent.
    pub notice: Option<Notice>,
    /// What is asked before the first message, as HTML (`plain_questions`).
    pub questions: &'a str,
    /// What stays in the field.
    pub text: &'a str,
    /// The one-use token.
    pub token: &'a str,
    /// Where a file can be had for the next minutes.
    pub address_of: &'a dyn Fn(FileId) -> String,
}

/// What became of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is stored.
    Sent,
    /// This very form was sent before, with another text.
    SentBefore,
    /// The form was too old.
    Expired,
    /// The text is too long.
    TooLong,
    /// Too many at once.
    TooFast,
    /// Nothing more is taken of this visitor for a time.
    Blocked,
    /// Only people who are signed in on the website may write there.
    Members,
    /// The server could not keep it.
    NotStored,
    /// Something that has to be answered was not.
    Unanswered,
}

impl Notice {
    fn said_in(self, words: &Words) -> &'static str {
        match self {
            Notice::Sent => words.sent,
            Notice::SentBefore => words.sent_before,
            Notice::Expired => words.expired,
            Notice::TooLong => words.too_long,
            Notice::TooFast => words.too_fast,
            Notice::Blocked => words.blocked,
            Notice::Members => words.members,
            Notice::NotStored => words.not_stored,
            Notice::Unanswered => words.unanswered,
        }
    }

    fn is_good(self) -> bool {
        self == Notice::Sent
    }
}

/// What is said in place of the form to those who are not signed in on the website, where nobody else may write.
pub fn members_page(site: &SiteRecord, language: Language) -> String {
    let words = WORDS.of(language).members;
    [head(site, language).as_str(), "<p role=\"status\">", words, "</p>\n", END].concat()
}

const END: &str = "</main>\n</body>\n</html>\n";

/// The document as far as its middle.
fn head(site: &SiteRecord, language: Language) -> String {
    let name = escaped(&site.looks.name);
    let title = WORDS.of(language).chat_with.replacen("{name}", &language.isolated(&name), 1);
    let (tag, dir) = (language.tag(), language.dir());
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{tag}\" dir=\"{dir}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <title>{title}</title>\n<link rel=\"stylesheet\" href=\"plain.css\">\n</head>\n<body>\n\
             <header><h1><bdi>{name}</bdi></h1>"
    );
    for line in site.looks.greeting.lines() {
        let _ = write!(html, "<p dir=\"auto\">{}</p>", escaped(line));
    }
    html.push_str("</header>\n<main>\n");
    html
}

impl PlainPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        let mut html = head(self.site, self.language);
        self.transcript(&mut html);
        self.form(&mut html);
        html.push_str(END);
        html
    }

    fn transcript(&self, html: &mut String) {
        if self.rows.is_empty() {
            return;
        }
        let words = WORDS.of(self.language);
        let _ = write!(html, "<h2>{}</h2>\n<ol>\n", words.conversation);
        let edits = Edits::among(self.rows);
        let offered = offered(self.rows).filter(|_| !self.is_resolved);
        for row in self.rows {
            let time = clock(row.at);
            let edited = edits.of(row);
            let author = match &row.author {
                Author::Visitor {} => words.you.to_owned(),
                Author::Agent { agent } => escaped(&agent.name),
                Author::System {} => String::new(),
            };
            let _ = match &row.body {
                EntryBody::Message { text, file, choices, .. } => {
                    let side = if matches!(row.author, Author::Visitor {}) { "mine" } else { "theirs" };
                    let file = file.as_ref().map_or_else(String::new, |file| self.link(file));
                    let mark = edited.map_or_else(String::new, |_| format!(" · {}", words.edited));
                    let text = match edited.unwrap_or(text) {
                        "" => String::new(),
                        text => format!("<p dir=\"auto\">{}</p>", escaped(text).replace('\n', "<br>")),
                    };
                    let choices = match offered {
                        Some((asked, choices)) if std::ptr::eq(asked, row) => presses(choices, words.answer),
                        _ => choices.iter().flatten().map(|choice| line(choice)).collect(),
                    };
                    writeln!(
                        html,
                        "<li class=\"{side}\"><p class=\"who\"><b dir=\"auto\">{author}</b> {time}{mark}</p>{file}{text}{choices}</li>"
                    )
                }
                EntryBody::Assigned { to, .. } => {
                    let name = format!("<bdi>{}</bdi>", escaped(&to.name));
                    event(html, &words.joined.replacen("{name}", &name, 1))
                }
                EntryBody::Resolved { .. } => event(html, words.resolved),
                EntryBody::Reopened { .. } => event(html, words.reopened),
                // What is left of an edit, or of an address, is no line.
                EntryBody::Edited { .. } | EntryBody::Erased { cmid: None, .. } => Ok(()),
                EntryBody::Erased { withdrawn: Some(true), .. } => event(html, words.withdrawn),
                EntryBody::Erased { .. } => event(html, words.erased),
                EntryBody::Requeued { .. } => event(html, words.requeued),
                EntryBody::Moved { name, .. } => {
                    let name = format!("<bdi>{}</bdi>", escaped(name));
                    event(html, &words.moved.replacen("{name}", &name, 1))
                }
                // The visitor knows what they did themselves; the others are no visitor's business.
                EntryBody::Rated { .. }
                | EntryBody::AddressLeft { .. }
                | EntryBody::Note { .. }
                | EntryBody::Snoozed { .. }
                | EntryBody::Woken {}
                | EntryBody::Filed { .. }
                | EntryBody::Mailed { .. } => Ok(()),
            };
        }
        html.push_str("</ol>\n");
    }

    /// A file by its name; what is a picture and what is kept, the server says when it is asked for it.
    fn link(&self, file: &FileView) -> String {
        let (address, name) = (escaped(&(self.address_of)(file.id)), escaped(&file.name));
        let kilobytes = file.size.div_ceil(1024);
        format!("<p><a href=\"{address}\"><bdi>{name}</bdi></a> <bdi>({kilobytes} KB)</bdi></p>")
    }

    fn form(&self, html: &mut String) {
        let words = WORDS.of(self.language);
        if let Some(notice) = self.notice {
            let (class, role) = if notice.is_good() { ("good", "status") } else { ("bad", "alert") };
            let _ = writeln!(html, "<p class=\"{class}\" role=\"{role}\">{}</p>", notice.said_in(words));
        }
        let label = if self.rows.is_empty() || self.is_resolved { words.message } else { words.answer };
        let (token, text) = (escaped(self.token), escaped(self.text));
        let _ = write!(
            html,
            "<form id=\"say\" method=\"post\" action=\"plain\">\n<input type=\"hidden\" name=\"token\" value=\"{token}\">\n{}\
             <label for=\"text\">{label}</label>\n\
             <textarea id=\"text\" name=\"text\" rows=\"4\" maxlength=\"{TEXT_BYTES_MAX}\" dir=\"auto\" \
             autocomplete=\"off\">\n{text}</textarea>\n<div class=\"actions\">\
             <button>{}</button> ",
            self.questions, words.send
        );
        if !self.rows.is_empty() {
            let look = words.look;
            let _ = write!(html, "<button class=\"quiet\" name=\"action\" value=\"look\">{look}</button>");
        }
        html.push_str("</div>\n</form>\n");
    }
}

/// Answers to press: each sends the form, which goes on holding what was being written.
fn presses(choices: &[String], label: &str) -> String {
    let mut html = format!("<div class=\"actions\" role=\"group\" aria-label=\"{label}\">");
    for choice in choices {
        let choice = escaped(choice);
        let _ = write!(
            html,
            "<button class=\"quiet\" form=\"say\" name=\"choice\" value=\"{choice}\" dir=\"auto\">{choice}</button>"
        );
    }
    html + "</div>"
}

/// An answer that could be pressed once.
fn line(choice: &str) -> String {
    format!("<p dir=\"auto\">- {}</p>", escaped(choice))
}

fn event(html: &mut String, line: &str) -> std::fmt::Result {
    writeln!(html, "<li class=\"event\">{line}</li>")
}

/// The sheet of the page, in the colour of its site.
pub fn sheet_of(colour: &str) -> String {
    include_str!("plain.css").replace("/*colour*/", colour).replace("/*ink*/", ink_on(colour))
}

/// Hours and minutes; without scripts nobody knows the reader's own time.
fn clock(at: UnixMillis) -> String {
    let seconds = at.0.div_euclid(1000);
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute) = (of_day / 3600, of_day / 60 % 60);
    let (year, month, day) = deskbell_shared::model::time::civil_date(seconds.div_euclid(86_400));
    format!(
        "<time dir=\"ltr\" datetime=\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}Z\">{hour:02}:{minute:02} UTC</time>"
    )
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::{AgentId, AgentView, Cmid, InboxId, Seq, SiteId, SiteLooks};

    use super::*;

    #[test]
    fn times_are_written_right() {
        assert!(clock(UnixMillis(1_700_000_000_000)).contains("2023-11-14T22:13Z"));
        assert!(clock(UnixMillis(951_782_400_000)).contains("2000-02-29T00:00Z"));
    }

    #[test]
    fn nothing_people_wrote_becomes_markup() {
        let evil = "</textarea><script>alert(1)</script>\" onx='";
        let site = SiteRecord {
            id: SiteId(1),
            inbox: InboxId(1),
            inboxes: Vec::new(),
            key: "KEY".into(),
            looks: SiteLooks {
                name: evil.into(),
                colour: "#123456".into(),
                greeting: evil.into(),
                style: None,
            },
            origins: Vec::new(),
            seen: Vec::new(),
        };
        let named = |name: &str| {
            let media = "text/plain".to_owned();
            Some(FileView { id: FileId(7), name: name.into(), media, size: 1025, width: None, height: None })
        };
        let text = format!("{evil}\nsecond line");
        let row = Entry {
            seq: Seq(1),
            at: UnixMillis(0),
            author: Author::Visitor {},
            body: EntryBody::Message { cmid: Cmid(1), text, file: named(evil), choices: None },
        };
        for language in Language::ALL {
            let page = PlainPage {
                language,
                site: &site,
                rows: std::slice::from_ref(&row),
                is_resolved: false,
                notice: None,
                questions: "",
                text: evil,
                token: "T",
                address_of: &|id| format!("/file/{id}/pass"),
            };
            let html = page.html();
            assert!(!html.contains("<script") && !html.contains("onx='"), "{html}");
            assert_eq!(html.matches("</textarea>").count(), 1);
            assert!(html.contains("<br>second line"));
            let address = format!("<a href=\"/file/{}/pass\">", FileId(7));
            assert!(html.contains(&address) && html.contains("(2 KB)"), "{html}");
            let root = format!("<html lang=\"{}\" dir=\"{}\">", language.tag(), language.dir());
            assert!(html.contains(&root), "{html}");
            assert!(html.contains(&format!("<button>{}</button>", WORDS.of(language).send)), "{html}");
        }
    }

    /// S22, S23: five hundred strings that run elsewhere, in every place of the page that somebody may fill.
    #[test]
    fn no_string_of_the_corpus_becomes_markup() {
        let tags = |html: &str| html.matches('<').count();
        let page = |name: &str, text: &str| {
            let site = SiteRecord {
                id: SiteId(1),
                inbox: InboxId(1),
                inboxes: Vec::new(),
                key: "KEY".into(),
                looks: SiteLooks {
                    name: name.into(),
                    colour: "#123456".into(),
                    greeting: name.into(),
                    style: None,
                },
                origins: Vec::new(),
                seen: Vec::new(),
            };
            let agent = AgentView { id: AgentId(1), name: name.into(), picture: None };
            let rows = [Author::Visitor {}, Author::Agent { agent }].map(|author| Entry {
                seq: Seq(1),
                at: UnixMillis(0),
                author,
                body: EntryBody::message(Cmid(1), text),
            });
            PlainPage {
                language: Language::English,
                site: &site,
                rows: &rows,
                is_resolved: false,
                notice: None,
                questions: "",
                text,
                token: "T",
                address_of: &|id| format!("/file/{id}/pass"),
            }
            .html()
        };
        let harmless = tags(&page("x", "x"));
        for evil in include_str!("../../tests/xss.txt").lines() {
            let html = page(evil, evil);
            assert_eq!(tags(&html), harmless, "{evil}: {html}");
            assert!(!html.contains("\" onerror") && !html.contains("' onerror"), "{evil}: {html}");
        }
    }

    #[test]
    fn what_was_asked_last_may_be_pressed_and_the_rest_is_read() {
        let site = SiteRecord {
            id: SiteId(1),
            inboxes: Vec::new(),
            inbox: InboxId(1),
            key: "KEY".into(),
            looks: SiteLooks {
                name: "x".into(),
                colour: "#123456".into(),
                greeting: "x".into(),
                style: None,
            },
            origins: Vec::new(),
            seen: Vec::new(),
        };
        let asks = |choice: &str| {
            let agent = AgentView { id: AgentId(1), name: "Mia".into(), picture: None };
            let (cmid, text, choices) = (Cmid(1), "which?".into(), Some(vec![choice.to_owned()]));
            let body = EntryBody::Message { cmid, text, file: None, choices };
            Entry { seq: Seq(1), at: UnixMillis(0), author: Author::Agent { agent }, body }
        };
        let rows = [asks("the <old>"), asks("the \"new\"")];
        let html = |rows: &[Entry], is_resolved| {
            PlainPage {
                language: Language::English,
                site: &site,
                rows,
                is_resolved,
                notice: None,
                questions: "",
                text: "",
                token: "T",
                address_of: &|id| format!("/file/{id}/pass"),
            }
            .html()
        };
        let open = html(&rows, false);
        assert!(open.contains("<p dir=\"auto\">- the &lt;old&gt;</p>"), "{open}");
        let press = "form=\"say\" name=\"choice\" value=\"the &quot;new&quot;\"";
        assert!(open.contains(press) && open.contains("<form id=\"say\""), "{open}");
        assert!(!html(&rows, true).contains("name=\"choice\""), "nothing is pressed when it is over");
    }

    #[test]
    fn the_sheet_has_the_colour_of_the_site() {
        let sheet = sheet_of("#123456");
        assert!(sheet.contains("#123456") && sheet.contains("#ffffff") && !sheet.contains("/*"));
    }
}
