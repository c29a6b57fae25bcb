//! What a name, an e-mail and a colour may be. Look-alikes of reserved names are not judged here.

use deskbell_shared::protocol::limits::{NAME_CHARS_MAX, REASON_CHARS_MAX, SHORTCUT_CHARS_MAX};

use super::denial::Denial;
use crate::language::Language;

/// The longest e-mail address (RFC 5321: 254).
pub const EMAIL_BYTES_MAX: usize = 254;
/// The longest greeting in characters.
pub const GREETING_CHARS_MAX: usize = 500;

/// A name of a person or a site: trimmed, not empty, no invisible controls that change how the text around it reads.
pub fn name(field: &'static str, text: &str) -> Result<String, Denial> {
    let text = line(field, text, NAME_CHARS_MAX)?;
    if text.is_empty() { Err(Denial::invalid(field, "a name is needed")) } else { Ok(text) }
}

/// A reason that colleagues read: one line, not empty.
pub fn reason(text: &str) -> Result<String, Denial> {
    let text = line("reason", text, REASON_CHARS_MAX)?;
    if text.is_empty() { Err(Denial::invalid("reason", "a reason is needed")) } else { Ok(text) }
}

/// What is typed to find a snippet, in lower case.
pub fn shortcut(text: &str) -> Result<String, Denial> {
    let text = text.trim().trim_start_matches(['/', '#']).to_lowercase();
    let fits = text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if text.is_empty() || !fits {
        let message = "a shortcut is letters, digits, hyphens and underscores, without spaces";
        return Err(Denial::invalid("shortcut", message));
    }
    if text.chars().count() > SHORTCUT_CHARS_MAX {
        return Err(Denial::invalid("shortcut", format!("at most {SHORTCUT_CHARS_MAX} characters")));
    }
    Ok(text)
}

/// What the widget says first; may be empty, and may have lines.
pub fn greeting(field: &'static str, text: &str) -> Result<String, Denial> {
    let lines: Vec<_> =
        text.lines().map(|part| line(field, part, GREETING_CHARS_MAX)).collect::<Result<_, _>>()?;
    let text = lines.join("\n").trim().to_owned();
    if text.chars().count() > GREETING_CHARS_MAX {
        return Err(Denial::invalid(field, format!("at most {GREETING_CHARS_MAX} characters")));
    }
    Ok(text)
}

/// An e-mail address that signs in, in lower case. Only its shape is judged.
pub fn email(text: &str) -> Result<String, Denial> {
    let wrong = || Denial::invalid("email", "this is no e-mail address");
    let text = text.trim().to_lowercase();
    let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
    let sane = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || is_forbidden(c));
    let clean = !text.contains(['<', '>', ',', ';', '"', '\\']) && !local.contains('@');
    if sane(local) && sane(domain) && clean && text.len() <= EMAIL_BYTES_MAX {
        Ok(text)
    } else {
        Err(wrong())
    }
}

/// A colour as `#rrggbb` in lower case.
pub fn colour(text: &str) -> Result<String, Denial> {
    let digits = text.trim().strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(format!("#{}", digits.to_lowercase()))
    } else {
        Err(Denial::invalid("colour", "a colour is written #rrggbb, such as #2b6cb0"))
    }
}

/// What the launcher is called; may be empty.
pub fn label(field: &'static str, text: &str) -> Result<String, Denial> {
    line(field, text, NAME_CHARS_MAX)
}

/// One of our languages, that a text has not been given in before.
pub fn language(field: &'static str, tag: &str, is_given: bool) -> Result<(), Denial> {
    if is_given || !Language::ALL.iter().any(|language| language.tag() == tag) {
        return Err(Denial::invalid(field, "texts are in en, ar, zh-Hans or zh-Hant, each once"));
    }
    Ok(())
}

/// One line of somebody else's words, cut to a number of characters, without what cannot be seen.
pub fn shown(text: &str, chars_max: usize) -> String {
    let seen: String = text.chars().filter(|c| c.is_whitespace() || !is_forbidden(*c)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(chars_max).collect()
}

fn line(field: &'static str, text: &str, chars_max: usize) -> Result<String, Denial> {
    if text.chars().any(is_forbidden) {
        return Err(Denial::invalid(field, "there is a character in it that cannot be seen"));
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > chars_max {
        return Err(Denial::invalid(field, format!("at most {chars_max} characters")));
    }
    Ok(text)
}

/// Controls, and the marks that turn the direction of text or hide in it. Joiners stay: scripts and emoji need them.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_lines() {
        assert_eq!(name("name", "  Ada \u{a0} Lovelace ").unwrap(), "Ada Lovelace");
        assert_eq!(name("name", "李雷 👩‍💻").unwrap(), "李雷 👩‍💻");
        for bad in ["", "  ", "a\u{202e}b", "a\u{7}b", "a\nb", "a\u{1b}[31m", "\u{200b}", &"x".repeat(81)] {
            assert!(name("name", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn emails_are_compared_in_lower_case() {
        assert_eq!(email(" Ada@Example.COM ").unwrap(), "ada@example.com");
        for bad in ["", "ada", "@b", "a@", "a b@c.d", "a@b\r\nBcc: c@d", "<a@b>", "a@b,c@d", "a@@b"] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn colours_are_exact() {
        assert_eq!(colour("#2B6CB0").unwrap(), "#2b6cb0");
        for bad in ["", "red", "#fff", "#12345g", "#2b6cb0;}", "#2b6cb0\u{202e}"] {
            assert!(colour(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_greeting_keeps_its_lines() {
        assert_eq!(greeting("greeting", "Hi!\r\n How can  we help? \n").unwrap(), "Hi!\nHow can we help?");
        assert!(greeting("greeting", "a\u{2067}b").is_err());
    }
}
