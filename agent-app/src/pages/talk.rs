//! An open conversation: its head, transcript, composer, and the person beside it.

use std::rc::Rc;

use deskbell_shared::model::{
    Author, Cmid, ConversationId, Edits, EntryBody, InboxId, Right, Seq, Status, Summary, VisitorId,
};
use deskbell_shared::protocol::api::{BlockRequest, Nothing, VisitorCard};
use deskbell_shared::protocol::{AttendantView, Attention};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::answer::Answer;
use super::file::FileDialogProps;
use super::later::{Later, Page};
use super::why::use_why;
use crate::components::block_dialog::BlockDialogProps;
use crate::components::change_dialog::ChangeDialogProps;
use crate::components::composer;
use crate::components::empty::empty;
use crate::components::erase_dialog::EraseDialogProps;
use crate::components::face::agent_face;
use crate::components::filed::filed_line;
use crate::components::person::{PersonProps, first_answer, letter, person};
use crate::components::snooze_dialog::SnoozeDialogProps;
use crate::components::take_over_dialog::TakeOverDialogProps;
use crate::components::talk_head::{TalkHeadProps, talk_head};
use crate::components::transcript::Transcript;
use crate::components::transfer_dialog::TransferDialogProps;
use crate::format::{Local, name_of_visitor};
use crate::hooks::attended::use_attended;
use crate::hooks::desk::{Desk, Hands, use_desk};
use crate::hooks::draft::use_draft;
use crate::hooks::keys::use_keys;
use crate::hooks::steady::use_steady;
use crate::hooks::submit::{Submit, use_submit};
use crate::hooks::transcript_scroll::{RowsThere, use_transcript_scroll};
use crate::hooks::visitor_card::{Card, use_visitor_card};
use crate::hooks::who::{use_role, use_who};
use crate::route::{Route, View};
use crate::services::{blocks, dom, drafts, http};
use crate::shown::choices;
use crate::shown::filed::FileAsk;
use crate::shown::transcript::{self, Editing, Source, lines};
use crate::state::desk::{Shared, Talk as Known};
use crate::state::keys::Deed;
use crate::state::team;
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// Colleagues of whom it is shown that they are here, too.
const COLLEAGUES_SHOWN_MAX: usize = 3;

/// An open conversation.
#[derive(Clone, PartialEq, Properties)]
pub struct TalkProps {
    /// Which one.
    pub id: ConversationId,
    /// The list it was opened from.
    pub view: View,
    /// Where it leads back to where there is no room for both.
    pub back: Route,
    /// The row that was looked for.
    #[prop_or_default]
    pub row: Option<u64>,
    /// What the lists say of it.
    pub summary: Option<Summary>,
    /// The present.
    pub local: Local,
    /// Whether the person is shown where there is no room for both.
    pub is_person_shown: bool,
    /// Shows or hides the person.
    pub onperson: Callback<()>,
    /// Whether keys are for others, which are chosen in the list.
    #[prop_or_default]
    pub are_chosen: bool,
    /// Whether one is passing it on.
    pub is_transfer_shown: bool,
    /// Shows or hides that.
    pub ontransfer: Callback<bool>,
}

/// An open conversation.
#[function_component(Talk)]
pub fn talk(props: &TalkProps) -> Html {
    let Desk { state, hands } = use_desk();
    let known = state.talks.get(&props.id).cloned();
    // What is in no list, such as an earlier conversation of a visitor, is asked for by itself.
    let is_wanted = props.summary.is_none() && state.is_listed;
    use_effect_with((props.id, is_wanted), move |(id, is_wanted)| {
        if *is_wanted {
            hands.find.emit(*id);
        }
    });
    let (title, line) = match (&props.summary, &known) {
        (Some(summary), Some(known)) => {
            return html! {
                <OpenTalk id={props.id} view={props.view} back={props.back} row={props.row} summary={summary.clone()} known={Rc::clone(known)} local={props.local}
                    are_chosen={props.are_chosen} is_person_shown={props.is_person_shown} onperson={props.onperson.clone()}
                    is_transfer_shown={props.is_transfer_shown} ontransfer={props.ontransfer.clone()} />
            };
        }
        (_, Some(known)) if known.refused.is_some() => ("talk.missing", "talk.missing.line"),
        (None, _) if state.is_listed => ("talk.unlisted", "talk.unlisted.line"),
        _ => ("loading", "talk.loading.line"),
    };
    html! {
        <section class="pane pane-talk" aria-label={t("talk.pane")}>
            {empty(&t(title), &t(line), false, Html::default())}
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OpenTalkProps {
    id: ConversationId,
    are_chosen: bool,
    view: View,
    back: Route,
    row: Option<u64>,
    summary: Summary,
    known: Rc<Known>,
    local: Local,
    is_person_shown: bool,
    onperson: Callback<()>,
    is_transfer_shown: bool,
    ontransfer: Callback<bool>,
}

#[function_component(OpenTalk)]
fn open_talk(props: &OpenTalkProps) -> Html {
    let Desk { state, hands } = use_desk();
    let (id, known, me) = (props.id, &props.known, state.me);
    let role = use_role();
    let answers = role.may(Right::Answer);
    let visitor = name_of_visitor(&props.summary.visitor);
    let new_after = use_new_after(known);
    let (first, last) = ends(known);
    let onolder = hands.older.reform(move |()| id);
    let rows = RowsThere { first, last, has_older: known.has_older, revision: known.revision };
    let scroll = use_transcript_scroll(rows, onolder, props.row, hands.say.reform(|()| t("search.too_far")));
    // Who looks on at what a colleague has leaves no mark, nor does who answers nobody.
    let is_onlooker = props.summary.conversation.assignee.as_ref().is_some_and(|agent| agent.id != me);
    use_seen(id, last, !scroll.is_away && !is_onlooker && answers, &hands);
    let spoken = use_spoken(known, &visitor);

    let lines = {
        let deps = (Rc::clone(known), scroll.window, props.local, new_after);
        use_memo(deps, |(known, window, local, new_after)| {
            let inside = |seq: Seq| seq.0 >= window.from && window.to.is_none_or(|to| seq.0 <= to);
            let begin = known.rows.partition_point(|row| row.seq.0 < window.from);
            let end = known.rows.partition_point(|row| inside(row.seq) || row.seq.0 < window.from);
            lines(&Source {
                rows: &known.rows[begin..end],
                edits: &Edits::among(&known.rows),
                pending: if window.to.is_none() { &known.pending } else { &[] },
                marks: known.view.as_ref().map(|view| &view.marks),
                new_after: *new_after,
                me,
                answers,
                visitor: &name_of_visitor(&props.summary.visitor),
                local: *local,
            })
        })
    };

    let is_note = use_state_eq(|| false);
    let onmode = {
        let is_note = is_note.setter();
        Callback::from(move |note: bool| is_note.set(note))
    };
    let take_back = {
        let (hands, known, onmode) = (hands.clone(), Rc::clone(known), onmode.clone());
        let (answer, note) = (use_draft((id, false), false), use_draft((id, true), false));
        let choices = use_draft(drafts::beside(id), true);
        Callback::from(move |cmid| {
            if let Some(pending) = known.pending.iter().find(|pending| pending.cmid == cmid) {
                let draft = if pending.is_note { &note } else { &answer };
                onmode.emit(pending.is_note);
                let there = draft.latest.emit(());
                let glue = if there.is_empty() { "" } else { "\n" };
                draft.set.emit([there.as_str(), glue, &pending.text].concat());
                if !pending.choices.is_empty() {
                    choices.set.emit(choices::draft(&pending.choices));
                }
                hands.discard.emit(cmid);
                dom::focus_id(composer::ID);
            }
        })
    };
    let asks = use_state_eq(|| Ask::Nothing);
    let colleagues = state.attended.get(&id).map_or(&[][..], |agents| agents);
    let take = hands.claim.reform(move |()| id);
    // Before two answer the same.
    let assignee = props.summary.conversation.assignee.as_ref();
    let writer = assignee.filter(|agent| {
        colleagues.iter().any(|one| one.agent.id == agent.id && one.attention == Attention::Writing)
    });
    let onclaim = {
        let (take, asks, is_written) = (take.clone(), asks.setter(), writer.is_some());
        Callback::from(move |()| if is_written { asks.set(Ask::TakeOver) } else { take.emit(()) })
    };
    let ask = |what: Ask| {
        let asks = asks.setter();
        Callback::from(move |()| asks.set(what))
    };
    let inbox = props.summary.conversation.inbox;
    let desk = state.team.get(&inbox);
    let asks_outcome = desk.is_some_and(|desk| desk.outcomes);
    let onask = {
        let asks = asks.setter();
        Callback::from(move |what: FileAsk| asks.set(Ask::File(what)))
    };
    let onresolve = match asks_outcome {
        true => onask.reform(|()| FileAsk::WrapUp),
        false => hands.resolve.reform(move |()| id),
    };
    {
        let (asks, summary, reopen) = (asks.clone(), props.summary.clone(), hands.reopen.clone());
        let (are_chosen, onresolve) = (props.are_chosen, onresolve.clone());
        use_keys(move |deed| {
            match deed {
                _ if are_chosen => return false,
                Deed::Snooze if summary.conversation.is_with(me) => asks.set(Ask::Snooze),
                Deed::Resolve if summary.conversation.is_with(me) => onresolve.emit(()),
                Deed::Tags => asks.set(Ask::File(FileAsk::Tags)),
                Deed::Priority => asks.set(Ask::File(FileAsk::Priority)),
                Deed::Reopen if summary.conversation.status == Status::Resolved => reopen.emit(id),
                _ => return false,
            }
            true
        });
    }
    // The transcript is drawn when it changes, not whenever something else does.
    let onchange = use_callback(asks.setter(), |cmid, asks| asks.set(Ask::Change(cmid)));
    let take_back = use_steady(take_back);
    let (older, end) = (use_steady(scroll.older.clone()), use_steady(scroll.end.clone()));
    let onscroll = use_steady(scroll.onscroll.clone());
    let resolved = props.summary.conversation.status == Status::Resolved;
    let card = use_visitor_card(props.summary.visitor.id, u32::from(resolved));
    let blocking = use_blocking(props.summary.visitor.id, &card, ask(Ask::Nothing), &hands);
    let editing = use_state_eq(|| None::<Editing>);
    // The last one, or this one. What is not there any more, or is too old by now, is not edited.
    let edit = |which: Option<Cmid>| {
        let (editing, known, now) = (editing.setter(), Rc::clone(known), props.local.now);
        Callback::from(move |()| {
            if let Some(found) = transcript::editing(&known.rows, which, (me, answers), now) {
                editing.set(Some(found));
            }
        })
    };
    let onedited = {
        let editing = editing.setter();
        Callback::from(move |()| editing.set(None))
    };
    let dialog = match *asks {
        Ask::Nothing => Html::default(),
        Ask::Snooze => {
            let dialog = SnoozeDialogProps {
                local: props.local,
                until: props.summary.conversation.snoozed_until,
                onchoose: hands.snooze.reform(move |until| (id, until)),
                onclose: ask(Ask::Nothing),
            };
            html! { <Later page={Page::Snooze(dialog)} /> }
        }
        Ask::Change(cmid) => {
            let dialog = ChangeDialogProps {
                onedit: edit(Some(cmid)),
                onwithdraw: hands.withdraw.reform(move |()| (id, cmid)),
                onclose: ask(Ask::Nothing),
            };
            html! { <Later page={Page::Change(dialog)} /> }
        }
        Ask::TakeOver => assignee.map_or_else(Html::default, |agent| {
            let who = agent.name.clone();
            let dialog = TakeOverDialogProps { who, ontake: take.clone(), onclose: ask(Ask::Nothing) };
            html! { <Later page={Page::TakeOver(dialog)} /> }
        }),
        Ask::File(ask_for) => {
            let dialog = FileDialogProps { ask: ask_for, ids: vec![id], onclose: ask(Ask::Nothing) };
            html! { <Later page={Page::File(dialog)} /> }
        }
        Ask::Block => {
            let dialog = BlockDialogProps {
                name: visitor.clone().into(),
                wrong: blocking.submit.wrong.clone(),
                onblock: blocking.onblock.clone(),
                onclose: ask(Ask::Nothing),
            };
            html! { <Later page={Page::Block(dialog)} /> }
        }
        Ask::Erase => {
            let dialog = EraseDialogProps { visitor: props.summary.visitor.id, onclose: ask(Ask::Nothing) };
            html! { <Later page={Page::Erase(dialog)} /> }
        }
    };
    let why = use_why(me, &props.summary.conversation, props.local);
    let (began_at, first_answer_ms) = first_answer(&known.rows);
    // Where the server sends mail, it sends this by itself.
    let by_hand = use_who().me.is_some_and(|me| me.mail != Some(true));
    let mail = letter(&props.summary, &known.rows).filter(|_| by_hand && answers);
    let mail = mail.map(|letter| (letter, hands.mailed.reform(move |()| id)));
    let is_busy = state.claiming.has(&id) || known.is_resolving;
    html! {
        <>
            <section class="pane pane-talk" aria-labelledby="talk-title">
                {talk_head(&TalkHeadProps {
                    summary: &props.summary,
                    back: props.back,
                    me,
                    may_steer: role.may(Right::Steer),
                    is_busy,
                    is_person_shown: props.is_person_shown,
                    onclaim: onclaim.clone(),
                    local: props.local,
                    onsnooze: ask(Ask::Snooze),
                    onreopen: hands.reopen.reform(move |()| id),
                    ontransfer: props.ontransfer.reform(|()| true),
                    onresolve,
                    onperson: props.onperson.clone(),
                })}
                {filed_line(&props.summary, asks_outcome, role.may(Right::Steer), &onask)}
                if known.is_catching_up { <p class="unseen" role="status">{t("connection.catching_up")}</p> }
                <Transcript lines={Rc::clone(&lines)} visitor={visitor.clone()}
                    visitor_id={props.summary.visitor.id}
                    has_older={known.has_older || scroll.window.from > first} is_loading={known.is_loading_older}
                    is_away={scroll.is_away} node={scroll.node.clone()} {onscroll}
                    onolder={older} onend={end} onretry={hands.retry.clone()} ondiscard={take_back}
                    {onchange} found={props.row}
                    local={props.local} />
                <p class="talk-typing" role="status">{signs(known, &visitor, colleagues)}</p>
                <Answer {id} summary={props.summary.clone()} is_note={*is_note} {onmode} {onclaim} onsent={scroll.end.clone()}
                    editing={(*editing).clone()} {onedited} onlast={edit(None)} />
                <p class="unseen" role="status">{spoken}</p>
                if props.is_transfer_shown { {transfer(&state, &hands, &props.summary, card.known.as_deref(), &props.ontransfer)} }
            </section>
            {person(&PersonProps {
                summary: &props.summary, card: card.known.as_deref(), began_at, first_answer_ms, me, role, local: props.local,
                view: props.view, onclose: props.onperson.clone(), onblock: ask(Ask::Block), onunblock: blocking.onunblock,
                onerase: ask(Ask::Erase),
                mail, why,
            })}
            {dialog}
        </>
    }
}

/// What is asked beside the conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    Nothing,
    Snooze,
    Change(Cmid),
    Block,
    Erase,
    TakeOver,
    File(FileAsk),
}

/// Blocking the visitor, and ending that.
struct Blocking {
    submit: Submit,
    onblock: Callback<BlockRequest>,
    onunblock: Callback<()>,
}

#[hook]
fn use_blocking(visitor: VisitorId, card: &Card, onclose: Callback<()>, hands: &Hands) -> Blocking {
    let submit = use_submit();
    let onblock = {
        let (submit, renew) = (submit.clone(), card.renew.clone());
        Callback::from(move |body: BlockRequest| {
            let found = match body.reason.is_empty() {
                true => Wrong::nothing().at("reason", t("wrong.reason.empty")),
                false => Wrong::nothing(),
            };
            let path = ["/api/visitors/", &visitor.to_hex(), "/block"].concat();
            let (renew, onclose) = (renew.clone(), onclose.clone());
            submit.run(
                found,
                &["reason"],
                async move { http::post(&path, &body).await },
                move |_: Nothing| {
                    renew.emit(());
                    onclose.emit(());
                },
            );
        })
    };
    let onunblock = {
        let (renew, say) = (card.renew.clone(), hands.say.clone());
        Callback::from(move |()| {
            let (renew, say) = (renew.clone(), say.clone());
            spawn_local(async move {
                match blocks::unblock(visitor).await {
                    Ok(_) => renew.emit(()),
                    Err(trouble) => say.emit(trouble.say()),
                }
            });
        })
    };
    Blocking { submit, onblock, onunblock }
}

/// Who could get a conversation, and where it could go.
fn transfer(
    state: &Shared,
    hands: &Hands,
    summary: &Summary,
    card: Option<&VisitorCard>,
    shown: &Callback<bool>,
) -> Html {
    let conversation = &summary.conversation;
    let (id, inbox) = (conversation.id, conversation.inbox);
    let has_it = conversation.assignee.as_ref().map(|agent| agent.id);
    let colleagues = state.team.get(&inbox).map(|desk| desk.colleagues.clone()).unwrap_or_default();
    let colleagues = colleagues.into_iter().filter(|one| Some(one.agent.id) != has_it);
    let colleagues: Vec<_> = colleagues.map(|one| (one.clone(), team::may_take(&one))).collect();
    // Where its visitor would be mute it cannot go.
    let is_closed = |other: &InboxId| card.is_some_and(|card| card.closed_inboxes.contains(other));
    let others = state.team.iter().filter(|(other, _)| **other != inbox);
    let (closed, others): (Vec<_>, Vec<_>) = others.partition(|(other, _)| is_closed(other));
    let leaves_out = !closed.is_empty();
    let inboxes: Vec<_> = others.iter().map(|(other, desk)| (**other, desk.name.clone())).collect();
    let ongive = hands.transfer.reform(move |(to, note)| (id, to, note));
    let onclose = shown.reform(|()| false);
    let dialog = TransferDialogProps { colleagues, inboxes, leaves_out, ongive, onclose };
    html! { <Later page={Page::Transfer(dialog)} /> }
}

/// The first and the last row there is.
fn ends(known: &Known) -> (u64, u64) {
    match (known.rows.first(), known.rows.last()) {
        (Some(first), Some(last)) => (first.seq.0, last.seq.0),
        _ => (0, 0),
    }
}

/// Where the new messages began when the conversation was opened; it stays there while one reads.
#[hook]
fn use_new_after(known: &Rc<Known>) -> Option<Seq> {
    let mark = use_mut_ref(|| None::<Seq>);
    let mut mark = mark.borrow_mut();
    if mark.is_none() {
        *mark = known.view.as_ref().map(|view| view.marks.staff_read);
    }
    *mark
}

/// What is at the end of the transcript has been read when somebody looks at it whose it is to read.
#[hook]
fn use_seen(id: ConversationId, last: u64, is_looked_at: bool, hands: &Hands) {
    let seen = hands.seen.clone();
    let is_read = use_attended() && is_looked_at && last > 0;
    use_effect_with((id, last, is_read, seen), |(id, last, is_read, seen)| {
        if *is_read {
            seen.emit((*id, Seq(*last)));
        }
    });
}

/// What a screen reader says when the visitor has written while the conversation is open.
#[hook]
fn use_spoken(known: &Rc<Known>, visitor: &str) -> String {
    let since = use_mut_ref(|| None::<Seq>);
    let is_theirs = |row: &&deskbell_shared::model::Entry| matches!(row.author, Author::Visitor {});
    let newest = known.rows.iter().rev().find(is_theirs);
    let mut since = since.borrow_mut();
    let before = *since.get_or_insert(newest.map_or(Seq(0), |row| row.seq));
    match newest {
        Some(row) if row.seq > before => match &row.body {
            EntryBody::Message { text, .. } => tn("talk.spoken", &[("who", visitor), ("text", text)]),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// Who writes, and which colleagues look on.
fn signs(known: &Known, visitor: &str, colleagues: &[AttendantView]) -> Html {
    let dots = html! { <span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> };
    let colleague = |one: &AttendantView| {
        let is_writing = one.attention == Attention::Writing;
        let words = tn(
            if is_writing { "attending.writing" } else { "attending.looking" },
            &[("who", &one.agent.name)],
        );
        html! { <span class="sign" key={one.agent.id.to_hex()}>{agent_face(&one.agent, "face-small")}{words}if is_writing {{dots.clone()}}</span> }
    };
    html! {
        <>
            if known.is_visitor_typing { <span class="sign">{dots.clone()}{tn("typing", &[("who", visitor)])}</span> }
            {for colleagues.iter().take(COLLEAGUES_SHOWN_MAX).map(colleague)}
        </>
    }
}
