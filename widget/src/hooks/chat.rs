//! The chat service and its latest state, kept for the life of the app.

use std::rc::Rc;

use deskbell_shared::protocol::api::FrameSite;
use yew::{hook, use_memo, use_state_eq};

use crate::services::chat::ChatService;
use crate::state::chat::Chat;

/// Opens the chat of the site once, and draws again whenever it changes.
#[hook]
pub fn use_chat(site: &Rc<FrameSite>) -> (Rc<Chat>, Rc<ChatService>) {
    let chat = use_state_eq(|| Rc::new(Chat::before(&site.service)));
    let service = {
        let chat = chat.setter();
        let site = site.clone();
        use_memo((), move |()| ChatService::open(&site, move |next| chat.set(next)))
    };
    ((*chat).clone(), service)
}
