//! The rules for Rust sources, one function each.

use crate::layers::{SERVER, SHARED, TOGETHER, layer};
use crate::source::Source;

/// Crates that reach into the browser.
const BROWSER: [&str; 3] = ["web_sys", "js_sys", "gloo"];
/// Crates that talk SQL.
const DATABASES: [&str; 3] = ["rusqlite", "sqlx", "libsqlite3_sys"];
/// How a string of SQL begins.
const SQL: [&str; 9] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
];
/// What makes code impure: a clock, randomness, threads, the system.
const IMPURE: [&[&str]; 9] = [
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "thread"],
    &["std", "env"],
    &["getrandom"],
    &["rand"],
    &["tokio"],
];
/// Ways to put text into a page as markup, or code where nobody looks.
const BANNED: [&str; 6] = [
    "unsafe",
    "from_html_unchecked",
    "set_inner_html",
    "set_outer_html",
    "insert_adjacent_html",
    "create_contextual_fragment",
];

/// Everything that is wrong with a file, as `file:line: rule: what`.
pub fn violations(source: &Source) -> Vec<String> {
    let mut found = Findings { file: &source.file, list: Vec::new() };
    banned_words(source, &mut found);
    let Some(module) = &source.module else { return found.list };
    let top = module.first().map_or("", String::as_str);
    let is_app = matches!(source.package.as_str(), "widget" | "agent-app");
    if is_app {
        apps(source, top, &mut found);
    }
    match source.package.as_str() {
        "shared" => {
            layers(source, &SHARED, top, &mut found);
            if top != "browser" {
                pure(source, "the clock, randomness and the system reach shared as input", &mut found);
            }
        }
        "server" => {
            randomness(source, &mut found);
            layers(source, &SERVER, top, &mut found);
            storage(source, module, &mut found);
            if top == "desk" {
                desk(source, &mut found);
            }
        }
        _ => {}
    }
    if !is_app || top != "services" {
        browser_calls(source, top, &mut found);
    }
    found.list
}

struct Findings<'a> {
    file: &'a str,
    list: Vec<String>,
}

impl Findings<'_> {
    fn add(&mut self, line: usize, rule: &str, what: &str) {
        let finding = format!("{}:{line}: {rule}: {what}", self.file);
        // A path counts once, however often the line says it.
        if self.list.last() != Some(&finding) {
            self.list.push(finding);
        }
    }
}

fn banned_words(source: &Source, found: &mut Findings) {
    for (word, line) in &source.words {
        if BANNED.contains(&word.as_str()) {
            found.add(*line, "never used in this workspace", word);
        }
    }
    for line in &source.style_attributes {
        found.add(*line, "no style attribute in the apps, the policy blocks it", "style=");
    }
}

/// Rules 3 and 4, and the first half of decision 10.
fn apps(source: &Source, top: &str, found: &mut Findings) {
    for path in &source.paths {
        let first = path.words[0].as_str();
        let said = path.words.join("::");
        if first == "yew" && source.package == "widget" {
            found.add(path.line, "the widget has a view layer of its own", &said);
        }
        let is_other = match source.package.as_str() {
            "widget" => first == "deskbell_agent_app",
            _ => first == "deskbell_widget",
        };
        if is_other {
            found.add(path.line, "widget and agent-app never import each other", &said);
        }
        if first == "deskbell_server" {
            found.add(path.line, "the apps know shared, not the server", &said);
        }
        if first != "crate" {
            continue;
        }
        let target = path.words.get(1).map_or("", String::as_str);
        let screens = ["views", "pages", "components"];
        let (rule, forbidden): (_, &[&str]) = match top {
            "components" => ("components take props and callbacks", &["services", "state", "views", "pages"]),
            "state" => {
                ("state is pure", &["services", "hooks", "views", "pages", "components", "nodes", "app"])
            }
            "nodes" => ("nodes name actions, nothing else", &["services", "views", "components", "app"]),
            "views" => ("views remember nothing", &["app"]),
            "services" => ("services know no screen", &screens),
            _ => continue,
        };
        if forbidden.contains(&target) {
            found.add(path.line, rule, &said);
        }
    }
    if matches!(top, "state" | "nodes") {
        pure(source, "state and nodes are pure", found);
    }
}

/// Browser calls stand in the apps' services and in shared::browser. In the desk the types of elements and events
/// are no calls: yew hands them to every callback. The widget has no such callbacks, and no yew.
fn browser_calls(source: &Source, top: &str, found: &mut Findings) {
    if source.package == "shared" && top == "browser" {
        return;
    }
    for path in &source.paths {
        let first = path.words[0].as_str();
        let is_browser = BROWSER.iter().any(|name| first == *name || first.starts_with(&format!("{name}_")));
        let is_type = source.package != "widget"
            && first == "web_sys"
            && path.words.get(1).is_some_and(|word| is_page_type(word));
        if is_browser && !is_type {
            let rule = "browser calls stand in services and shared::browser only";
            found.add(path.line, rule, &path.words.join("::"));
        }
    }
}

fn is_page_type(word: &str) -> bool {
    matches!(word, "Element" | "Node" | "EventTarget") || word.starts_with("Html") || word.ends_with("Event")
}

/// Rule 2.
fn storage(source: &Source, module: &[String], found: &mut Findings) {
    let top = module.first().map_or("", String::as_str);
    for path in &source.paths {
        let first = path.words[0].as_str();
        if DATABASES.contains(&first) && top != "store" {
            found.add(path.line, "SQL stands in store only", &path.words.join("::"));
        }
        if first == "async_nats" && module != ["bus", "nats"] {
            found.add(path.line, "NATS stands in bus/nats.rs only", &path.words.join("::"));
        }
    }
    if top == "store" {
        // What somebody said goes in as a parameter, never into the text.
        for (text, line) in &source.strings {
            if SQL.iter().any(|start| text.trim_start().starts_with(start)) && text.contains('{') {
                found.add(
                    *line,
                    "SQL is not put together from text",
                    text.lines().next().unwrap_or_default(),
                );
            }
        }
        return;
    }
    for (text, line) in &source.strings {
        if SQL.iter().any(|start| text.trim_start().starts_with(start)) {
            found.add(*line, "SQL stands in store only", text.lines().next().unwrap_or_default());
        }
    }
}

/// Secrets and ids come from the operating system's generator and from nowhere else.
fn randomness(source: &Source, found: &mut Findings) {
    for path in &source.paths {
        if matches!(path.words[0].as_str(), "rand" | "fastrand" | "oorandom") {
            found.add(path.line, "randomness is the operating system's", &path.words.join("::"));
        }
    }
}

/// Rule 1.
fn desk(source: &Source, found: &mut Findings) {
    const RULE: &str = "desk imports shared and std only";
    for path in &source.paths {
        let first = path.words[0].as_str();
        let is_own = first == "crate" && path.words.get(1).is_some_and(|word| word == "desk");
        let is_allowed = is_own || matches!(first, "std" | "core" | "alloc" | "deskbell_shared");
        if path.imported && !is_allowed || matches!(first, "tracing" | "log" | "tokio" | "anyhow") {
            found.add(path.line, RULE, &path.words.join("::"));
        }
    }
    for (word, line) in source.words.iter().filter(|(word, _)| word == "async" || word == "await") {
        found.add(*line, RULE, word);
    }
    pure(source, RULE, found);
}

fn pure(source: &Source, rule: &str, found: &mut Findings) {
    for path in &source.paths {
        if IMPURE.iter().any(|start| starts_with(&path.words, start)) {
            found.add(path.line, rule, &path.words.join("::"));
        }
    }
}

/// The arrows: a module imports what stands lower.
fn layers(source: &Source, table: &[&[&str]], own: &str, found: &mut Findings) {
    // The roots of the crate stand above everything.
    if own.is_empty() {
        return;
    }
    let Some(own_layer) = layer(table, own) else {
        found.add(1, "a module without a place in xtask/tests/architecture/layers.rs", own);
        return;
    };
    for path in &source.paths {
        let is_inside = matches!(path.words[0].as_str(), "crate" | "deskbell_server");
        let target = path.words.get(1).map_or("", String::as_str);
        let is_together = TOGETHER.contains(&own) && TOGETHER.contains(&target);
        if !is_inside || is_together || target == own {
            continue;
        }
        if layer(table, target).is_some_and(|target| target >= own_layer) {
            let rule = format!("{own} stands below {target}, or beside it");
            found.add(path.line, &rule, &path.words.join("::"));
        }
    }
}

fn starts_with(words: &[String], start: &[&str]) -> bool {
    words.len() >= start.len() && words.iter().zip(start).all(|(word, start)| word == start)
}
