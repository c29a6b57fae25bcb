//! What stands where there is nothing: why, and what to do; or nothing yet.

use yew::prelude::*;

use crate::text::t;

/// An empty state: in short, a sentence, perhaps the picture of a bell, and more below.
pub fn empty(title: &str, line: &str, bell: bool, below: Html) -> Html {
    html! {
        <div class="empty">
            if bell {
                <svg class="icon empty-art" viewBox="0 0 88 64" aria-hidden="true">
                    <path class="soft" d="M14 50a30 30 0 0 1 60 0z" />
                    <path d="M20 48a24 24 0 0 1 48 0zM14 54h60M44 24v-6" />
                    <path class="spot" d="M38 16h12M66 18l5-5M71 27l7-2M22 18l-5-5M17 27l-7-2" />
                </svg>
            }
            <h2>{title}</h2>
            <p>{line}</p>
            {below}
        </div>
    }
}

/// Something is being fetched.
pub fn loading() -> Html {
    html! { <p class="muted" role="status">{t("loading")}</p> }
}
