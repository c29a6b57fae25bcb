//! Sending files from the desk: picked while a conversation is open. Each is uploaded first and sent
//! as a message of its own; what is under way lives in this page only.

use deskbell_shared::model::{ConversationId, FileView};
use deskbell_shared::protocol::limits::FILE_BYTES_MAX;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, FileList, HtmlInputElement};
use yew::prelude::*;

use crate::hooks::desk::{Desk, use_desk};
use crate::services::http;
use crate::text::t;
use crate::trouble::Trouble;

/// Where files go.
#[derive(Clone, PartialEq, Properties)]
pub struct AttachProps {
    /// The conversation.
    pub id: ConversationId,
    /// Called when one was sent.
    pub onsent: Callback<()>,
}

/// A file on its way.
#[derive(Clone, PartialEq)]
struct Going {
    number: u32,
    file: File,
    /// Why it was not sent.
    failed: Option<&'static str>,
}

enum Step {
    Begin(Going),
    Failed(u32, &'static str),
    Again(u32),
    Gone(u32),
}

#[derive(Default, PartialEq)]
struct Tray(Vec<Going>);

impl Reducible for Tray {
    type Action = Step;

    fn reduce(self: std::rc::Rc<Self>, step: Step) -> std::rc::Rc<Self> {
        let mut all = self.0.clone();
        let mut set = |number, failed| {
            for going in all.iter_mut().filter(|going| going.number == number) {
                going.failed = failed;
            }
        };
        match step {
            Step::Failed(number, why) => set(number, Some(why)),
            Step::Again(number) => set(number, None),
            Step::Begin(going) => all.push(going),
            Step::Gone(number) => all.retain(|going| going.number != number),
        }
        std::rc::Rc::new(Tray(all))
    }
}

/// The button, and what is under way.
#[function_component(Attach)]
pub fn attach(props: &AttachProps) -> Html {
    let Desk { hands, .. } = use_desk();
    let tray = use_reducer(Tray::default);
    let last = use_mut_ref(|| 0u32);
    let input = use_node_ref();
    let upload = {
        let (dispatch, send, onsent, id) =
            (tray.dispatcher(), hands.send_file.clone(), props.onsent.clone(), props.id);
        Callback::from(move |(number, file): (u32, File)| {
            if file.size() > FILE_BYTES_MAX as f64 {
                return dispatch.dispatch(Step::Failed(number, "file.large"));
            }
            let (dispatch, send, onsent) = (dispatch.clone(), send.clone(), onsent.clone());
            spawn_local(async move {
                let step = match http::upload::<FileView>("/api/upload", &file).await {
                    Ok(view) => match send.emit((id, view)) {
                        Ok(()) => Step::Gone(number),
                        Err(_) => Step::Failed(number, "compose.not_now"),
                    },
                    Err(trouble) => Step::Failed(number, why(&trouble)),
                };
                let sent = matches!(step, Step::Gone(_));
                dispatch.dispatch(step);
                if sent {
                    onsent.emit(());
                }
            });
        })
    };
    let begin = {
        let (dispatch, upload) = (tray.dispatcher(), upload.clone());
        Callback::from(move |files: FileList| {
            for file in (0..files.length()).filter_map(|at| files.get(at)) {
                let number = {
                    let mut last = last.borrow_mut();
                    *last += 1;
                    *last
                };
                dispatch.dispatch(Step::Begin(Going { number, file: file.clone(), failed: None }));
                upload.emit((number, file));
            }
        })
    };
    let onchange = {
        let begin = begin.clone();
        Callback::from(move |event: Event| {
            let input = event.target_unchecked_into::<HtmlInputElement>();
            if let Some(files) = input.files() {
                begin.emit(files);
            }
            input.set_value("");
        })
    };
    let onclick = {
        let input = input.clone();
        move |_: MouseEvent| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.click();
            }
        }
    };
    let row = |going: &Going| {
        let number = going.number;
        let again = {
            let (dispatch, upload, file) = (tray.dispatcher(), upload.clone(), going.file.clone());
            move |_: MouseEvent| {
                dispatch.dispatch(Step::Again(number));
                upload.emit((number, file.clone()));
            }
        };
        let drop = {
            let dispatch = tray.dispatcher();
            move |_: MouseEvent| dispatch.dispatch(Step::Gone(number))
        };
        html! {
            <li key={number}>
                <bdi>{going.file.name()}</bdi>
                if let Some(why) = going.failed {
                    <span class="field-error" role="alert">{t(why)}</span>
                    <button class="link" type="button" onclick={again}>{t("progress.retry")}</button>
                    <button class="link" type="button" onclick={drop}>{t("file.drop")}</button>
                } else {
                    <span class="muted" role="status">{t("file.going")}</span><progress aria-label={going.file.name()} />
                }
            </li>
        }
    };
    html! {
        <div class="attach">
            <ul class="uploads">{for tray.0.iter().map(row)}</ul>
            <button class="button button-quiet" type="button" {onclick}>{t("file.attach")}</button>
            <input ref={input} type="file" multiple=true hidden=true aria-hidden="true" {onchange} />
        </div>
    }
}

fn why(trouble: &Trouble) -> &'static str {
    use deskbell_shared::protocol::RefusalCode;
    match trouble {
        Trouble::Refused(failure) if failure.code == RefusalCode::TooLong => "file.large",
        Trouble::Refused(failure) if failure.code == RefusalCode::Malformed => "file.kind",
        _ => "compose.not_now",
    }
}
