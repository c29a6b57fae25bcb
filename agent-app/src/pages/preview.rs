//! What visitors would get: a page of the server with the widget of a site on it, as the form beside says it, before it is
//! saved. Only to be looked at. A hook that draws, as all parts here that keep something and stand in one place only:
//! each component of its own costs a kilobyte of code.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::SiteId;
use deskbell_shared::protocol::api::{PreviewRequest, PreviewView, SiteEdit};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::hooks::submit::use_text;
use crate::services::clock::{Ticking, every};
use crate::services::http;
use crate::text::t;

/// A pause in typing after which it is drawn anew.
const PAUSE_MS: i32 = 400;

/// The page in a frame; nothing for a site that is not there yet. What cannot be drawn (half a colour) leaves what was.
#[hook]
pub fn use_preview(site: Option<SiteId>, edit: SiteEdit, language: &'static str) -> Html {
    let (page, set) = use_text(String::new);
    let pause = use_mut_ref(|| None::<Ticking>);
    let path = site.map(|site| ["/api/sites/", &site.to_hex(), "/preview"].concat()).unwrap_or_default();
    let body = PreviewRequest { site: edit, language: language.to_owned() }.to_text();
    use_effect_with((path.clone(), body), move |(path, body)| {
        let mut once = Some((path.clone(), body.clone())).filter(|(path, _)| !path.is_empty());
        let began = every(PAUSE_MS, move || {
            let Some((path, body)) = once.take() else { return };
            let set = set.clone();
            spawn_local(async move {
                let made = http::post_text(&path, &body).await;
                if let Some(made) = made.ok().and_then(|made| PreviewView::from_text(&made).ok()) {
                    set.emit(made.page);
                }
            });
        });
        *pause.borrow_mut() = Some(began);
    });
    if path.is_empty() {
        return Html::default();
    }
    html! {
        <section class="preview-side">
            <h2>{t("site.preview")}</h2>
            <p class="field-help">{t("site.preview.line")}</p>
            <div class="preview">
                if !page.is_empty() {
                    // A new element for each: to change an address would fill the history of the desk.
                    <iframe key={(*page).clone()} src={(*page).clone()} title={t("site.preview")} inert={true} tabindex="-1"></iframe>
                }
            </div>
        </section>
    }
}
