//! Files on their way from this page: each is uploaded first and sent as a message of its own. What is under way lives
//! in this page only.

use deskbell_shared::model::{ConversationId, FileView};
use deskbell_shared::protocol::limits::FILE_BYTES_MAX;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::desk::{Desk, use_desk};
use crate::services::files::{self, Picked};
use crate::trouble::Trouble;

/// A file on its way.
#[derive(Clone, PartialEq)]
pub struct Going {
    /// Its number in this page.
    pub number: u32,
    file: Picked,
    /// Why it was not sent.
    pub failed: Option<&'static str>,
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
    /// Takes the files out of a field and sends them.
    pub begin: Callback<HtmlInputElement>,
    /// Tries one again.
    pub again: Callback<Going>,
    /// Forgets one.
    pub drop: Callback<u32>,
}

/// Files for a conversation. `onsent` is called when one was sent.
#[hook]
pub fn use_uploads(id: ConversationId, onsent: Callback<()>) -> Uploads {
    let Desk { hands, .. } = use_desk();
    let tray = use_reducer(Tray::default);
    let last = use_mut_ref(|| 0u32);
    let upload = {
        let (dispatch, send, onsent, id) = (tray.dispatcher(), hands.send_file.clone(), onsent, id);
        Callback::from(move |(number, file): (u32, Picked)| {
            if file.size() > FILE_BYTES_MAX as f64 {
                return dispatch.dispatch(Step::Failed(number, "file.large"));
            }
            let (dispatch, send, onsent) = (dispatch.clone(), send.clone(), onsent.clone());
            spawn_local(async move {
                let step = match file.upload::<FileView>("/api/upload").await {
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
        Callback::from(move |input: HtmlInputElement| {
            for file in files::take(&input) {
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
    let (dispatch, upload_again) = (tray.dispatcher(), upload);
    let again = Callback::from(move |going: Going| {
        dispatch.dispatch(Step::Again(going.number));
        upload_again.emit((going.number, going.file));
    });
    let dispatch = tray.dispatcher();
    let drop = Callback::from(move |number| dispatch.dispatch(Step::Gone(number)));
    Uploads { going: tray.0.clone(), begin, again, drop }
}

fn why(trouble: &Trouble) -> &'static str {
    use deskbell_shared::protocol::RefusalCode;
    match trouble {
        Trouble::Refused(failure) if failure.code == RefusalCode::TooLong => "file.large",
        Trouble::Refused(failure) if failure.code == RefusalCode::Malformed => "file.kind",
        _ => "compose.not_now",
    }
}
