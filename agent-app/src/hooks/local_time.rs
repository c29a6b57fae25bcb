//! Local times as forms write them, as instants: only the browser knows the rules of its time zone.

use deskbell_shared::model::UnixMillis;
use yew::prelude::*;

use crate::services::clock;

/// The instant of a local time such as `2026-11-23T09:00`; `None` for what is none.
#[hook]
pub fn use_local_time() -> Callback<String, Option<UnixMillis>> {
    Callback::from(|local: String| clock::instant_of(&local))
}
