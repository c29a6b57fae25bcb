//! What a screen reader is told: the newest message of an agent, once it is new. Older pages and one's own words are
//! not read out.

use deskbell_shared::model::id::Seq;
use deskbell_shared::model::message::{Author, EntryBody};
use yew::{hook, use_mut_ref};

use crate::state::chat::{Chat, Link, Thread};

/// The newest message of an agent that came after the chat was here: who wrote it, and the text.
#[hook]
pub fn use_spoken(chat: &Chat) -> Option<(String, String)> {
    let from = use_mut_ref(|| None::<Seq>);
    let head = chat.thread.as_ref().map_or(Seq(0), Thread::head);
    let mut from = from.borrow_mut();
    if from.is_none() && chat.link == Link::Live {
        *from = Some(head);
    }
    let rows = &chat.thread.as_ref()?.rows;
    let last = rows.iter().rev().take_while(|row| Some(row.seq) > *from && from.is_some());
    last.filter_map(|row| match (&row.author, &row.body) {
        (Author::Agent { agent }, EntryBody::Message { text, .. }) => Some((agent.name.clone(), text.clone())),
        _ => None,
    })
    .next()
}
