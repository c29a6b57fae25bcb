//! S14: nothing that leaves the server holds a secret. The sources of everything that is written on the wire are read:
//! a field with such a name is one of those that must be, each with its reason.

use std::path::Path;

/// `file: field` of what may be called like a secret.
const KNOWN: [&str; 24] = [
    // Asked for, never told.
    "command.rs: ticket",
    "api.rs: password",
    "api.rs: password",
    "api.rs: password",
    "api.rs: token",
    "api.rs: token",
    "api.rs: password",
    "api.rs: token",
    "api.rs: token",
    // A secret of a site, shown once to the owner who made it; the list names those there are, without themselves.
    "api.rs: secret",
    "api.rs: secrets",
    // The secret of an app, shown once to the agent whose it is, who gave their password.
    "api.rs: secret",
    // Between the password and the code: to whoever gave the password, and back.
    "api.rs: ticket",
    "api.rs: ticket",
    "api.rs: ticket",
    // A visitor's own, after they were identified.
    "api.rs: token",
    // A visitor's own, to whoever has none yet, and back.
    "api.rs: token",
    "api.rs: token",
    // To be used once, within a minute.
    "api.rs: ticket",
    "api.rs: ticket",
    // Of a row of the audit trail: what the next one is tied to.
    "api.rs: hash",
    // An invitation, shown once to the owner who made it.
    "api.rs: link",
    // Where one is signed in: devices and times.
    "api.rs: sessions",
    // The page where a website says more about what visitors agree to.
    "site.rs: link",
];

/// Parts of names that secrets have.
const TELLING: [&str; 9] =
    ["token", "secret", "hash", "password", "ticket", "cookie", "digest", "link", "session"];

#[test]
fn what_leaves_the_server_has_no_secret_in_it() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for folder in ["protocol", "model"] {
        for file in std::fs::read_dir(sources.join(folder)).expect("a folder of sources") {
            let path = file.expect("a source").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            for line in std::fs::read_to_string(&path).expect("a source").lines() {
                // A field of a struct, or of a variant, in one line.
                let fields = line.trim().trim_end_matches(',').split(['{', ',']).map(str::trim);
                for field in fields.filter_map(|field| field.split_once(": ").map(|(name, _)| name)) {
                    let field = field.trim_start_matches("pub ");
                    let is_name = field.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                    if is_name && TELLING.iter().any(|part| field.contains(part)) {
                        found.push(format!("{name}: {field}"));
                    }
                }
            }
        }
    }
    found.sort();
    let mut known = KNOWN.map(str::to_owned).to_vec();
    known.sort();
    assert_eq!(
        found, known,
        "a field of the wire is called like a secret: name its reason here, or leave it out"
    );
}
