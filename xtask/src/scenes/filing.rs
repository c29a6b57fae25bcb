//! Filing conversations: the tags of the organisation, what an inbox asks, and how an agent uses both.

use anyhow::Result;

use super::{ENTER, ESCAPE, Stage, desk};

/// Tags with the place of their colour.
const TAGS: [(&str, usize); 4] = [("billing", 2), ("shipping", 3), ("bug", 5), ("wholesale partner", 4)];

/// The owner has made some tags.
pub fn tags(stage: &mut Stage) -> Result<()> {
    desk::page(stage, "settings/tags", "#name")?;
    let agent = &stage.agent;
    for (at, (name, colour)) in TAGS.iter().enumerate() {
        agent.press(&format!(".segment:nth-of-type({colour})"))?;
        agent.type_into(&agent.find("#name")?, &format!("{name}{ENTER}"))?;
        agent.find(&format!(".table li:nth-child({})", at + 1))?;
    }
    Ok(())
}

/// And says what an inbox asks.
pub fn outcomes(stage: &mut Stage) -> Result<()> {
    desk::page(stage, "settings/inboxes", "a.strong")?;
    let agent = &stage.agent;
    agent.press("a.strong")?;
    for (at, name) in ["answered", "bug", "no answer came"].iter().enumerate() {
        agent.press(".outcomes + div .button")?;
        agent.type_into(&agent.find(&format!(".outcomes li:nth-child({}) input", at + 1))?, name)?;
    }
    agent.press("#outcome-required")?;
    agent.press(".outcomes ~ .form-row .button")?;
    agent.find(".outcomes ~ .form-row .saved svg").map(drop)
}

/// An agent chooses tags.
pub fn chooses(stage: &mut Stage) -> Result<()> {
    desk::page(stage, "inbox/mine", ".row-link")?;
    stage.agent.press(".row-link")?;
    stage.agent.find("#talk-title")?;
    desk::hits(stage, "p")?;
    // To what has the focus: the page behind a dialog hears nothing.
    stage.agent.type_into(&stage.agent.find(".menu-item[aria-current]")?, "1")?;
    stage.agent.find(".filed .tag-urgent")?;
    desk::hits(stage, "l")?;
    let agent = &stage.agent;
    let field = agent.find("#tag-search")?;
    for (name, _) in TAGS {
        agent.type_into(&field, &format!("{}{ENTER}", &name[..3]))?;
    }
    agent.find(".tag-choices .choice:nth-child(4)").map(drop)
}

/// A list with tags.
pub fn list(stage: &mut Stage) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find("#tag-search")?, ESCAPE)?;
    desk::page(stage, "inbox/all?priority=urgent", ".row .tag")?;
    stage.agent.find("#narrow-tag").map(drop)
}

/// What that list is narrowed to gets a name.
pub fn names_view(stage: &mut Stage) -> Result<()> {
    stage.agent.press(".narrow > .link:last-child")?;
    stage.agent.find("#view-name").map(drop)
}

/// It is a view.
pub fn view(stage: &mut Stage) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find("#view-name")?, &format!("Urgent kettles{ENTER}"))?;
    agent.find(".rail-views .rail-link[aria-current]").map(drop)
}

/// Resolving where an outcome is wanted.
pub fn wraps_up(stage: &mut Stage) -> Result<()> {
    desk::page(stage, "inbox/mine", ".row-link")?;
    stage.agent.press(".row-link")?;
    stage.agent.find("#talk-title")?;
    desk::hits(stage, "e")?;
    stage.agent.find("#wrap-up-note").map(drop)
}

/// Leaves it as it was.
pub fn leaves(stage: &mut Stage) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find("#wrap-up-note")?, ESCAPE)?;
    agent.find(".filed").map(drop)
}

/// Something is begun, and the list says so.
pub fn begins(stage: &mut Stage) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find("#answer")?, "Merci ! Je regarde tout de suite")?;
    agent.find(".row .row-mark .chip").map(drop)
}
