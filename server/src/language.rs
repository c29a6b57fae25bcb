//! Which of our languages somebody wants, and which of our texts that means. What is said in them stands where it is
//! said; what the apps say lies in their own locale files, and is chosen in the browser.
//!
//! The rule is the same in `widget/loader/loader.js`, `widget/static/boot.js` and `agent-app/static/boot.js`;
//! `docs/embedding.md` states it.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// العربية
    Arabic,
    /// 简体中文
    Simplified,
    /// 繁體中文
    Traditional,
}

impl Language {
    /// All, in the order in which the loader expects them.
    pub const ALL: [Language; 4] =
        [Language::English, Language::Arabic, Language::Simplified, Language::Traditional];

    /// The language of a tag of BCP 47, if it is one of ours. Taiwan, Hong Kong and Macau write Traditional Chinese
    /// where nothing is said about the script.
    pub fn of_tag(tag: &str) -> Option<Language> {
        let mut parts = tag.trim().split('-').map(str::to_ascii_lowercase);
        match parts.next()?.as_str() {
            "en" => Some(Language::English),
            "ar" => Some(Language::Arabic),
            "zh" => Some(match parts.next().as_deref() {
                Some("hant" | "tw" | "hk" | "mo") => Language::Traditional,
                _ => Language::Simplified,
            }),
            _ => None,
        }
    }

    /// The first of ours in an `Accept-Language` (RFC 9110, section 12.5.4), by weight; English where there is none.
    pub fn of_header(list: &str) -> Language {
        let mut best = (0, Language::English);
        for wish in list.split(',') {
            let (tag, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(0.0);
            let weight = (weight.clamp(0.0, 1.0) * 1000.0) as u32;
            if let Some(language) = Language::of_tag(tag).filter(|_| weight > best.0) {
                best = (weight, language);
            }
        }
        best.1
    }

    /// As BCP 47 writes it.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Arabic => "ar",
            Language::Simplified => "zh-Hans",
            Language::Traditional => "zh-Hant",
        }
    }

    /// Where its lines begin, as an attribute `dir` says it.
    pub fn dir(self) -> &'static str {
        if self == Language::Arabic { "rtl" } else { "ltr" }
    }

    /// A name, or what somebody wrote, inside a line of ours that is no HTML: where one of the two runs from right to left,
    /// it stands between signs that keep its direction from the rest of the line (Unicode, UAX #9: FSI and PDI).
    pub fn isolated(self, text: &str) -> String {
        if self.dir() == "ltr" && !text.contains(is_from_the_right) {
            return text.to_owned();
        }
        format!("\u{2068}{text}\u{2069}")
    }
}

/// Letters of the scripts that are written from right to left.
fn is_from_the_right(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x590..0x900 | 0xfb1d..0xfe00 | 0xfe70..0xff00 | 0x10800..0x11000 | 0x1e800..0x1f000
    )
}

/// The same in each of our languages.
pub struct InEach<T> {
    /// In English.
    pub english: T,
    /// In Arabic.
    pub arabic: T,
    /// In Simplified Chinese.
    pub simplified: T,
    /// In Traditional Chinese.
    pub traditional: T,
}

impl<T> InEach<T> {
    /// In one of them.
    pub fn of(&self, language: Language) -> &T {
        match language {
            Language::English => &self.english,
            Language::Arabic => &self.arabic,
            Language::Simplified => &self.simplified,
            Language::Traditional => &self.traditional,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_lead_to_the_language_people_there_write() {
        use Language::{Arabic, English, Simplified, Traditional};
        let tags = [
            ("en", Some(English)),
            ("EN-gb", Some(English)),
            ("ar", Some(Arabic)),
            ("AR-eg", Some(Arabic)),
            ("ar-Latn", Some(Arabic)),
            ("arc", None),
            ("zh", Some(Simplified)),
            ("zh-CN", Some(Simplified)),
            ("zh-SG", Some(Simplified)),
            ("zh-Hans-HK", Some(Simplified)),
            ("zh-hant", Some(Traditional)),
            ("zh-Hant-CN", Some(Traditional)),
            ("zh-TW", Some(Traditional)),
            ("zh-hk", Some(Traditional)),
            ("zh-MO", Some(Traditional)),
            ("de", None),
            ("enm", None),
            ("zha", None),
            ("", None),
        ];
        for (tag, language) in tags {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }

    #[test]
    fn the_heaviest_of_our_languages_counts() {
        for (list, tag) in [
            ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "zh-Hant"),
            ("de-DE,de;q=0.9,zh;q=0.5,en;q=0.4", "zh-Hans"),
            ("en;q=0.4, zh-HK;q=0.8", "zh-Hant"),
            ("zh;q=0, en;q=0.1", "en"),
            ("he,ar-SA;q=0.8,en;q=0.5", "ar"),
            ("fr", "en"),
            ("*", "en"),
            ("zh;q=x", "en"),
            ("", "en"),
        ] {
            assert_eq!(Language::of_header(list).tag(), tag, "{list}");
        }
    }

    #[test]
    fn what_runs_the_other_way_keeps_it_to_itself() {
        for language in Language::ALL {
            let (name, isolated) = ("أمينة", "\u{2068}أمينة\u{2069}");
            assert_eq!(language.isolated(name), isolated, "{}", language.tag());
        }
        assert_eq!(Language::English.isolated("Amy 小美"), "Amy 小美");
        assert_eq!(Language::Arabic.isolated("Amy"), "\u{2068}Amy\u{2069}");
    }
}
