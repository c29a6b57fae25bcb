//! What the people who sign in may do: one table. The server decides by it, where rows are read and written, and the desk
//! shows what it allows; whatever asks a role for something asks here.
//!
//! | | owner | supervisor | agent | light agent |
//! |---|---|---|---|---|
//! | read, search and write notes | yes | yes | yes | yes |
//! | answer visitors | yes | yes | yes | no |
//! | be given conversations, and take them | yes | yes | yes | no |
//! | pass on, put aside, resolve | yes | yes | yes | no |
//! | block visitors | yes | yes | yes | no |
//! | see every inbox | yes | yes | no | no |
//! | write shared snippets and views | yes | yes | no | no |
//! | change settings and people | yes | no | no | no |
//! | erase visitors | yes | no | no | no |
//! | read the audit trail | yes | no | no | no |
//!
//! Where a role does not see every inbox, all of it is meant in the inboxes somebody is a member of.

use crate::wire;

wire! {
    /// What somebody who signs in is.
    pub enum Role text {
        /// Everything, settings and people included.
        Owner "owner",
        /// Sees and helps in every inbox; changes no settings and no people.
        Supervisor "supervisor",
        /// Answers in the inboxes they are a member of.
        Agent "agent",
        /// Reads in those, and writes notes. Visitors never hear of them.
        LightAgent "light_agent",
    }
}

/// What a role may do, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Read conversations, look for them, write notes in them.
    Note,
    /// Write to visitors and send them files; what they have read counts as read by staff, and their typing is shown.
    Answer,
    /// Be on duty: claim conversations, be offered and given them, and say how many.
    Serve,
    /// Pass conversations on, put them aside, resolve them.
    Steer,
    /// Block visitors.
    Block,
    /// See every inbox, a member or not.
    SeeAll,
    /// Write snippets and save views for everybody.
    ShareSnippets,
    /// Change settings and people, and keep the secrets of sites.
    Manage,
    /// Erase what there is of a visitor.
    Erase,
    /// Read the audit trail.
    ReadTrail,
}

impl Right {
    /// All of them, in the order of the table.
    pub const ALL: [Right; 10] = [
        Right::Note,
        Right::Answer,
        Right::Serve,
        Right::Steer,
        Right::Block,
        Right::SeeAll,
        Right::ShareSnippets,
        Right::Manage,
        Right::Erase,
        Right::ReadTrail,
    ];
}

impl Role {
    /// Whether somebody of this role may do that.
    pub const fn may(self, right: Right) -> bool {
        match right {
            Right::Note => true,
            Right::Answer | Right::Serve | Right::Steer | Right::Block => !matches!(self, Role::LightAgent),
            Right::SeeAll | Right::ShareSnippets => matches!(self, Role::Owner | Role::Supervisor),
            Right::Manage | Right::Erase | Right::ReadTrail => matches!(self, Role::Owner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A right as people read it.
    fn words(right: Right) -> &'static str {
        match right {
            Right::Note => "read, search and write notes",
            Right::Answer => "answer visitors",
            Right::Serve => "be given conversations, and take them",
            Right::Steer => "pass on, put aside, resolve",
            Right::Block => "block visitors",
            Right::SeeAll => "see every inbox",
            Right::ShareSnippets => "write shared snippets and views",
            Right::Manage => "change settings and people",
            Right::Erase => "erase visitors",
            Right::ReadTrail => "read the audit trail",
        }
    }

    /// What the code says, as Markdown.
    fn table() -> Vec<String> {
        let line = |first: &str, cells: Vec<String>| format!("| {first} | {} |", cells.join(" | "));
        let names = Role::ALL.iter().map(|role| role.text().replace('_', " ")).collect();
        let head = line("", names).replacen("|  |", "| |", 1);
        let may = |right: Right| {
            let may = |role: &Role| if role.may(right) { "yes" } else { "no" }.to_owned();
            line(words(right), Role::ALL.iter().map(may).collect())
        };
        let rule = format!("|{}", "---|".repeat(Role::ALL.len() + 1));
        [head, rule].into_iter().chain(Right::ALL.map(may)).collect()
    }

    #[test]
    fn the_table_that_people_read_is_the_one_that_decides() {
        let pages = [
            ("role.rs", include_str!("role.rs"), "//! "),
            ("operations.md", include_str!("../../../docs/operations.md"), ""),
        ];
        for (page, text, before) in pages {
            let wanted: Vec<String> = table().iter().map(|line| format!("{before}{line}")).collect();
            assert!(text.contains(&wanted.join("\n")), "{page} has to say:\n{}", wanted.join("\n"));
        }
    }

    #[test]
    fn whoever_may_more_may_all_that_others_may() {
        for roles in Role::ALL.windows(2) {
            for right in Right::ALL {
                assert!(roles[0].may(right) || !roles[1].may(right), "{right:?} of {roles:?}");
            }
        }
    }
}
