//! Addresses. Only four schemes become links, only in ASCII, and only when what is read is where it leads: an address that
//! goes on in letters that only look like ASCII or cannot be seen, or that names somebody before its host, stays text.

const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "tel:"];
/// Shorter is no number that somebody can be called by.
const TEL_DIGITS_MIN: usize = 3;

/// How far it is from this byte to where the next address may begin, and whether what lies between is one.
pub fn link(text: &str, at: usize) -> (usize, bool) {
    let bytes = text.as_bytes();
    // In the middle of a word nothing begins: `xhttp://` is no address.
    if !matches!(bytes[at], b'h' | b'H' | b'm' | b'M' | b't' | b'T')
        || (at > 0 && bytes[at - 1].is_ascii_alphanumeric())
    {
        return (1, false);
    }
    let rest = &bytes[at..];
    let is_scheme = |scheme: &&str| {
        rest.len() > scheme.len() && rest[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
    };
    let Some(scheme) = SCHEMES.into_iter().find(is_scheme) else { return (1, false) };
    // Anything but plain ASCII ends the address: text in other scripts often follows without a space.
    let whole = rest.iter().position(|byte| !is_address(*byte)).unwrap_or(rest.len());
    let end = without_what_ends_a_sentence(&rest[..whole]);
    let next = text[at + whole..].chars().next();
    let leads = end > scheme.len() && !next.is_some_and(deceives) && {
        let rest = &rest[scheme.len()..end];
        match scheme {
            "mailto:" => rest[0].is_ascii_alphanumeric(),
            "tel:" => is_number(rest),
            _ => is_host(rest),
        }
    };
    (if leads { end } else { whole }, leads)
}

fn is_address(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^')
}

/// What ends the sentence does not belong to the address; a bracket does if it was opened inside.
fn without_what_ends_a_sentence(address: &[u8]) -> usize {
    let more = |open: u8, close: u8| {
        address.iter().fold(0, |sum, byte| sum + i32::from(*byte == close) - i32::from(*byte == open))
    };
    let (mut round, mut square) = (more(b'(', b')'), more(b'[', b']'));
    let mut end = address.len();
    while let Some(last) = address[..end].last() {
        match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'_' => {}
            b')' if round > 0 => round -= 1,
            b']' if square > 0 => square -= 1,
            _ => break,
        }
        end -= 1;
    }
    end
}

/// Whether it begins with a host, and with nothing else: no name before an `@`, no escapes.
fn is_host(rest: &[u8]) -> bool {
    let mut host = rest.iter().take_while(|byte| !matches!(byte, b'/' | b'?' | b'#'));
    (rest[0].is_ascii_alphanumeric() || rest[0] == b'[')
        && host.all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(byte))
}

fn is_number(rest: &[u8]) -> bool {
    let digits = rest.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits >= TEL_DIGITS_MIN && rest.iter().all(|byte| byte.is_ascii_digit() || b"+-.()".contains(byte))
}

/// Whether an address that stops before this looks as if it went on.
fn deceives(c: char) -> bool {
    DECEIVING.iter().any(|[first, last]| (*first..=*last).contains(&u32::from(c)))
}

/// What is read as ASCII or not seen at all, by blocks of Unicode. Generous: what gets no link for it is still there to read.
const DECEIVING: [[u32; 2]; 36] = [
    // Controls, Latin, Greek, Cyrillic and accents.
    [0x00, 0x08],
    [0x0e, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0xc0, 0x58f],
    // A mark for the direction, fillers, and letters of Cherokee and phonetics.
    [0x61c, 0x61c],
    [0x115f, 0x1160],
    [0x13a0, 0x167f],
    [0x17b4, 0x17b5],
    [0x180b, 0x180f],
    [0x1ab0, 0x1aff],
    [0x1c80, 0x1c8f],
    [0x1d00, 0x1fff],
    // Scripts some letters of which are circles and strokes.
    [0x900, 0x963],
    [0x966, 0xdff],
    [0x1000, 0x10ff],
    [0x1200, 0x137f],
    // Nothing, directions, hyphens, a dot and a stroke.
    [0x200b, 0x2013],
    [0x2024, 0x2024],
    [0x202a, 0x202e],
    [0x2044, 0x2044],
    [0x2060, 0x206f],
    // Letters as signs, signs as letters.
    [0x20d0, 0x218f],
    [0x2212, 0x2215],
    [0x2460, 0x24ff],
    [0x2800, 0x2dff],
    [0xa4d0, 0xabbf],
    [0xfe00, 0xfe2f],
    [0xff0d, 0xff19],
    [0xff21, 0xff3a],
    [0xff41, 0xff5a],
    [0xffa0, 0xffa0],
    [0xfff0, 0xfffc],
    [0x1d400, 0x1d7ff],
    [0x1f100, 0x1f1ff],
    [0xe0000, 0xe0fff],
];
