//! The frame of pages that stand alone (sign in, set-up, invitation), and the steps of the set-up.

use yew::prelude::*;

use super::icon::{Glyph, icon, mark};
use crate::text::{t, tn};

/// The frame of a page that stands alone; `wide` for longer forms.
pub fn stage(wide: bool, page: Html) -> Html {
    html! {
        <div class="stage">
            <header class="brand">{mark()}<span>{t("product")}</span></header>
            <main class={classes!("stage-main", wide.then_some("stage-wide"))} id="main">{page}</main>
            <footer class="stage-foot">{t("stage.foot")}</footer>
        </div>
    }
}

/// What `desk.html` shows too, so that nothing moves.
pub fn opening() -> Html {
    html! {
        <main class="boot">
            <svg class="icon boot-mark" viewBox="0 0 20 20" aria-hidden="true">
                <path d="M3 13.5a7 7 0 0 1 14 0zM2 16.5h16M10 6.5V4M8.5 4h3" />
            </svg>
            <p role="status">{t("opening")}</p>
        </main>
    }
}

/// The head of a card: what this is, and a sentence. Its heading takes the focus when the page changes.
pub fn card_head(title: String, line: String) -> Html {
    html! { <div class="card-head"><h1 id="page-title" tabindex="-1">{title}</h1><p>{line}</p></div> }
}

/// An error that belongs to no one field.
pub fn form_error(error: Option<&str>) -> Html {
    error
        .map(|error| html! { <p class="note note-bad" role="alert">{icon(Glyph::Warn)}{error}</p> })
        .unwrap_or_default()
}

/// Where one is in the set-up: `at` counts from 0.
pub fn steps(at: usize) -> Html {
    let step = |(n, key): (usize, &&str)| {
        let word = t(key);
        let number = (n + 1).to_string();
        let mark = if n < at {
            icon(Glyph::Check)
        } else {
            html! { {number} }
        };
        html! {
            <li class={(n < at).then_some("done")} aria-current={(n == at).then_some("step")}>
                <i aria-hidden="true">{mark}</i><span class="word">{word}</span>
                if n < at { <span class="unseen">{t("setup.done")}</span> }
            </li>
        }
    };
    let keys = ["setup.step.you", "setup.step.site", "setup.step.tag"];
    html! {
        <ol class="steps" aria-label={tn("setup.steps", &[("n", "3")])}>{for keys.iter().enumerate().map(step)}</ol>
    }
}
