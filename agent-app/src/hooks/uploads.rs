//! Files on their way from this page: each is uploaded first and sent as a message of its own. What is under way lives
//! in this page only.

use std::rc::Rc;

use deskbell_shared::model::{ConversationId, FileView};
use deskbell_shared::protocol::limits::FILE_BYTES_MAX;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::desk::{Desk, use_desk};
use crate::services::files::{self, Picked};
use crate::services::http::{self, Upload};
use crate::state::map::Map;
use crate::trouble::Trouble;

/// A file on its way.
#[derive(Clone, PartialEq)]
pub struct Going {
    /// Its number in this page.
    pub number: u32,
    file: Picked,
    /// How much of it has gone, in percent.
    pub gone: u32,
    /// Why it was not sent.
    pub failed: Option<&'static str>,
}

enum Step {
    Begin(Going),
    Failed(u32, &'static str),
    Sent(u32, u32),
    Again(u32),
    Gone(u32),
}

#[derive(Default, PartialEq)]
struct Tray(Vec<Going>);

impl Reducible for Tray {
    type Action = Step;

    fn reduce(self: Rc<Self>, step: Step) -> Rc<Self> {
        let mut all = self.0.clone();
        let mut set = |number, failed, gone| {
            for going in all.iter_mut().filter(|going| going.number == number) {
                going.failed = failed;
                going.gone = gone;
            }
        };
        match step {
            Step::Failed(number, why) => set(number, Some(why), 0),
            Step::Sent(number, gone) => set(number, None, gone),
            Step::Again(number) => set(number, None, 0),
            Step::Begin(going) => all.push(going),
            Step::Gone(number) => all.retain(|going| going.number != number),
        }
        Rc::new(Tray(all))
    }
}

impl Going {
    /// The name of the file.
    pub fn name(&self) -> String {
        self.file.name()
    }
}

/// What is under way, and what may be done about it.
#[derive(Clone, PartialEq)]
pub struct Uploads {
    /// In the order picked.
    pub going: Vec<Going>,
    /// Sends what was picked in a field: takes the event of its change.
    pub pick: Callback<Event>,
    /// Sends what was pasted or dropped: takes that event, and leaves it alone where there is no file in it.
    pub bring: Callback<Event>,
    /// Tries one again.
    pub again: Callback<Going>,
    /// Gives one up, also on its way.
    pub drop: Callback<u32>,
}

/// Files for a conversation. `onsent` is called when one was sent.
#[hook]
pub fn use_uploads(id: ConversationId, onsent: Callback<()>) -> Uploads {
    let Desk { hands, .. } = use_desk();
    let tray = use_reducer(Tray::default);
    let last = use_mut_ref(|| 0u32);
    // By number: what is taken out is given up.
    let under_way = use_mut_ref(Map::<u32, Upload>::new);
    let upload = {
        let (dispatch, send, onsent, id) = (tray.dispatcher(), hands.send_file.clone(), onsent, id);
        let under_way = Rc::clone(&under_way);
        Callback::from(move |(number, file): (u32, Picked)| {
            if file.size() > FILE_BYTES_MAX as f64 {
                return dispatch.dispatch(Step::Failed(number, "file.large"));
            }
            let told = dispatch.clone();
            let onprogress = move |gone| told.dispatch(Step::Sent(number, gone));
            let (dispatch, send, onsent) = (dispatch.clone(), send.clone(), onsent.clone());
            let onend = move |answer: Result<FileView, Trouble>| match answer {
                Ok(view) => match send.emit((id, view)) {
                    Ok(()) => {
                        dispatch.dispatch(Step::Gone(number));
                        onsent.emit(());
                    }
                    Err(_) => dispatch.dispatch(Step::Failed(number, "compose.not_now")),
                },
                Err(trouble) => dispatch.dispatch(Step::Failed(number, why(&trouble))),
            };
            if let Some(upload) = http::upload("/api/upload", file.raw(), onprogress, onend) {
                under_way.borrow_mut().insert(number, upload);
            }
        })
    };
    let begin = {
        let (dispatch, upload) = (tray.dispatcher(), upload.clone());
        Callback::from(move |files: Vec<Picked>| {
            for file in files {
                let number = {
                    let mut last = last.borrow_mut();
                    *last += 1;
                    *last
                };
                dispatch.dispatch(Step::Begin(Going { number, file: file.clone(), gone: 0, failed: None }));
                upload.emit((number, file));
            }
        })
    };
    let (dispatch, upload_again) = (tray.dispatcher(), upload);
    let again = Callback::from(move |going: Going| {
        dispatch.dispatch(Step::Again(going.number));
        upload_again.emit((going.number, going.file));
    });
    let dispatch = tray.dispatcher();
    let drop = Callback::from(move |number| {
        under_way.borrow_mut().remove(&number);
        dispatch.dispatch(Step::Gone(number));
    });
    let pick = begin.reform(|event: Event| files::take(&event.target_unchecked_into::<HtmlInputElement>()));
    let bring = Callback::from(move |event: Event| {
        let brought = files::brought(&event);
        // Text goes its usual way.
        if !brought.is_empty() {
            event.prevent_default();
            begin.emit(brought);
        }
    });
    Uploads { going: tray.0.clone(), pick, bring, again, drop }
}

/// Whether files are being dragged.
pub fn is_bringing(event: &Event) -> bool {
    files::is_bringing(event)
}

fn why(trouble: &Trouble) -> &'static str {
    use deskbell_shared::protocol::RefusalCode;
    match trouble {
        Trouble::Refused(failure) if failure.code == RefusalCode::TooLong => "file.large",
        Trouble::Refused(failure) if failure.code == RefusalCode::Malformed => "file.kind",
        _ => "compose.not_now",
    }
}
