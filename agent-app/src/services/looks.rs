//! How the desk looks in this browser: light or dark, how strong its contrasts are, how close its lines. What was chosen
//! is kept here; `static/boot.js` reads it, too, and has the style sheet follow it.

use wasm_bindgen::prelude::*;

use super::dom::document;
use super::preferences;

mod boot {
    use super::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn look();
    }
}

/// The height of a row of a list in pixels, as `.row` in the style sheet has it.
const ROW_PX: u32 = 60;
/// The same where lines are close.
const CLOSE_ROW_PX: u32 = 46;

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Light or dark.
    Scheme,
    /// How strong the contrasts are.
    Contrast,
    /// How close the lines are.
    Density,
}

impl Look {
    /// All, in the order shown.
    pub const ALL: [Look; 3] = [Look::Scheme, Look::Contrast, Look::Density];

    /// The word in keys of texts, and in this browser's memory.
    pub fn word(self) -> &'static str {
        match self {
            Look::Scheme => "scheme",
            Look::Contrast => "contrast",
            Look::Density => "density",
        }
    }

    /// What there is to choose, beside what counts without a choice: what the system says, or lines that are not close.
    pub fn values(self) -> &'static [&'static str] {
        match self {
            Look::Scheme => &["light", "dark"],
            Look::Contrast => &["more", "usual"],
            Look::Density => &["close"],
        }
    }

    /// What was chosen; empty without a choice.
    pub fn chosen(self) -> String {
        preferences::found(&key(self)).unwrap_or_default()
    }

    /// Chooses a value, or with nothing leaves it. It is seen at once.
    pub fn choose(self, value: &str) {
        preferences::keep(&key(self), value);
        boot::look();
    }
}

/// The height of a row of a list now.
pub fn row_px() -> u32 {
    // As the style sheet has it now: another tab may have chosen something else.
    let density = document().document_element().and_then(|root| root.get_attribute("data-density"));
    if density.unwrap_or_default().is_empty() { ROW_PX } else { CLOSE_ROW_PX }
}

fn key(look: Look) -> String {
    ["deskbell.", look.word()].concat()
}
