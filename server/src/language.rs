//! Which of our languages somebody wants. What is said in them stands where it is said.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// 简体中文
    Simplified,
    /// 繁體中文
    Traditional,
}

impl Language {
    /// All, in the order in which the loader expects them.
    pub const ALL: [Language; 3] = [Language::English, Language::Simplified, Language::Traditional];

    /// The language of a tag of BCP 47, if it is one of ours. Taiwan, Hong Kong and Macau write Traditional Chinese
    /// where nothing is said about the script.
    pub fn of_tag(tag: &str) -> Option<Language> {
        let mut parts = tag.trim().split('-').map(str::to_ascii_lowercase);
        match parts.next()?.as_str() {
            "en" => Some(Language::English),
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
            Language::Simplified => "zh-Hans",
            Language::Traditional => "zh-Hant",
        }
    }
}
