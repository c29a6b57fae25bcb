//! How what a row says lies in its columns: ids and numbers that other tables or checks need have columns of their own,
//! the rest stands in `detail` as on the wire.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{AgentView, Audience, Cmid, EntryBody, FileView, RequeueReason};
use deskbell_shared::wire;

use super::stop::Stop;

/// The columns that hold a body, beside its kind.
#[derive(Debug, Default)]
pub struct Columns<'a> {
    pub cmid: Option<Cmid>,
    pub text: Option<&'a str>,
    /// The agent it is about, beside its author.
    pub agent: Option<&'a AgentView>,
    pub version: Option<u32>,
    pub detail: Option<String>,
}

wire! {
    /// What comes with the text of a message, in its `detail`.
    pub struct Beside {
        /// A file. Alone it stands in the column as it is: that is how all of them stood before there were choices.
        pub file: Option<FileView>,
        /// Answers to press.
        pub choices: Option<Vec<String>>,
    }
}

impl Beside {
    /// What a `detail` says of a message.
    pub fn read(detail: Option<&str>) -> Result<Beside, Stop> {
        let Some(detail) = detail else { return Ok(Beside { file: None, choices: None }) };
        match FileView::from_text(detail) {
            Ok(file) => Ok(Beside { file: Some(file), choices: None }),
            Err(_) => wire(detail),
        }
    }

    /// The `detail` that says it.
    pub fn detail(&self) -> Option<String> {
        match self {
            Beside { file, choices: None } => file.as_ref().map(FileView::to_text),
            both => Some(both.to_text()),
        }
    }
}

/// Puts a body into columns.
pub fn columns(body: &EntryBody) -> Columns<'_> {
    let none = Columns { version: body.version(), ..Columns::default() };
    match body {
        EntryBody::Message { cmid, text, file, choices } => {
            let detail = Beside { file: file.clone(), choices: choices.clone() }.detail();
            Columns { cmid: Some(*cmid), text: Some(text), detail, ..none }
        }
        EntryBody::Note { cmid, text } => Columns { cmid: Some(*cmid), text: Some(text), ..none },
        // Who may read it is in the column that says so of every row.
        EntryBody::Edited { of, text, .. } => Columns { cmid: Some(*of), text: Some(text), ..none },
        EntryBody::Erased { cmid, withdrawn } => {
            Columns { cmid: *cmid, detail: withdrawn.map(|withdrawn| withdrawn.to_text()), ..none }
        }
        EntryBody::Assigned { to, .. } => Columns { agent: Some(to), ..none },
        EntryBody::Requeued { from, reason, .. } => {
            Columns { agent: Some(from), detail: Some(reason.to_text()), ..none }
        }
        EntryBody::Resolved { .. } | EntryBody::Reopened { .. } | EntryBody::Woken {} => none,
        EntryBody::Moved { .. }
        | EntryBody::Snoozed { .. }
        | EntryBody::Filed { .. }
        | EntryBody::Rated { .. }
        | EntryBody::AddressLeft { .. }
        | EntryBody::Mailed { .. } => Columns { detail: Some(body.to_text()), ..none },
    }
}

/// What is read of a row to know its body.
pub struct Found {
    pub audience: Audience,
    pub cmid: Option<[u8; 16]>,
    pub text: Option<String>,
    pub agent: Option<AgentView>,
    pub version: Option<u32>,
    pub detail: Option<String>,
}

/// Reads a body back from its columns.
pub fn body(kind: &str, found: Found) -> Result<EntryBody, Stop> {
    let missing = |what: &str| Stop::Corrupt(format!("a row of kind {kind} has no {what}"));
    let Found { audience, cmid, text, agent, version, detail } = found;
    let cmid = cmid.map(Cmid::from_bytes);
    let version = version.ok_or_else(|| missing("version"));
    let text = text.ok_or_else(|| missing("text"));
    let agent = agent.ok_or_else(|| missing("agent"));
    Ok(match kind {
        "message" => {
            let Beside { file, choices } = Beside::read(detail.as_deref())?;
            EntryBody::Message { cmid: cmid.ok_or_else(|| missing("id"))?, text: text?, file, choices }
        }
        "note" => EntryBody::Note { cmid: cmid.ok_or_else(|| missing("id"))?, text: text? },
        "edited" => EntryBody::Edited {
            of: cmid.ok_or_else(|| missing("id"))?,
            text: text?,
            audience: Some(audience).filter(|audience| *audience == Audience::Staff),
        },
        "erased" => EntryBody::Erased { cmid, withdrawn: detail.as_deref().map(wire).transpose()? },
        "assigned" => EntryBody::Assigned { to: agent?, version: version? },
        "resolved" => EntryBody::Resolved { version: version? },
        "reopened" => EntryBody::Reopened { version: version? },
        "requeued" => {
            let reason: RequeueReason = wire(&detail.ok_or_else(|| missing("reason"))?)?;
            EntryBody::Requeued { from: agent?, reason, version: version? }
        }
        "woken" => EntryBody::Woken {},
        "moved" | "snoozed" | "filed" | "rated" | "address_left" | "mailed" => {
            wire(&detail.ok_or_else(|| missing("detail"))?)?
        }
        _ => return Err(missing("known kind")),
    })
}

fn wire<T: Wire>(text: &str) -> Result<T, Stop> {
    T::from_text(text).map_err(|_| Stop::Corrupt("a row says what cannot be read".to_owned()))
}
