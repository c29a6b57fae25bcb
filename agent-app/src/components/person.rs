//! The panel about the visitor: what is known, and nothing that is guessed.

use deskbell_shared::model::{AgentId, Entry, EntryBody, Side, Summary};
use yew::prelude::*;

use super::face::visitor_face;
use super::icon::{Glyph, icon};
use crate::format::{Local, moment, span, visitor_name};
use crate::text::t;

/// What the panel shows.
pub struct PersonProps<'a> {
    /// The conversation.
    pub summary: &'a Summary,
    /// How long the visitor waited for the first answer, in milliseconds, where it is known.
    pub first_answer_ms: Option<i64>,
    /// When the conversation began, where it is known.
    pub began_at: Option<deskbell_shared::model::UnixMillis>,
    /// Who I am.
    pub me: AgentId,
    /// The present.
    pub local: Local,
    /// Closes the panel where it hides something.
    pub onclose: Callback<()>,
}

/// The panel about the visitor.
pub fn person(props: &PersonProps) -> Html {
    let visitor = &props.summary.visitor;
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
                    <p class="person-name">{visitor_name(visitor.id)}</p>
                    <p class="form-row muted"><span class={presence.0} aria-hidden="true"></span>{t(presence.1)}</p>
                </div>
                <dl class="facts">
                    if let Some(page) = &visitor.page { {fact("person.page", page_link(page))} }
                    {fact("person.first_seen", html! { {moment(visitor.first_seen_at, props.local)} })}
                    if let Some(language) = &visitor.language { {fact("person.language", html! { {language.clone()} })} }
                    {fact("person.site", html! { {props.summary.site_name.clone()} })}
                </dl>
                <section class="person-part">
                    <h3>{t("person.conversation")}</h3>
                    <dl class="facts">
                        if let Some(at) = props.began_at { {fact("person.began", html! { {moment(at, props.local)} })} }
                        if let Some(ms) = props.first_answer_ms { {fact("person.first_answer", html! { {span(ms)} })} }
                        {fact("person.with", html! { {with} })}
                    </dl>
                </section>
            </div>
        </section>
    }
}

/// Only `http` and `https` become links: the address comes from the visitor's side.
fn page_link(page: &deskbell_shared::model::PageView) -> Html {
    let words = if page.title.is_empty() { &page.url } else { &page.title };
    let is_web = page.url.starts_with("https://") || page.url.starts_with("http://");
    if !is_web {
        return html! { {words.clone()} };
    }
    html! {
        <a href={page.url.clone()} title={page.url.clone()} target="_blank" rel="noopener noreferrer nofollow">{words.clone()}</a>
    }
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
