//! The whole screen: brings state, services and parts together, and holds no knowledge of its own.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::message::Side;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::session::NotTaken;
use yew::{Callback, Html, component, html, use_effect_with, use_memo, use_reducer_eq};

use super::end_dialog::EndDialog;
use super::{foot, head, strips, transcript};
use crate::components::icon::{Icon, icon};
use crate::hooks::chat::use_chat;
use crate::hooks::scroll::{Place, use_scroll};
use crate::hooks::spoken::use_spoken;
use crate::services::document::{self, text, text_with};
use crate::state::chat::{Link, Pending, Thread};
use crate::state::panel::{Panel, PanelInput};

/// The app.
#[component(App)]
pub fn app() -> Html {
    let site = use_memo((), |()| FrameSite::from_text(&document::site()).expect("the document names its site"));
    let (chat, service) = use_chat(&site);
    let panel = use_reducer_eq(Panel::default);

    {
        let dispatch = panel.dispatcher();
        let service = service.clone();
        use_effect_with((), move |()| {
            let (hearer, writer, typist) = (service.clone(), service.clone(), service);
            let seen = dispatch.clone();
            document::listen(move |shown, page| {
                seen.dispatch(PanelInput::Seen(shown, shown.then(|| hearer.read()).flatten()));
                hearer.surroundings(page);
            });
            document::compose(
                move |words| match writer.write(words) {
                    Ok(()) => {
                        dispatch.dispatch(PanelInput::Wrote);
                        document::problem("");
                        true
                    }
                    Err(reason) => {
                        document::problem(&problem(reason));
                        false
                    }
                },
                move |words| {
                    typist.typing(&words);
                    document::problem("");
                },
            );
        });
    }

    let thread = chat.thread.as_ref();
    let head_seq = thread.map(Thread::head);
    {
        let service = service.clone();
        use_effect_with((head_seq, panel.seen && panel.at_end), move |(head, in_sight)| {
            if let (Some(head), true) = (*head, *in_sight) {
                service.seen(head);
            }
        });
    }
    use_effect_with(if panel.seen { 0 } else { chat.unread }, |unread| document::tell_unread(*unread));
    let end = thread.and_then(Thread::end);
    let may_write = end != Some(Side::Visitor) && chat.link != Link::Blocked;
    use_effect_with(may_write, |shown| document::show_composer(*shown));

    let rows = thread.map_or(0, |thread| thread.rows.len());
    let onplace = {
        let (dispatch, service) = (panel.dispatcher(), service.clone());
        let all_shown = panel.window(rows).start == 0;
        Callback::from(move |place: Place| {
            dispatch.dispatch(PanelInput::AtEnd(place.at_end));
            if place.near_start && all_shown {
                service.load_older();
            } else if place.near_start {
                dispatch.dispatch(PanelInput::NearStart(rows));
            }
        })
    };
    let (node, onscroll) = use_scroll(panel.jumps, onplace);
    let spoken = use_spoken(&chat).map(|(name, words)| html! { <>{ text_with("said", &name) }{ " " }{ words }</> });

    let ask_end = {
        let dispatch = panel.dispatcher();
        move |asks| dispatch.dispatch(PanelInput::AskEnd(asks))
    };
    let onend = (thread.is_some() && end.is_none()).then(|| {
        let ask_end = ask_end.clone();
        Callback::from(move |_| ask_end(true))
    });
    let onanswer = {
        let service = service.clone();
        Callback::from(move |ends| {
            ask_end(false);
            if ends {
                service.end();
            }
        })
    };
    let onanew = {
        let (service, dispatch) = (service.clone(), panel.dispatcher());
        Callback::from(move |_| {
            service.begin_anew();
            dispatch.dispatch(PanelInput::Latest);
        })
    };
    let onedit = Callback::from(move |message: Pending| {
        service.discard(message.cmid);
        document::write_back(&message.text);
    });
    let onlatest = {
        let dispatch = panel.dispatcher();
        Callback::from(move |_| dispatch.dispatch(PanelInput::Latest))
    };

    html! {
        <>
            { head::head(&site, &chat, onend) }
            { strips::strips(&chat, Callback::from(|_| document::reload())) }
            <main class="transcript" ref={node} {onscroll} tabindex="0" role="log" aria-live="off" aria-label={text("transcript")}>
                <div>
                    if let Some(thread) = thread {
                        { transcript::transcript(thread, &panel, &onedit) }
                    } else {
                        { transcript::welcome(&chat) }
                    }
                    if end.is_some() {
                        { foot::ended(may_write, onanew) }
                    }
                </div>
            </main>
            if !panel.at_end {
                <button type="button" class="latest" onclick={onlatest}>{ icon(Icon::Arrow) }{ text("latest") }</button>
            }
            <div class="for-readers" role="status">{ spoken }</div>
            if panel.asks_end {
                <EndDialog {onanswer} />
            }
        </>
    }
}

/// What to tell somebody whose words were not taken. They are still in the field.
fn problem(reason: NotTaken) -> yew::AttrValue {
    match reason {
        NotTaken::Empty => yew::AttrValue::default(),
        NotTaken::TooLong => text("too_long"),
        NotTaken::OutboxFull => text("full"),
        NotTaken::NotLive | NotTaken::Unknown => text("refused"),
    }
}
