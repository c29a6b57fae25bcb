//! The head of an open conversation: who, where, with whom, and what can be done with it.

use deskbell_shared::model::{AgentId, Status, Summary};
use yew::prelude::*;

use super::icon::{Glyph, icon};
use super::link::Link;
use crate::format::{Local, moment, name_of_visitor};
use crate::route::Route;
use crate::text::{t, tn};

/// What the head shows, and what can be done there.
pub struct TalkHeadProps<'a> {
    /// The conversation.
    pub summary: &'a Summary,
    /// The list it was opened from, to go back to on a phone.
    pub back: Route,
    /// Who I am.
    pub me: AgentId,
    /// Whether I may do something with it.
    pub may_steer: bool,
    /// Whether a claim or the end is on its way.
    pub is_busy: bool,
    /// Whether the person's panel is shown where there is no room for both.
    pub is_person_shown: bool,
    /// The present.
    pub local: Local,
    /// Asks until when it is put aside.
    pub onsnooze: Callback<()>,
    /// Takes it up again.
    pub onreopen: Callback<()>,
    /// Takes it.
    pub onclaim: Callback<()>,
    /// Passes it on.
    pub ontransfer: Callback<()>,
    /// Resolves it.
    pub onresolve: Callback<()>,
    /// Shows or hides the person's panel.
    pub onperson: Callback<()>,
}

/// The head of a conversation.
pub fn talk_head(props: &TalkHeadProps) -> Html {
    html! {
        <header class="pane-head talk-head">
            <Link to={props.back} class="button button-quiet button-icon only-narrow">
                {icon(Glyph::Back)}<span class="unseen">{t("talk.back")}</span>
            </Link>
            <div class="talk-who">
                <h2 class="clip" id="talk-title" tabindex="-1">{name_of_visitor(&props.summary.visitor)}</h2>
                <p class="clip">{where_it_stands(props.summary, props.me, props.local)}</p>
            </div>
            <div class="talk-acts">
                <button class="button button-quiet button-icon person-toggle" type="button" aria-label={t("person.toggle")}
                    aria-expanded={if props.is_person_shown { "true" } else { "false" }}
                    onclick={props.onperson.reform(|_: MouseEvent| ())}>{icon(Glyph::Panel)}</button>
                if props.may_steer { {acts(props)} }
            </div>
        </header>
    }
}

/// What I can do with it.
fn acts(props: &TalkHeadProps) -> Html {
    let conversation = &props.summary.conversation;
    let is_mine = conversation.is_with(props.me);
    let is_open = conversation.status == Status::Open;
    let busy = props.is_busy;
    html! {
        <>
            if is_open && (is_mine || conversation.assignee.is_none()) {
                <button class="button button-quiet" type="button" disabled={busy} onclick={props.ontransfer.reform(|_: MouseEvent| ())}>
                    {t("talk.transfer")}<kbd class="key" aria-hidden="true">{"T"}</kbd>
                </button>
            }
            if is_open && is_mine {
                <button class="button button-icon" type="button" aria-label={t("talk.snooze")} title={t("talk.snooze")}
                    onclick={props.onsnooze.reform(|_: MouseEvent| ())}>{icon(Glyph::Clock)}</button>
                <button class="button" type="button" disabled={busy} onclick={props.onresolve.reform(|_: MouseEvent| ())}>
                    {icon(Glyph::Check)}{t("talk.resolve")}<kbd class="key" aria-hidden="true">{"E"}</kbd>
                </button>
            } else if is_open {
                <button class="button button-primary" type="button" disabled={busy} onclick={props.onclaim.reform(|_: MouseEvent| ())}>
                    {t(if conversation.assignee.is_some() { "talk.take_over" } else { "talk.claim" })}
                    <kbd class="key" aria-hidden="true">{"C"}</kbd>
                </button>
            } else {
                <button class="button" type="button" onclick={props.onreopen.reform(|_: MouseEvent| ())}>
                    {icon(Glyph::Again)}{t("talk.reopen")}<kbd class="key" aria-hidden="true">{"O"}</kbd>
                </button>
            }
        </>
    }
}

/// The site, and who has it.
fn where_it_stands(summary: &Summary, me: AgentId, local: Local) -> String {
    let conversation = &summary.conversation;
    let snoozed =
        conversation.snoozed_until.map(|until| tn("status.snoozed", &[("until", &moment(until, local))]));
    let state = snoozed.unwrap_or_else(|| match (conversation.status, &conversation.assignee) {
        (Status::Resolved, _) => t("status.resolved"),
        (Status::Open, None) => t("status.queued"),
        (Status::Open, Some(agent)) if agent.id == me => t("status.mine"),
        (Status::Open, Some(agent)) => tn("status.with", &[("who", &agent.name)]),
    });
    tn("talk.line", &[("site", &summary.site_name), ("state", &state)])
}
