//! JavaScript made smaller: names, white space and dead branches go, what it does stays.
//!
//! Knows two kinds, modules and templates of scripts. A template holds `{{NAME}}` where the server puts a value,
//! always as a whole expression: inside a string the minifier is free to change the quotes, and the server could
//! not know how to escape.

use anyhow::{Result, bail, ensure};
use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;

/// What stands for `{{NAME}}` while the template has to be JavaScript.
const MARK: &str = "__deskbell_placeholder_";

/// The same program in fewer bytes. Top-level names of a module are its own; those of a script are the page's.
pub fn shortened(source: &str) -> Result<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::unambiguous()).parse();
    if let Some(error) = parsed.diagnostics.first() {
        bail!("parsing JavaScript: {error}");
    }
    let mut program = parsed.program;
    let minified = Minifier::new(MinifierOptions::default()).minify(&allocator, &mut program);
    Ok(Codegen::new()
        .with_options(CodegenOptions::minify())
        .with_scoping(minified.scoping)
        .build(&program)
        .code)
}

/// The same for a template.
pub fn shortened_template(source: &str) -> Result<String> {
    let mut marked = String::with_capacity(source.len());
    let mut names = Vec::new();
    let mut rest = source;
    while let Some((before, name, after)) = placeholder(rest) {
        let stands_alone = before.trim_end().ends_with(['=', '(', ',', ':', '[', '?'])
            && after.trim_start().starts_with([';', ')', ',', ']', '}', ':']);
        ensure!(stands_alone, "the placeholder {{{{{name}}}}} has to be a whole expression");
        marked.push_str(before);
        marked.push_str(&mark(names.len()));
        names.push(name);
        rest = after;
    }
    marked.push_str(rest);

    let mut script = shortened(&marked)?;
    for (index, name) in names.into_iter().enumerate() {
        let mark = mark(index);
        let count = script.matches(&mark).count();
        ensure!(count == 1, "the placeholder {{{{{name}}}}} came out of the minifier {count} times");
        script = script.replace(&mark, &format!("{{{{{name}}}}}"));
    }
    Ok(script)
}

fn mark(index: usize) -> String {
    format!("{MARK}{index}_")
}

/// The text before the next `{{NAME}}`, the name, the text after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    for (start, _) in text.match_indices("{{") {
        let (name, after) = text[start + 2..].split_once("}}")?;
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        if !name.is_empty() && name.chars().all(is_name) {
            return Some((&text[..start], name, after));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_keeps_its_placeholders() {
        let source = "// why\n(() => { const site = {{site}}; use(site.key, site.color); })();";
        let script = shortened_template(source).unwrap();
        assert_eq!(script, "(()=>{let e={{site}};use(e.key,e.color)})();");
    }

    #[test]
    fn a_placeholder_in_a_string_is_refused() {
        let error = shortened_template("use('{{label}}');").unwrap_err();
        assert!(error.to_string().contains("{{label}}"), "{error}");
    }

    #[test]
    fn what_is_no_javascript_is_refused() {
        assert!(shortened("const = 1").is_err());
    }
}
