//! The code that signs who a visitor is, in the languages of website servers, ready to be taken away. The same samples stand
//! in `docs/embedding.md`, where a test runs them.

use yew::prelude::*;

use crate::components::copy_box::CopyBox;
use crate::components::segments::segments;
use crate::text::t;

/// Names of languages are the same in every language.
const SAMPLES: [(&str, &str); 3] = [
    ("Node", include_str!("../../samples/identity.js")),
    ("Python", include_str!("../../samples/identity.py")),
    ("PHP", include_str!("../../samples/identity.php")),
];

/// What the samples take from their surroundings.
#[derive(Clone, PartialEq, Properties)]
pub struct IdentitySampleProps {
    /// The public key of the site.
    pub site_key: String,
    /// The secret that was just made.
    pub secret: String,
}

/// Where the secret goes, and what is done with it there.
#[function_component(IdentitySample)]
pub fn identity_sample(props: &IdentitySampleProps) -> Html {
    let chosen = use_state_eq(|| 0usize);
    let onchoose = {
        let chosen = chosen.setter();
        Callback::from(move |at| chosen.set(at))
    };
    let names: Vec<String> = SAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let settings = ["DESKBELL_SITE=", &props.site_key, "\nDESKBELL_SECRET=", &props.secret].concat();
    html! {
        <>
            <div class="field">
                <p class="strong">{t("identity.settings")}</p>
                <CopyBox value={settings} label={t("identity.settings.copy")} />
            </div>
            {segments("sample", t("identity.sample"), &names, *chosen, &onchoose)}
            <CopyBox value={SAMPLES[*chosen].1.trim_end()} label={t("identity.sample.copy")} is_code={true} />
            <div class="field">
                <p class="strong">{t("identity.page")}</p>
                <CopyBox value={PAGE} label={t("identity.page.copy")} is_code={true} />
                <p class="field-help">{t("identity.page.help")}</p>
            </div>
        </>
    }
}

/// What the page says with it, in front of the tag.
const PAGE: &str = "<script>
  window.Deskbell = window.Deskbell || function () { (Deskbell.q = Deskbell.q || []).push(arguments) };
  Deskbell('identify', { token: 'THE TOKEN FOR THIS PERSON' });
</script>";
