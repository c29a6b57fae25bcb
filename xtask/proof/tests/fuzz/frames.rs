//! Whatever comes over a wire or out of a storage is read or refused, and what was read says the same when written.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use arbitrary::{Result, Unstructured};
use deskbell_shared::codec::{Wire, parse};
use deskbell_shared::protocol::{AgentCommand, Command, DeskFrame, Frame};
use deskbell_shared::session::{CachedConversation, OutboxRow};

use super::corpus::Corpus;

pub fn attempt(random: &mut Unstructured<'_>, corpus: &Corpus) -> Result<Option<(u64, String)>> {
    let text = corpus.changed(random)?;
    let mut way = DefaultHasher::new();
    let _ = parse(&text).map_err(|problem| format!("{problem:?}").hash(&mut way));
    read::<Command>(&text, &mut way);
    read::<AgentCommand>(&text, &mut way);
    read::<Frame>(&text, &mut way);
    read::<DeskFrame>(&text, &mut way);
    read::<OutboxRow>(&text, &mut way);
    read::<CachedConversation>(&text, &mut way);
    Ok(Some((way.finish(), text)))
}

fn read<T: Wire + Debug>(text: &str, way: &mut impl Hasher) {
    match T::from_text(text) {
        Ok(value) => {
            let written = value.to_text();
            let again = T::from_text(&written).unwrap_or_else(|problem| {
                panic!("{text:?} was read, and what was written of it was not: {written:?}: {problem:?}")
            });
            assert_eq!(again.to_text(), written, "{text:?} says something else when it is read again");
            assert_eq!(format!("{again:?}"), format!("{value:?}"), "{text:?}");
            "read".hash(way);
        }
        Err(problem) => format!("{problem:?}").hash(way),
    }
}
