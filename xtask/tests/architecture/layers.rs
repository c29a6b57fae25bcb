//! Who stands above whom inside a crate. A module imports what stands lower, never its equals or what is above.

/// `shared::model ← protocol ← session ← browser`; the codec is what the wire types are written with.
pub const SHARED: [&[&str]; 5] =
    [&["codec", "markup"], &["model"], &["protocol"], &["session"], &["browser"]];

/// `{store, desk} ← auth ← bus ← log ← application ← relay ← http ← app ← main`, with the parts that the picture in
/// ARCHITECTURE.md leaves out. The one table of routes hands the upgrade to relay, which never looks back. What fans
/// out over the bus are committed rows for known people, so it names types of store and auth.
pub const SERVER: [&[&str]; 13] = [
    &["assets", "limits", "meter", "hours", "language", "html"],
    &["store", "desk"],
    &["auth"],
    &["bus", "secret_file"],
    &["log"],
    &["config"],
    &["application"],
    &["mail"],
    &["relay"],
    &["http"],
    &["control", "backup", "backtest", "doctor", "metrics"],
    &["app"],
    // The command line and the demo it starts: one thing in two files, and each names the other.
    &["cli", "demo"],
];

/// Modules of one layer that may name each other all the same.
pub const TOGETHER: [&str; 2] = ["cli", "demo"];

/// Where a module stands in its crate; `None` for a name that is no module of the table.
pub fn layer(table: &[&[&str]], module: &str) -> Option<usize> {
    table.iter().position(|layer| layer.contains(&module))
}
