//! A Rust file as the rules see it: where it stands, which paths it names, its words and its strings.
//!
//! Works on tokens, so that comments and strings are never taken for code, and so that macros such as `html!`
//! are seen inside.

use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// One file.
pub struct Source {
    /// The path from the root, with `/`.
    pub file: String,
    /// The package's folder.
    pub package: String,
    /// Where in the crate the file stands: `["relay", "hub"]`. `None` outside `src`.
    pub module: Option<Vec<String>>,
    /// Every path of two words or more, and all that is imported.
    pub paths: Vec<Named>,
    /// Every word with its line.
    pub words: Vec<(String, usize)>,
    /// Every string with its line.
    pub strings: Vec<(String, usize)>,
    /// Lines that give an element a `style` attribute.
    pub style_attributes: Vec<usize>,
}

/// A path that the file names, with `self` and `super` resolved to `crate`.
pub struct Named {
    /// Its words.
    pub words: Vec<String>,
    /// Whether it stands in a `use`.
    pub imported: bool,
    /// Where it stands.
    pub line: usize,
}

impl Source {
    /// Reads a file's text.
    pub fn read(path: &Path, text: &str) -> Result<Source, String> {
        let file = path.to_string_lossy().replace('\\', "/");
        let (package, rest) = file.split_once('/').ok_or("not inside a package")?;
        let mut source = Source {
            package: package.to_owned(),
            module: module(rest),
            file: file.clone(),
            paths: Vec::new(),
            words: Vec::new(),
            strings: Vec::new(),
            style_attributes: Vec::new(),
        };
        let tokens: TokenStream = text.parse().map_err(|error| format!("no Rust: {error}"))?;
        let here = source.module.clone().unwrap_or_default();
        Walk { source: &mut source, here }.walk(tokens, false);
        Ok(source)
    }
}

/// `src/relay/hub.rs` is `relay::hub`; `src/relay/mod.rs` is `relay`; `src/lib.rs` is the crate itself.
fn module(rest: &str) -> Option<Vec<String>> {
    let inside = rest.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut words: Vec<String> = inside.split('/').map(str::to_owned).collect();
    let is_own_folder = words.last().is_some_and(|last| last == "mod");
    let is_root = words.len() == 1 && (words[0] == "lib" || words[0] == "main");
    if is_own_folder || is_root {
        words.pop();
    }
    Some(words)
}

struct Walk<'a> {
    source: &'a mut Source,
    /// The module whose tokens are being read: that of the file, and further in inside `mod name { … }`.
    here: Vec<String>,
}

impl Walk<'_> {
    fn walk(&mut self, stream: TokenStream, in_html: bool) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.walk(group.stream(), in_html),
                TokenTree::Literal(literal) => {
                    let written = literal.to_string();
                    if let (Some(start), Some(end)) = (written.find('"'), written.rfind('"'))
                        && start < end
                    {
                        let line = literal.span().start().line;
                        self.source.strings.push((written[start + 1..end].to_owned(), line));
                    }
                }
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    let word = word.to_string();
                    if in_html && word == "style" && is_attribute(&tokens, at) || sets_style(&tokens, at) {
                        self.source.style_attributes.push(line);
                    }
                    if word == "mod"
                        && let Some((name, body)) = inline_module(&tokens, at)
                    {
                        self.here.push(name);
                        self.walk(body.stream(), in_html);
                        self.here.pop();
                        at += 3;
                        continue;
                    }
                    if let Some(body) = macro_body(&tokens, at).filter(|_| word.starts_with("html")) {
                        self.walk(body.stream(), true);
                        at += 3;
                        continue;
                    }
                    let imported = at > 0 && is_word(&tokens[at - 1], &["use", "crate"])
                        || at > 2 && is_colons(&tokens, at - 2) && is_word(&tokens[at - 3], &["use"]);
                    at = self.path(&tokens, at, Vec::new(), imported);
                    continue;
                }
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    /// Reads the path that starts at a word, with the whole tree of a `use`; returns where it ends.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, mut words: Vec<String>, imported: bool) -> usize {
        let line = tokens[at].span().start().line;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(word)) => {
                    let word = word.to_string();
                    self.source.words.push((word.clone(), tokens[at].span().start().line));
                    words.push(word);
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => words.push("*".to_owned()),
                Some(TokenTree::Group(tree)) if tree.delimiter() == Delimiter::Brace => {
                    self.tree(tree, &words);
                    return at + 1;
                }
                _ => break,
            }
            at += 1;
            if !is_colons(tokens, at) {
                break;
            }
            at += 2;
        }
        if words.len() > 1 || imported {
            let words = self.resolved(words);
            self.source.paths.push(Named { words, imported, line });
        }
        at
    }

    fn tree(&mut self, tree: &Group, prefix: &[String]) {
        let tokens: Vec<TokenTree> = tree.stream().into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            let start = at;
            at = self.path(&tokens, at, prefix.to_vec(), true).max(start + 1);
            // What follows is `as name` or a comma.
            while at < tokens.len() && !is_punct(&tokens[at], ',') {
                at += 1;
            }
            at += 1;
        }
    }

    fn resolved(&self, words: Vec<String>) -> Vec<String> {
        let mut base = match words[0].as_str() {
            "self" | "super" => self.here.clone(),
            _ => return words,
        };
        let steps = words.iter().take_while(|word| *word == "self" || *word == "super").count();
        for step in &words[..steps] {
            if step == "super" {
                base.pop();
            }
        }
        base.insert(0, "crate".to_owned());
        base.extend_from_slice(&words[steps..]);
        base
    }
}

fn is_attribute(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let is_variable = before.is_some_and(|token| is_word(token, &["let", "mut"]) || is_punct(token, '.'));
    let equals = |at: usize| tokens.get(at).is_some_and(|token| is_punct(token, '='));
    let assigned = equals(at + 1) && !equals(at + 2);
    let shorthand = tokens.len() == 1;
    !is_variable && (assigned || shorthand)
}

/// `set_attribute("style", …)`, or the same of a node of the widget.
fn sets_style(tokens: &[TokenTree], at: usize) -> bool {
    let Some(TokenTree::Group(arguments)) = tokens.get(at + 1) else { return false };
    let first = arguments.stream().into_iter().next();
    is_word(&tokens[at], &["set_attribute", "with", "with_words"])
        && first.is_some_and(|first| first.to_string() == "\"style\"")
}

fn inline_module(tokens: &[TokenTree], at: usize) -> Option<(String, &Group)> {
    match (tokens.get(at + 1)?, tokens.get(at + 2)?) {
        (TokenTree::Ident(name), TokenTree::Group(body)) => Some((name.to_string(), body)),
        _ => None,
    }
}

fn macro_body(tokens: &[TokenTree], at: usize) -> Option<&Group> {
    match (tokens.get(at + 1)?, tokens.get(at + 2)?) {
        (bang, TokenTree::Group(body)) if is_punct(bang, '!') => Some(body),
        _ => None,
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    [at, at + 1].into_iter().all(|at| tokens.get(at).is_some_and(|token| is_punct(token, ':')))
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}

fn is_word(token: &TokenTree, words: &[&str]) -> bool {
    matches!(token, TokenTree::Ident(word) if words.contains(&word.to_string().as_str()))
}
