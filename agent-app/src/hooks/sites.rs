//! Asking for the sites. What comes later about one of them comes over the wire.

use deskbell_shared::protocol::api::SitesView;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::desk::{Desk, use_desk};
use crate::services::http;

/// Asks for the sites, which are known then; says so once, if they cannot be had.
#[hook]
pub fn use_asking_sites() -> Callback<()> {
    let Desk { hands, .. } = use_desk();
    Callback::from(move |()| {
        let (sites, say) = (hands.sites.clone(), hands.say.clone());
        spawn_local(async move {
            match http::get::<SitesView>("/api/sites").await {
                Ok(view) => sites.emit(view.sites),
                Err(trouble) => say.emit(trouble.say()),
            }
        });
    })
}
