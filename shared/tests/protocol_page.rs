//! `docs/protocol.md` names everything that may be said on the wire, and nothing that may not.

use std::collections::BTreeSet;

use deskbell_shared::model::{Author, Availability, EntryBody, Role, Side, Status};
use deskbell_shared::protocol::{
    AgentCommand, CloseCode, Command, DeskFrame, Frame, RefusalCode, WaitNews, limits,
};

const PAGE: &str = include_str!("../../docs/protocol.md");

/// The texts in backquotes (or the bare numbers) that begin the rows of the table under a heading.
fn first_cells(heading: &str) -> BTreeSet<String> {
    let (_, rest) =
        PAGE.split_once(&format!("# {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    rest.lines()
        .take_while(|line| !line.starts_with('#'))
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .filter(|cell| cell.starts_with('`') || cell.chars().all(|c| c.is_ascii_digit()))
        .map(|cell| cell.trim_matches('`').to_owned())
        .collect()
}

fn set<T: ToString>(items: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

#[test]
fn commands_are_those_on_the_page() {
    let code = set(Command::TAGS.iter().chain(AgentCommand::TAGS).copied());
    assert_eq!(code, first_cells("Commands (client to server)"));
}

#[test]
fn frames_are_those_on_the_page() {
    let code = set(Frame::TAGS.iter().chain(DeskFrame::TAGS).copied());
    assert_eq!(code, first_cells("Frames (server to client)"));
}

#[test]
fn refusals_are_those_on_the_page() {
    assert_eq!(set(RefusalCode::ALL.iter().map(|code| code.text())), first_cells("Refusals"));
}

#[test]
fn close_codes_are_those_on_the_page_with_their_meaning() {
    assert_eq!(set(CloseCode::ALL.iter().map(|code| code.code())), first_cells("Close codes"));
    for code in CloseCode::ALL {
        let row = format!("| {} | {}", code.code(), code.meaning());
        assert!(PAGE.contains(&row), "docs/protocol.md has no row {row:?}");
    }
}

#[test]
fn kinds_and_states_are_named() {
    let tags = EntryBody::TAGS.iter().map(|kind| format!("- `{kind}`:"));
    let authors = Author::TAGS.iter().map(|by| format!("\"by\":\"{by}\""));
    let states = Status::ALL.iter().map(|status| format!("`{}`", status.text()));
    let others = Role::ALL.iter().map(|role| format!("`{}`", role.text()));
    let sides = Side::ALL.iter().map(|side| format!("`{}`", side.text()));
    let chosen = Availability::ALL.iter().map(|chosen| format!("`{}`", chosen.text()));
    let news = WaitNews::ALL.iter().map(|why| format!("`{}`", why.text()));
    for text in tags.chain(authors).chain(states).chain(others).chain(sides).chain(chosen).chain(news) {
        assert!(PAGE.contains(&text), "docs/protocol.md does not name {text}");
    }
}

#[test]
fn limits_are_those_on_the_page() {
    for (row, value) in [
        ("| a frame | ", limits::FRAME_BYTES_MAX),
        ("| the text of a message | ", limits::TEXT_BYTES_MAX),
        ("| an uploaded file | ", limits::FILE_BYTES_MAX),
        ("| the comment of a rating | ", limits::COMMENT_BYTES_MAX),
        ("| messages in one `start` or `send` | ", limits::BATCH_MESSAGES_MAX),
        ("| rows in one `page` | ", limits::PAGE_ROWS_MAX),
        ("| conversations in `hello` | ", limits::RESUME_MAX),
        ("| conversations watched by one connection | ", limits::WATCHED_MAX),
        ("| rows in `feed_page` and `list_page` | ", limits::LIST_ROWS_MAX),
        ("| the address or the title of a page | ", limits::PAGE_CHARS_MAX),
    ] {
        let rest = PAGE.split_once(row).unwrap_or_else(|| panic!("no row {row}")).1;
        let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
        let number = number.trim_end_matches(',').replace(',', "");
        assert_eq!(number, value.to_string(), "{row}");
    }
}
