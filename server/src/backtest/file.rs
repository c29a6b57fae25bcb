//! Days from a file: values separated by commas, one thing that happened on each line. The format is in
//! `docs/waits.md`, for whoever has days of their own.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbell_shared::model::{Priority, UnixMillis};

use super::course::{Asks, Course, Event};

/// The first line.
pub const HEADER: &str = "what,at,agent,capacity,handling_s,patience_s,priority";

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// On which line, from 1.
    pub line: usize,
    /// What.
    pub what: String,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for FileError {}

/// Reads a course from the text of a file.
pub fn read(text: &str) -> Result<Course, FileError> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let header = lines.next().map(|(_, line)| line.trim());
    if header != Some(HEADER) {
        return Err(FileError { line: 1, what: format!("the first line must be `{HEADER}`") });
    }
    let mut reader = Reader::default();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
        reader.line(line).map_err(|what| FileError { line: index + 1, what })?;
    }
    reader.course()
}

#[derive(Default)]
struct Reader {
    course: Course,
    agents: BTreeMap<String, u32>,
    /// Events of visitors who gave up, whose handling time nobody knows.
    unknown: Vec<usize>,
    known: Vec<Duration>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [what, at, agent, capacity, handling, patience, priority] = cells[..] else {
            return Err(format!("there are {} values, not 7", cells.len()));
        };
        let at = instant(at)?;
        let event = match what {
            "agent" => {
                let next = self.agents.len() as u32;
                let agent = *self.agents.entry(agent.to_owned()).or_insert(next);
                let capacity = capacity.parse().map_err(|_| format!("`{capacity}` is no capacity"))?;
                Event::Agent { agent, capacity }
            }
            "conversation" => self.asks(handling, patience, priority)?,
            "change" => {
                self.course.changes.push(at);
                return Ok(());
            }
            other => return Err(format!("`{other}` is none of agent, conversation, change")),
        };
        self.course.events.push((at, event));
        Ok(())
    }

    fn asks(&mut self, handling: &str, patience: &str, priority: &str) -> Result<Event, String> {
        let patience = seconds(patience)?;
        let handling = match seconds(handling)? {
            Some(handling) => {
                self.known.push(handling);
                handling
            }
            None if patience.is_some() => {
                self.unknown.push(self.course.events.len());
                Duration::ZERO
            }
            None => return Err("either handling_s or patience_s must be there".to_owned()),
        };
        let priority = match priority {
            "" => Priority::Normal,
            name => Priority::from_name(name).ok_or_else(|| format!("`{name}` is no priority"))?,
        };
        Ok(Event::Asks(Asks { handling, patience, priority }))
    }

    /// Who gave up might be served in the replay: for that they are given the handling times of others, in turn.
    fn course(mut self) -> Result<Course, FileError> {
        if self.known.is_empty() {
            return Err(FileError { line: 1, what: "there is no conversation with a handling_s".to_owned() });
        }
        for (number, index) in self.unknown.into_iter().enumerate() {
            if let (_, Event::Asks(asks)) = &mut self.course.events[index] {
                asks.handling = self.known[number.wrapping_mul(7919) % self.known.len()];
            }
        }
        Ok(self.course.sorted())
    }
}

fn instant(text: &str) -> Result<UnixMillis, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Ok(UnixMillis((seconds * 1000.0) as i64));
    }
    let at: jiff::Timestamp = text.parse().map_err(|_| format!("`{text}` is no instant"))?;
    Ok(UnixMillis(at.as_millisecond()))
}

fn seconds(text: &str) -> Result<Option<Duration>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..1e9).contains(seconds));
    seconds
        .map(|seconds| Some(Duration::from_secs_f64(seconds)))
        .ok_or_else(|| format!("`{text}` is no span"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_what_is_wrong_is_named() {
        let text = format!(
            "{HEADER}\n# a comment\nagent,2026-03-02T09:00:00Z,mia,2,,,\n\
             conversation,2026-03-02T09:00:30Z,,,240,,high\nconversation,1772442060,,,,95,\n"
        );
        let course = read(&text).unwrap();
        let [(at, Event::Agent { agent: 0, capacity: 2 }), (_, served), (later, gave_up)] = course.events[..]
        else {
            panic!("{course:?}")
        };
        assert_eq!(later.since(at), Duration::from_secs(60));
        let handling = Duration::from_secs(240);
        assert_eq!(served, Event::Asks(Asks { handling, patience: None, priority: Priority::High }));
        let patience = Some(Duration::from_secs(95));
        assert_eq!(gave_up, Event::Asks(Asks { handling, patience, priority: Priority::Normal }));
        for (line, wrong) in
            [("agent,x,mia,2,,,", "`x` is no instant"), ("lunch,0,,,,,", "`lunch` is none of")]
        {
            let error = read(&format!("{HEADER}\n{line}\n")).unwrap_err();
            assert!(error.line == 2 && error.what.contains(wrong), "{error}");
        }
    }
}
