//! What an upload is, found from its first bytes and never from what the browser says of it, and whether it is taken
//! at all. Pictures that are shown are made anew by `pictures`; everything else is only ever handed out to be kept.

/// The bytes of a file that decide what it is.
pub const HEAD_BYTES: usize = 8 * 1024;

/// What an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A picture to be made anew, whatever its name says.
    Picture,
    /// Something to be kept, of this media type.
    Other(&'static str),
}

/// Endings that run when they are opened, on some machine.
const PROGRAMS: &[&str] = &[
    "action",
    "apk",
    "app",
    "appimage",
    "appx",
    "bat",
    "bash",
    "bin",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "csh",
    "deb",
    "desktop",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "elf",
    "exe",
    "gadget",
    "hta",
    "img",
    "inf",
    "ipa",
    "iso",
    "jar",
    "jnlp",
    "js",
    "jse",
    "lnk",
    "mjs",
    "msc",
    "msi",
    "msix",
    "msp",
    "osx",
    "out",
    "pif",
    "pkg",
    "potm",
    "ppam",
    "ppsm",
    "pptm",
    "ps1",
    "ps1xml",
    "psm1",
    "py",
    "rb",
    "reg",
    "rpm",
    "run",
    "scf",
    "scr",
    "sct",
    "settingcontent-ms",
    "sh",
    "sldm",
    "so",
    "swf",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "wasm",
    "webloc",
    "wsc",
    "wsf",
    "wsh",
    "xap",
    "xlam",
    "xlsm",
    "xltm",
    "zsh",
];

/// First bytes of programs.
const PROGRAM_HEADS: &[&[u8]] = &[
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\0asm",
    b"L\0\0\0\x01\x14\x02\0",
    b"dex\n",
    b"!<arch>",
];

/// First bytes of what is taken, and the media type it gets.
const HEADS: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "application/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
];

/// The words of an antivirus test file (EICAR), which every scanner knows and no person sends.
const TEST_VIRUS: &[u8] = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE";

/// What an upload is, by its first bytes and the ending of its name; `None` when it is not taken.
pub fn kind_of(head: &[u8], name: &str) -> Option<Kind> {
    let has = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
    if PROGRAM_HEADS.iter().any(|its| head.starts_with(its)) || has(TEST_VIRUS) {
        return None;
    }
    let is_picture = head.starts_with(b"\x89PNG\r\n\x1a\n")
        || head.starts_with(b"\xff\xd8\xff")
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"));
    if is_picture {
        return Some(Kind::Picture);
    }
    // What Windows hides behind a name are trailing dots and spaces.
    let plain = name.trim_end_matches(['.', ' ']).to_lowercase();
    if plain.rsplit_once('.').is_some_and(|(_, ending)| PROGRAMS.contains(&ending.trim())) {
        return None;
    }
    if let Some((_, media)) = HEADS.iter().find(|(its, _)| head.starts_with(its)) {
        return Some(Kind::Other(media));
    }
    match head.get(4..8) {
        Some(b"ftyp") => {
            let brand = head.get(8..12).unwrap_or_default();
            let is_still = matches!(brand, b"heic" | b"heix" | b"mif1" | b"avif");
            return Some(Kind::Other(if is_still { "image/heif" } else { "video/mp4" }));
        }
        _ if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE") => {
            return Some(Kind::Other("audio/wav"));
        }
        _ => {}
    }
    is_text(head).then(|| {
        // Markup may be a page or a drawing with scripts in it: it has no type that anything would show.
        let markup = String::from_utf8_lossy(head);
        let is_markup = markup.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('<')
            || ["<svg", "<html", "<script", "<!doctype"]
                .iter()
                .any(|tag| markup.to_lowercase().contains(tag));
        Kind::Other(if is_markup { "application/octet-stream" } else { "text/plain" })
    })
}

/// Text in UTF-8, but for a character that the end of the head cuts in two.
fn is_text(head: &[u8]) -> bool {
    let sane =
        |text: &str| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n' | '\u{c}'));
    match std::str::from_utf8(head) {
        Ok(text) => !text.is_empty() && sane(text),
        Err(error) => {
            error.error_len().is_none()
                && head.len() - error.valid_up_to() < 4
                && std::str::from_utf8(&head[..error.valid_up_to()]).is_ok_and(sane)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_not_the_name() {
        let pdf = Some(Kind::Other("application/pdf"));
        assert_eq!(kind_of(b"%PDF-1.7 ...", "bill.png"), pdf);
        assert_eq!(kind_of(b"\x89PNG\r\n\x1a\n....", "bill.pdf"), Some(Kind::Picture));
        assert_eq!(kind_of(b"\xff\xd8\xff\xe0 alert(1)", "x.js"), Some(Kind::Picture), "made anew anyway");
        assert_eq!(kind_of("Grüße\n".as_bytes(), "note.txt"), Some(Kind::Other("text/plain")));
        assert_eq!(kind_of("茶".as_bytes().get(..2).unwrap(), "cut.txt"), Some(Kind::Other("text/plain")));
    }

    #[test]
    fn what_could_run_in_a_page_has_no_type_to_run_as() {
        let nothing = Some(Kind::Other("application/octet-stream"));
        for page in [
            "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "<!DOCTYPE html><script>alert(1)</script>",
            "\u{feff} <?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
            "words first <script>alert(1)</script>",
        ] {
            assert_eq!(kind_of(page.as_bytes(), "page.svg"), nothing, "{page}");
        }
        assert_eq!(kind_of(b"GIF89a/*alert*/", "x.gif"), Some(Kind::Other("image/gif")));
    }

    #[test]
    fn programs_are_not_taken() {
        for (head, name) in [
            (&b"MZ\x90\0"[..], "cat.png"),
            (b"\x7fELF\x02", "a"),
            (b"#!/bin/sh\n", "notes.txt"),
            (b"plain words", "run.BAT"),
            (b"plain words", "run.bat. ."),
            (b"PK\x03\x04", "app.jar"),
            (b"PK\x03\x04", "sums.xlsm"),
            (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "eicar.txt"),
            (b"\x01\x02\x03\x00unknown", "data"),
            (b"", "empty.txt"),
        ] {
            assert_eq!(kind_of(head, name), None, "{name}");
        }
    }
}
