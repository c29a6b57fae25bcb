//! The rules for scripts and documents: nothing that a strict policy blocks, nothing that turns text into markup.

use std::path::Path;

/// In scripts: what Trusted Types would have to let through, and code made from text.
const IN_SCRIPTS: [&str; 8] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "createContextualFragment",
    "document.write",
    "eval(",
    "new Function",
    "setAttribute(\"style\"",
];

/// In documents: what needs an exception in the policy.
const IN_DOCUMENTS: [&str; 4] = [" style=", "<style", "javascript:", "<script>"];

/// Whether these rules are for the file.
pub fn is_judged(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "js" || extension == "html")
}

/// Everything that is wrong with a file, as `file:line: rule: what`.
pub fn violations(path: &Path, text: &str) -> Vec<String> {
    let is_script = path.extension().is_some_and(|extension| extension == "js");
    let banned: &[&str] = if is_script { &IN_SCRIPTS } else { &IN_DOCUMENTS };
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for what in banned.iter().filter(|what| line.contains(**what)) {
            found.push(format!("{}:{}: the policy blocks it: {what}", path.display(), index + 1));
        }
    }
    found
}
