//! What the server knows of a visitor beside the conversation that is open: their other ones, and whether they are
//! blocked. Fetched when a conversation is opened, and when something was done about the visitor here.

use std::rc::Rc;

use deskbell_shared::model::VisitorId;
use deskbell_shared::protocol::api::VisitorCard;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::services::http;

/// A card, and how it is fetched anew.
#[derive(Clone)]
pub struct Card {
    /// The card, once it is there.
    pub known: Option<Rc<VisitorCard>>,
    /// Fetches it anew.
    pub renew: Callback<()>,
}

/// The card of a visitor. `occasion` is whatever may have changed it: with another one it is fetched anew.
#[hook]
pub fn use_visitor_card(visitor: VisitorId, occasion: u32) -> Card {
    let known = use_state(|| None::<Rc<VisitorCard>>);
    let turn = use_state_eq(|| 0u32);
    {
        let known = known.setter();
        use_effect_with((visitor, occasion, *turn), move |(visitor, _, _)| {
            let path = ["/api/visitors/", &visitor.to_hex()].concat();
            spawn_local(async move {
                // Without it the panel shows what the lists know.
                if let Ok(card) = http::get::<VisitorCard>(&path).await {
                    known.set(Some(Rc::new(card)));
                }
            });
        });
    }
    let renew = {
        let turn = turn.clone();
        Callback::from(move |()| turn.set(turn.wrapping_add(1)))
    };
    Card { known: (*known).clone(), renew }
}
