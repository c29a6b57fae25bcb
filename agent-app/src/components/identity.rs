//! Who the visitor is by the word of their website, and that nobody has said so where nobody has.

use deskbell_shared::model::{AboutView, AttributeView, IdentityView};
use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::format::{Local, moment};
use crate::text::{t, tn};

/// Whether somebody vouches for them, and what that means when one points at it or comes to it by keys.
pub fn standing(identity: Option<&IdentityView>, site: &str) -> Html {
    let (class, glyph, word, line) = match identity {
        Some(_) => {
            ("chip chip-good", Glyph::Check, tn("person.verified", &[("site", site)]), "person.verified.line")
        }
        None => ("chip", Glyph::Warn, t("person.unverified"), "person.unverified.line"),
    };
    // What is shown by focus goes with Escape, so that it need not be in the way.
    let onkeydown = |event: KeyboardEvent| {
        if event.key() == "Escape"
            && let Some(button) = event.target_dyn_into::<HtmlElement>()
        {
            let _ = button.blur();
            // It is no key of the conversation's then.
            event.prevent_default();
        }
    };
    html! {
        <div class="hint">
            <button class={classes!("hint-of", class)} type="button" aria-describedby="standing" {onkeydown}>{icon(glyph)}<span class="clip">{word}</span></button>
            <p class="hint-text" id="standing" role="tooltip">{tn(line, &[("site", site)])}</p>
        </div>
    }
}

/// What the site says of them.
pub fn said(identity: &IdentityView, site: &str) -> Html {
    let attribute = |one: &AttributeView| fact(&one.name, &one.value);
    html! {
        <section class="person-part">
            <h3>{tn("person.said", &[("site", site)])}</h3>
            <dl class="facts">
                if let Some(email) = &identity.email { {fact(&t("person.said.email"), email)} }
                {fact(&t("person.said.sub"), &identity.sub)}
                {for identity.attributes.iter().map(attribute)}
            </dl>
        </section>
    }
}

/// What they, or the page around, have said of them: nobody has verified it.
pub fn told(about: &AboutView, local: Local) -> Html {
    let answer = |one: &AttributeView| fact(&one.name, &one.value);
    let agreed = about.consent.as_ref().map(|it| {
        let version = it.version.to_string();
        let line = tn("person.agreed", &[("n", &version), ("time", &moment(it.at, local))]);
        html! {
            <details class="agreed"><summary>{line}</summary><p dir="auto">{it.text.clone()}</p></details>
        }
    });
    html! {
        <section class="person-part">
            <h3>{t("person.told")}</h3>
            if !about.answers.is_empty() { <dl class="facts">{for about.answers.iter().map(answer)}</dl> }
            {agreed}
        </section>
    }
}

/// What a site writes may run from right to left: it does not turn around what stands beside it.
fn fact(name: &str, value: &str) -> Html {
    html! { <div><dt><bdi>{name.to_owned()}</bdi></dt><dd><bdi>{value.to_owned()}</bdi></dd></div> }
}
