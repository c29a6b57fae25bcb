//! The panel about the visitor: what is known, and nothing that is guessed.

use deskbell_shared::model::{AgentId, Edits, Entry, EntryBody, Right, Role, Side, Status, Summary};
use deskbell_shared::protocol::api::VisitorCard;
use yew::prelude::*;

use super::face::visitor_face;
use super::icon::{Glyph, icon};
use super::identity;
use super::link::Link;
use crate::format::{Local, language as name_of, last_line, moment, name_of_visitor, span, time_in};
use crate::route::{Route, View};
use crate::text::{t, tn};

/// What the panel shows.
pub struct PersonProps<'a> {
    /// The conversation.
    pub summary: &'a Summary,
    /// What the server knows beside it, once it is there.
    pub card: Option<&'a VisitorCard>,
    /// The list one is in, for the way to other conversations.
    pub view: View,
    /// Asks for how long the visitor is blocked, and why.
    pub onblock: Callback<()>,
    /// Ends that.
    pub onunblock: Callback<()>,
    /// Asks whether all about the visitor is to be deleted.
    pub onerase: Callback<()>,
    /// How long the visitor waited for the first answer, in milliseconds, where it is known.
    pub first_answer_ms: Option<i64>,
    /// When the conversation began, where it is known.
    pub began_at: Option<deskbell_shared::model::UnixMillis>,
    /// Who I am.
    pub me: AgentId,
    /// What I am.
    pub role: Role,
    /// The present.
    pub local: Local,
    /// Closes the panel where it hides something.
    pub onclose: Callback<()>,
    /// Why it is with whom it is.
    pub why: Html,
    /// Where the server sends no mail: a prepared mail, and that it was opened.
    pub mail: Option<(String, Callback<()>)>,
}

/// The panel about the visitor.
pub fn person(props: &PersonProps) -> Html {
    let visitor = &props.summary.visitor;
    let (known, site) =
        (props.card.and_then(|card| card.identity.as_ref()), props.summary.site_name.as_str());
    let with = match &props.summary.conversation.assignee {
        Some(agent) if agent.id == props.me => t("person.with.me"),
        Some(agent) => agent.name.clone(),
        None => t("person.with.nobody"),
    };
    let presence =
        if visitor.online { ("dot dot-good", "person.online") } else { ("dot dot-hollow", "person.away") };
    html! {
        <section class="pane pane-person" aria-labelledby="person-title">
            <header class="pane-head">
                <h2 id="person-title">{t("person.title")}</h2>
                <button class="button button-quiet button-icon person-toggle push" type="button" aria-label={t("close")}
                    onclick={props.onclose.reform(|_: MouseEvent| ())}>{icon(Glyph::Close)}</button>
            </header>
            <div class="person" tabindex="0">
                <div class="person-top">
                    {visitor_face(visitor.id, "face-big")}
                    <p class="person-name"><bdi>{name_of_visitor(visitor)}</bdi></p>
                    if props.card.is_some() { {identity::standing(known, site)} }
                    <p class="form-row muted"><span class={presence.0} aria-hidden="true"></span>{t(presence.1)}</p>
                </div>
                <dl class="facts">
                    if let Some(page) = &visitor.page { {fact("person.page", page_link(page))} }
                    if let Some(from) = visitor.page.as_ref().and_then(|page| page.referrer.as_ref()) {
                        {fact("person.referrer", web_link(from, from))}
                    }
                    if let Some(time) = visitor.time_zone.as_ref().and_then(|zone| time_in(props.local.now, zone)) {
                        {fact("person.time", html! { <span title={visitor.time_zone.clone()}>{time}</span> })}
                    }
                    {fact("person.first_seen", html! { {moment(visitor.first_seen_at, props.local)} })}
                    if let Some(language) = &visitor.language { {fact("person.language", html! { <span title={language.clone()}>{name_of(language)}</span> })} }
                    if let Some(address) = &props.summary.conversation.address {
                        {fact("person.address", html! { {address.clone()} })}
                    }
                    {fact("person.site", html! { {props.summary.site_name.clone()} })}
                </dl>
                if let Some(who) = known { {identity::said(who, site)} }
                if let Some(about) = props.card.and_then(|card| card.about.as_ref()) { {identity::told(about, props.local)} }
                if let Some((letter, onopen)) = &props.mail {
                    <div class="person-part">
                        <a class="button" href={letter.clone()} onclick={onopen.reform(|_: MouseEvent| ())}>{t("person.mail")}</a>
                        <p class="field-help">{t("person.mail.line")}</p>
                    </div>
                }
                <section class="person-part">
                    <h3>{t("person.conversation")}</h3>
                    <dl class="facts">
                        if let Some(at) = props.began_at { {fact("person.began", html! { {moment(at, props.local)} })} }
                        if let Some(ms) = props.first_answer_ms { {fact("person.first_answer", html! { {span(ms)} })} }
                        {fact("person.with", html! { {with} })}
                    </dl>
                    {props.why.clone()}
                </section>
                if let Some(card) = props.card { {earlier(props, card)}{block(props, card)} }
                <section class="person-part person-data">
                    <a class="button button-quiet" download="" href={transcript_of(props.summary)}>{t("person.transcript")}</a>
                    if props.role.may(Right::Erase) {
                        <button class="button button-quiet" type="button" aria-haspopup="dialog" onclick={props.onerase.reform(|_: MouseEvent| ())}>{t("erase.open")}</button>
                    }
                </section>
            </div>
        </section>
    }
}

/// Their other conversations, newest first.
fn earlier(props: &PersonProps, card: &VisitorCard) -> Html {
    let here = props.summary.conversation.id;
    let others: Vec<&Summary> = card.conversations.iter().filter(|one| one.conversation.id != here).collect();
    if others.is_empty() {
        return Html::default();
    }
    let line = |one: &&Summary| {
        let is_open = one.conversation.status == Status::Open;
        html! {
            <li key={one.conversation.id.to_hex()}>
                <Link to={Route::Inbox(props.view, Some(one.conversation.id))} class="earlier">
                    <span class="clip" dir="auto">{last_line(one)}</span>
                    <span class="muted">{moment(one.last_at, props.local)}{" · "}{t(if is_open { "status.open" } else { "status.resolved" })}</span>
                </Link>
            </li>
        }
    };
    html! {
        <section class="person-part"><h3>{t("person.earlier")}</h3><ul>{for others.iter().map(line)}</ul></section>
    }
}

/// Whether they are blocked, and the way to change that.
fn block(props: &PersonProps, card: &VisitorCard) -> Html {
    let may = props.role.may(Right::Block);
    match &card.block {
        Some(block) => {
            let until = moment(block.until, props.local);
            html! {
                <section class="person-part form">
                    <div class="note note-bad">
                        {icon(Glyph::Block)}
                        <div>
                            <p class="strong">{t("block.is")}</p>
                            <p>{block.reason.clone()}</p>
                            <p>{tn("block.until", &[("who", &block.by.name), ("until", &until)])}</p>
                        </div>
                    </div>
                    if may { <button class="button" type="button" onclick={props.onunblock.reform(|_: MouseEvent| ())}>{t("block.lift")}</button> }
                </section>
            }
        }
        None if !may => Html::default(),
        None => html! {
            <section class="person-part">
                <button class="button button-quiet button-danger" type="button" onclick={props.onblock.reform(|_: MouseEvent| ())}>
                    {icon(Glyph::Block)}{t("block.ask")}
                </button>
            </section>
        },
    }
}

fn page_link(page: &deskbell_shared::model::PageView) -> Html {
    web_link(&page.url, if page.title.is_empty() { &page.url } else { &page.title })
}

/// Only `http` and `https` become links: the address comes from the visitor's side.
fn web_link(url: &str, words: &str) -> Html {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if !is_web {
        return html! { {words.to_owned()} };
    }
    html! {
        <a href={url.to_owned()} title={url.to_owned()} target="_blank" rel="noopener noreferrer nofollow">{words.to_owned()}</a>
    }
}

fn transcript_of(summary: &Summary) -> String {
    ["/api/conversations/", &summary.conversation.id.to_hex(), "/transcript"].concat()
}

fn fact(key: &str, what: Html) -> Html {
    html! { <div><dt>{t(key)}</dt><dd>{what}</dd></div> }
}

/// When a conversation began and how long its first answer took, where its first rows are known.
pub fn first_answer(rows: &[Entry]) -> (Option<deskbell_shared::model::UnixMillis>, Option<i64>) {
    let Some(first) = rows.first().filter(|row| row.seq.0 == 1) else { return (None, None) };
    let is_message = |row: &&Entry| matches!(row.body, EntryBody::Message { .. });
    let answer = rows.iter().filter(is_message).find(|row| row.author.side() == Side::Staff);
    (Some(first.at), answer.map(|answer| (answer.at.0 - first.at.0).max(0)))
}

/// A prepared mail: what the visitor has not read of what agents wrote, for a mail program of the agent's own.
pub fn letter(summary: &Summary, rows: &[Entry]) -> Option<String> {
    let address = summary.conversation.address.as_ref()?;
    let read = summary.conversation.marks.visitor_read;
    let edits = Edits::among(rows);
    let unread = rows.iter().filter(|row| row.seq > read && row.author.side() == Side::Staff);
    let mut texts: Vec<&str> = unread
        .filter_map(|row| match &row.body {
            EntryBody::Message { text, .. } => Some(edits.of(row).unwrap_or(text)),
            _ => None,
        })
        .collect();
    let site = [("site", summary.site_name.as_str())];
    let (subject, sign) = (tn("mail.subject", &site), tn("mail.sign", &site));
    texts.push(&sign);
    let body = texts.join("\n\n");
    Some(["mailto:", &escaped(address), "?subject=", &escaped(&subject), "&body=", &escaped(&body)].concat())
}

/// As one part of an address (RFC 6068): nothing in it begins another part.
fn escaped(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.replace('\n', "\r\n").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_one_part_of_the_link() {
        assert_eq!(escaped("ann+x@example.com"), "ann%2Bx@example.com");
        assert_eq!(escaped("a?bcc=b&c\nd ü"), "a%3Fbcc%3Db%26c%0D%0Ad%20%C3%BC");
    }
}
