//! A list of conversations. Only the rows in sight, and a few around them, are in the page, however long the list is.

use std::rc::Rc;

use deskbell_shared::model::{AgentId, ConversationId, InboxId, Side, Status, Summary, UnixMillis};
use yew::prelude::*;

use super::face::visitor_face;
use super::filed::{SHOWN_MAX, marks};
use super::icon::{Glyph, drawn};
use super::link::Link;
use crate::format::{Local, age, last_line, moment, name_of_visitor};
use crate::hooks::row_window::{RowWindow, use_row_window};
use crate::route::{Route, View};
use crate::shown::chosen::{Choice, Chosen};
use crate::shown::listed::Listed;
use crate::shown::pace::{Pace, pace};
use crate::text::{count, t, tn};

/// A list.
#[derive(Clone, PartialEq, Properties)]
pub struct ListProps {
    /// Which view it is.
    pub view: View,
    /// The rows, in order.
    pub rows: Listed,
    /// The height of a row in pixels.
    pub row_px: u32,
    /// Which one is open beside it.
    pub open: Option<ConversationId>,
    /// Which one the keys are at.
    pub at: Option<ConversationId>,
    /// Where the visitor types.
    pub typing: Rc<Vec<ConversationId>>,
    /// Where something is written that was not sent.
    pub drafts: Rc<Vec<ConversationId>>,
    /// Who I am.
    pub me: AgentId,
    /// The present.
    pub local: Local,
    /// Within how many minutes inboxes aim at an answer.
    pub targets: Vec<(InboxId, u32)>,
    /// Which are chosen.
    pub chosen: Chosen,
    /// Chooses.
    pub onchoose: Callback<Choice>,
    /// Whether I may do something with those chosen.
    pub may_choose: bool,
    /// What stands below the rows.
    #[prop_or_default]
    pub children: Html,
}

/// The id of the link of a row.
pub fn row_id(id: ConversationId) -> String {
    let mut out = "row-".to_owned();
    out.push_str(&id.to_hex());
    out
}

/// A list of conversations.
#[function_component(ConversationList)]
pub fn conversation_list(props: &ListProps) -> Html {
    let stop = props.at.or(props.open).and_then(|id| Some((id, props.rows.place(id)?)));
    let cursor = stop.filter(|_| props.at.is_some());
    let (stop, place) = stop.unzip();
    let (stop, place) = (stop.or_else(|| props.rows.at(0)), place.unwrap_or(0));
    let RowWindow { range, apart, outer, inner, onscroll, onfocusin, onfocusout } =
        use_row_window(props.view, &props.rows, props.row_px, cursor, (place, stop.map(row_id)));
    // All in one list: a row that the window leaves behind is the same element.
    let before = apart.filter(|place| *place < range.start);
    let after = apart.filter(|place| *place >= range.end);
    let places = before.into_iter().chain(range.clone()).chain(after);
    let alone = |place: Option<usize>| props.rows.range(place.map_or(0..0, |place| place..place + 1));
    let rows = alone(before).chain(props.rows.range(range.clone())).chain(alone(after));
    let drawn =
        places.zip(rows).map(|(place, summary)| row(props, place, apart == Some(place), summary, stop));
    html! {
        <div class={classes!("rows", (!props.chosen.is_empty()).then_some("rows-chosen"))} ref={outer} {onscroll} {onfocusin} {onfocusout}>
            <ul ref={inner} aria-label={t(view_key(props.view))}>{for drawn}</ul>
            {props.children.clone()}
        </div>
    }
}

/// The key of the name of a view.
pub fn view_key(view: View) -> &'static str {
    match view {
        View::Queue => "view.queue",
        View::Mine => "view.mine",
        View::Snoozed => "view.snoozed",
        View::All => "view.all",
        View::Resolved => "view.resolved",
    }
}

fn row(
    props: &ListProps,
    at: usize,
    is_apart: bool,
    summary: &Rc<Summary>,
    stop: Option<ConversationId>,
) -> Html {
    let id = summary.conversation.id;
    let is_chosen = props.chosen.has(id);
    let choose = props.onchoose.clone();
    let onchoose = move |event: MouseEvent| {
        event.stop_propagation();
        choose.emit(if event.shift_key() { Choice::UpTo(None, id) } else { Choice::One(id) });
    };
    let (choose, may_choose) = (props.onchoose.clone(), props.may_choose);
    let onreach = move |event: MouseEvent| {
        // A link with Shift would open a window.
        if event.shift_key() && may_choose {
            event.prevent_default();
            choose.emit(Choice::UpTo(None, id));
        }
    };
    let target = props.targets.iter().find(|(inbox, _)| *inbox == summary.conversation.inbox);
    html! {
        <li class={classes!("row", (summary.unread > 0).then_some("row-unread"), is_chosen.then_some("row-chosen"), is_apart.then_some("row-apart"))} key={row_id(id)} onclick={onreach}
            aria-setsize={props.rows.len().to_string()} aria-posinset={(at + 1).to_string()}>
            <Listing view={props.view} summary={Rc::clone(summary)} is_open={props.open == Some(id)} is_stop={stop == Some(id)} {is_chosen}
                is_typing={props.typing.contains(&id)} is_begun={props.drafts.contains(&id)} minutes={target.map(|(_, minutes)| *minutes)} me={props.me} local={props.local} />
            if may_choose {
                <button class="row-choose" id={["box-", &id.to_hex()].concat()} type="button" role="checkbox" aria-checked={if is_chosen { "true" } else { "false" }}
                    aria-label={tn("row.choose", &[("who", &name_of_visitor(&summary.visitor))])}
                    tabindex={(stop != Some(id)).then_some("-1")} onclick={onchoose}>
                    <span class="box">{drawn(Glyph::Check, "icon")}</span>
                </button>
            }
        </li>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ListingProps {
    view: View,
    summary: Rc<Summary>,
    is_open: bool,
    is_stop: bool,
    is_chosen: bool,
    is_typing: bool,
    /// Whether something is written that was not sent.
    is_begun: bool,
    /// Within how many minutes its inbox aims at an answer.
    minutes: Option<u32>,
    me: AgentId,
    local: Local,
}

/// What a row says. One by one, because of all that are in sight one changes when something comes, and the others move.
#[function_component(Listing)]
fn listing(props: &ListingProps) -> Html {
    let summary = &props.summary;
    let since = since(props.view, summary);
    let waits = summary.conversation.status == Status::Open && summary.last_side == Side::Visitor;
    // Whoever is away waits for nobody, and is passed over until they are back: an age would say otherwise.
    let is_away = props.view == View::Queue && summary.is_passed_over();
    let (late, word) = match props.minutes.and_then(|minutes| pace(summary, minutes, props.local.now)) {
        None | Some(Pace::Fine) => (None, None),
        Some(Pace::Soon) => (Some("row-soon"), Some("row.soon")),
        Some(Pace::Late) => (Some("row-late"), Some("row.late")),
    };
    let unread = summary.unread as usize;
    let line = if props.is_typing {
        html! { <em>{t("row.typing")}</em> }
    } else {
        html! {
            <>
                if summary.last_side == Side::Staff { <b><bdi>{said_by(summary, props.me)}</bdi>{" "}</b> }
                {last_line(summary)}
            </>
        }
    };
    let id = summary.conversation.id;
    html! {
        <Link to={Route::Inbox(props.view, Some(id))} class="row-link" id={row_id(id)}
            current={props.is_open.then_some("true")} tab={props.is_stop}>
            if props.is_chosen { <span class="unseen">{t("row.chosen")}</span> }
            {visitor_face(summary.visitor.id, "")}
            <span class="row-name">
                <span class="clip">{name_of_visitor(&summary.visitor)}</span>
                <span class="row-site clip">{summary.site_name.clone()}</span>
                <span class={classes!("row-age", (waits && !is_away).then_some("row-wait"), late)} title={moment(since, props.local)}>
                    if is_away {
                        {t("row.away")}
                    } else {
                        if waits { <span class="unseen">{t("row.waiting")}</span> }
                        if let Some(word) = word { <span class="unseen">{t(word)}</span> }
                        {age(since, props.local.now)}
                    }
                </span>
            </span>
            <span class="row-line clip" dir="auto">{line}</span>
            <span class="row-mark">
                if props.is_begun { <span class="chip">{t("row.draft")}</span> }
                {marks(&summary.filed, SHOWN_MAX)}{badge(props)}
                if unread > 0 {
                    <span class="count count-hot" aria-hidden="true">{unread}</span>
                    <span class="unseen">{count("row.unread", unread)}</span>
                }
            </span>
        </Link>
    }
}

/// The instant whose age is shown: how long it waits, or how long ago the last message was.
fn since(view: View, summary: &Summary) -> UnixMillis {
    if view == View::Queue { summary.conversation.arrived_at } else { summary.last_at }
}

fn said_by(summary: &Summary, me: AgentId) -> String {
    match &summary.conversation.assignee {
        Some(agent) if agent.id != me => tn("row.by", &[("who", &agent.name)]),
        _ => t("row.you"),
    }
}

/// When it comes back; in the list of all who has it, where that is not plain from the view.
fn badge(props: &ListingProps) -> Html {
    let conversation = &props.summary.conversation;
    if let Some(until) = conversation.snoozed_until {
        let when = moment(until, props.local);
        return html! { <span class="chip" title={tn("status.snoozed", &[("until", &when)])}>{drawn(Glyph::Clock, "icon")}{when}</span> };
    }
    if props.view != View::All {
        return Html::default();
    }
    match (&conversation.status, &conversation.assignee) {
        (Status::Resolved, _) => html! { <span class="chip">{t("status.resolved")}</span> },
        (Status::Open, None) => html! { <span class="chip chip-warn">{t("status.queued")}</span> },
        (Status::Open, Some(agent)) => {
            html! { <span class="chip"><span class="clip">{agent.name.clone()}</span></span> }
        }
    }
}

/// Rows drawn while nothing is known yet.
pub fn ghosts() -> Html {
    html! {
        <div aria-hidden="true">{for (0..6).map(|_| html! { <div class="ghost"><i></i><i></i><i></i></div> })}</div>
    }
}
