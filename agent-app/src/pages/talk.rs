//! An open conversation: its head, transcript, composer, and the person beside it.

use std::rc::Rc;

use deskbell_shared::model::{Author, ConversationId, EntryBody, Seq, Status, Summary};
use deskbell_shared::session::NotTaken;
use yew::prelude::*;

use crate::components::composer::{self, ComposerProps};
use crate::components::conversation_list::row_id;
use crate::components::empty::empty;
use crate::components::person::{PersonProps, first_answer, person};
use crate::components::talk_head::{TalkHeadProps, talk_head};
use crate::components::transcript::Transcript;
use crate::format::{Local, visitor_name};
use crate::hooks::attended::use_attended;
use crate::hooks::desk::{Desk, Hands, use_desk};
use crate::hooks::draft::use_draft;
use crate::hooks::transcript_scroll::use_transcript_scroll;
use crate::route::View;
use crate::services::dom;
use crate::shown::transcript::{Source, lines};
use crate::state::desk::Talk as Known;
use crate::text::{t, tn};

/// An open conversation.
#[derive(Clone, PartialEq, Properties)]
pub struct TalkProps {
    /// Which one.
    pub id: ConversationId,
    /// The list it was opened from.
    pub view: View,
    /// What the lists say of it.
    pub summary: Option<Summary>,
    /// The present.
    pub local: Local,
    /// Whether the person is shown where there is no room for both.
    pub is_person_shown: bool,
    /// Shows or hides the person.
    pub onperson: Callback<()>,
}

/// An open conversation.
#[function_component(Talk)]
pub fn talk(props: &TalkProps) -> Html {
    let Desk { state, .. } = use_desk();
    let known = state.talks.get(&props.id).cloned();
    let (title, line) = match (&props.summary, &known) {
        (Some(summary), Some(known)) => {
            return html! {
                <OpenTalk id={props.id} view={props.view} summary={summary.clone()} known={Rc::clone(known)} local={props.local}
                    is_person_shown={props.is_person_shown} onperson={props.onperson.clone()} />
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
    view: View,
    summary: Summary,
    known: Rc<Known>,
    local: Local,
    is_person_shown: bool,
    onperson: Callback<()>,
}

#[function_component(OpenTalk)]
fn open_talk(props: &OpenTalkProps) -> Html {
    let Desk { state, hands } = use_desk();
    let (id, known, me) = (props.id, &props.known, state.me);
    let visitor = visitor_name(props.summary.visitor.id);
    let new_after = use_new_after(known);
    let (first, last) = ends(known);
    let onolder = hands.older.reform(move |()| id);
    let scroll = use_transcript_scroll(first, last, known.has_older, known.revision, onolder);
    use_seen(id, last, !scroll.is_away, &hands);
    let spoken = use_spoken(known, &visitor);

    let lines = {
        let deps = (Rc::clone(known), scroll.window, props.local, new_after);
        use_memo(deps, |(known, window, local, new_after)| {
            let inside = |seq: Seq| seq.0 >= window.from && window.to.is_none_or(|to| seq.0 <= to);
            let begin = known.rows.partition_point(|row| row.seq.0 < window.from);
            let end = known.rows.partition_point(|row| inside(row.seq) || row.seq.0 < window.from);
            lines(&Source {
                rows: &known.rows[begin..end],
                pending: if window.to.is_none() { &known.pending } else { &[] },
                marks: known.view.as_ref().map(|view| &view.marks),
                new_after: *new_after,
                me,
                visitor: &visitor_name(props.summary.visitor.id),
                local: *local,
            })
        })
    };

    let take_back = {
        let (hands, known) = (hands.clone(), Rc::clone(known));
        let draft = use_draft(id);
        Callback::from(move |cmid| {
            if let Some(pending) = known.pending.iter().find(|pending| pending.cmid == cmid) {
                let glue = if draft.text.is_empty() { "" } else { "\n" };
                draft.set.emit([draft.text.as_str(), glue, &pending.text].concat());
                hands.discard.emit(cmid);
                dom::focus_id(composer::ID);
            }
        })
    };
    let onclaim = {
        let claim = hands.claim.clone();
        Callback::from(move |()| claim.emit(id))
    };
    let (began_at, first_answer_ms) = first_answer(&known.rows);
    let is_busy = state.claiming.contains(&id) || known.is_resolving;
    html! {
        <>
            <section class="pane pane-talk" aria-labelledby="talk-title">
                {talk_head(&TalkHeadProps {
                    summary: &props.summary,
                    view: props.view,
                    me,
                    is_busy,
                    is_person_shown: props.is_person_shown,
                    onclaim: onclaim.clone(),
                    onresolve: hands.resolve.reform(move |()| id),
                    onperson: props.onperson.clone(),
                })}
                if known.is_catching_up { <p class="unseen" role="status">{t("connection.catching_up")}</p> }
                <Transcript lines={Rc::clone(&lines)} visitor={visitor.clone()}
                    visitor_id={props.summary.visitor.id}
                    has_older={known.has_older || scroll.window.from > first} is_loading={known.is_loading_older}
                    is_away={scroll.is_away} node={scroll.node.clone()} onscroll={scroll.onscroll.clone()}
                    onolder={scroll.older.clone()} onend={scroll.end.clone()} onretry={hands.retry.clone()} ondiscard={take_back}
                    local={props.local} />
                <p class="talk-typing" role="status">{typing(known, &visitor)}</p>
                <Answer {id} summary={props.summary.clone()} {onclaim} onsent={scroll.end.clone()} />
                <p class="unseen" role="status">{spoken}</p>
            </section>
            {person(&PersonProps {
                summary: &props.summary, began_at, first_answer_ms, me, local: props.local, onclose: props.onperson.clone(),
            })}
        </>
    }
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

/// What is at the end of the transcript has been read when somebody looks at it.
#[hook]
fn use_seen(id: ConversationId, last: u64, is_at_end: bool, hands: &Hands) {
    let seen = hands.seen.clone();
    let is_read = use_attended() && is_at_end && last > 0;
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

fn typing(known: &Known, visitor: &str) -> Html {
    let words = match (known.is_visitor_typing, known.typing.first()) {
        (true, _) => tn("typing", &[("who", visitor)]),
        (false, Some(agent)) => tn("typing", &[("who", agent)]),
        (false, None) => return Html::default(),
    };
    html! { <><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>{words}</> }
}

#[derive(Clone, PartialEq, Properties)]
struct AnswerProps {
    id: ConversationId,
    summary: Summary,
    onclaim: Callback<()>,
    onsent: Callback<()>,
}

/// The composer, or what has to be done before one can answer.
#[function_component(Answer)]
fn answer(props: &AnswerProps) -> Html {
    let Desk { state, hands } = use_desk();
    let id = props.id;
    let draft = use_draft(id);
    let problem = use_state_eq(|| None::<String>);
    let conversation = &props.summary.conversation;
    let is_mine = conversation.assignee.as_ref().is_some_and(|agent| agent.id == state.me);
    // Whoever takes a conversation wants to answer.
    {
        let was_mine = use_mut_ref(|| is_mine);
        use_effect_with(is_mine, move |is_mine| {
            if *is_mine && !was_mine.replace(*is_mine) {
                dom::focus_id(composer::ID);
            }
        });
    }
    if conversation.status == Status::Resolved || !is_mine {
        return locked(props, conversation.status, state.claiming.contains(&id));
    }
    let onchange = {
        let (set, typing, problem) = (draft.set.clone(), hands.typing.clone(), problem.setter());
        Callback::from(move |text: String| {
            typing.emit((id, !text.trim().is_empty()));
            problem.set(None);
            set.emit(text);
        })
    };
    let onsend = {
        let (latest, set, write, typing) =
            (draft.latest, draft.set, hands.write.clone(), hands.typing.clone());
        let (problem, onsent) = (problem.setter(), props.onsent.clone());
        Callback::from(move |()| match write.emit((id, latest.emit(()))) {
            Ok(()) => {
                set.emit(String::new());
                typing.emit((id, false));
                problem.set(None);
                onsent.emit(());
            }
            Err(NotTaken::Empty) => {}
            Err(why) => problem.set(Some(t(not_taken(why)))),
        })
    };
    let onleave = Callback::from(move |()| {
        if !dom::focus_id(&row_id(id)) {
            dom::blur();
        }
    });
    composer::composer(&ComposerProps {
        value: draft.text,
        problem: (*problem).clone(),
        onchange,
        onsend,
        onleave,
    })
}

fn not_taken(why: NotTaken) -> &'static str {
    match why {
        NotTaken::TooLong => "compose.too_long",
        NotTaken::OutboxFull => "compose.full",
        NotTaken::Empty | NotTaken::NotLive | NotTaken::Unknown => "compose.not_now",
    }
}

/// Why one cannot answer here, and the way to it.
fn locked(props: &AnswerProps, status: Status, is_claiming: bool) -> Html {
    let assignee = props.summary.conversation.assignee.as_ref();
    let words = match (status, assignee) {
        (Status::Resolved, _) => t("answer.resolved"),
        (Status::Open, None) => t("answer.queued"),
        (Status::Open, Some(agent)) => tn("answer.with", &[("who", &agent.name)]),
    };
    let word = if assignee.is_some() { "talk.take_over" } else { "talk.claim" };
    html! {
        <div class="compose">
            <div class="compose-lock">
                <span>{words}</span>
                if status == Status::Open {
                    <button class="button button-primary" type="button" disabled={is_claiming}
                        onclick={props.onclaim.reform(|_: MouseEvent| ())}>{t(word)}</button>
                }
            </div>
        </div>
    }
}
