//! Which end-to-end stories are played in which browser: `server/tests/e2e/browsers.txt` says it, story by story, and
//! gives the reason of each that is not. All of them are played in Chromium.

use anyhow::{Context, Result, bail};

const LIST: &str = include_str!("../../server/tests/e2e/browsers.txt");
/// The columns of the list after the story.
const ELSEWHERE: [&str; 2] = ["firefox", "webkit"];

/// What the list says of one browser.
pub struct Played {
    /// The tests to be run, as cargo's test runner calls them.
    pub tests: Vec<String>,
    /// The others, each with its reason.
    pub not: Vec<(&'static str, &'static str)>,
}

/// What is played in a browser that is not Chromium.
pub fn played_in(browser: &str) -> Result<Played> {
    let column = ELSEWHERE.iter().position(|name| *name == browser).context("a browser of the list")?;
    let mut played = Played { tests: Vec::new(), not: Vec::new() };
    for (story, said) in lines(LIST)? {
        match reason(said[column])? {
            None => played.tests.push(format!("stories::{story}")),
            Some(reason) => played.not.push((story, reason)),
        }
    }
    Ok(played)
}

/// Each story with what is said of it in each column.
fn lines(list: &'static str) -> Result<Vec<(&'static str, [&'static str; 2])>> {
    let said = list.lines().filter(|line| !line.trim().is_empty() && !line.starts_with(['#', '=']));
    said.map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [story, firefox, webkit] = words[..] else { bail!("browsers.txt: `{line}` has not three words") };
        Ok((story, [firefox, webkit]))
    })
    .collect()
}

/// Why it is not played; nothing when it is.
fn reason(said: &str) -> Result<Option<&'static str>> {
    if said == "yes" {
        return Ok(None);
    }
    let mut reasons = LIST.lines().filter_map(|line| line.strip_prefix("= ")?.split_once(": "));
    let found = reasons.find(|(name, _)| *name == said).map(|(_, reason)| reason);
    found.with_context(|| format!("browsers.txt has no reason called `{said}`")).map(Some)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The stories below a folder, as the list calls them.
    fn told(folder: &Path, path: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap().path();
            let name = entry.file_stem().unwrap().to_string_lossy().into_owned();
            let path = if name == "mod" { path.to_owned() } else { format!("{path}{name}::") };
            if entry.is_dir() {
                told(&entry, &path, found);
                continue;
            }
            let source = fs::read_to_string(&entry).unwrap();
            for test in source.split("#[tokio::test]\n").skip(1) {
                let name = test.trim_start().strip_prefix("async fn ").and_then(|test| test.split_once('('));
                found.push(format!("{path}{}", name.expect("a test has a name").0));
            }
        }
    }

    #[test]
    fn every_story_is_listed_once_with_a_reason_where_it_is_not_played() {
        let mut stories = Vec::new();
        told(&crate::workspace::root().join("server/tests/e2e/stories"), "", &mut stories);
        stories.sort();
        let mut listed: Vec<_> =
            lines(LIST).unwrap().into_iter().map(|(story, _)| story.to_owned()).collect();
        listed.sort();
        assert_eq!(listed, stories, "server/tests/e2e/browsers.txt and the stories differ");
        for browser in ELSEWHERE {
            let played = played_in(browser).unwrap();
            assert!(!played.tests.is_empty(), "nothing is played in {browser}");
        }
    }
}
