//! Roles: a colleague gets another one, and what a light agent has on the screen.

use anyhow::Result;

use super::{ENTER, Stage, desk};

/// The first of the colleagues, as the demo knows them.
const COLLEAGUE: &str = "ben@deskbell.example";

/// The choice, with what is chosen.
pub fn asks(stage: &mut Stage) -> Result<()> {
    desk::page(stage, "settings/people", ".table .button")?;
    stage.agent.press(".table .button")?;
    stage.agent.press("dialog .segment:nth-of-type(4)")?;
    stage.agent.find("dialog .segment:nth-of-type(4) :checked").map(drop)
}

/// A conversation that is open on the desk of a light agent.
pub fn light(stage: &mut Stage) -> Result<()> {
    let Stage { agent, demo, .. } = &*stage;
    agent.type_into(&agent.find("dialog #password")?, &format!("{}{ENTER}", demo.password))?;
    agent.find(".sheet-in:not(:has(dialog))")?;
    let email = COLLEAGUE.to_owned();
    signs_in_as(stage, &email)?;
    desk::page(stage, "inbox/all", ".row-link")?;
    stage.agent.press(".row-link")?;
    stage.agent.find(".compose-note").map(drop)
}

/// Who is what, for the owner.
pub fn people(stage: &mut Stage) -> Result<()> {
    let email = stage.demo.email.clone();
    signs_in_as(stage, &email)?;
    desk::page(stage, "settings/people", ".table .button")
}

fn signs_in_as(stage: &mut Stage, email: &str) -> Result<()> {
    desk::page(stage, "settings/profile", ".part:last-of-type .button")?;
    stage.agent.press(".part:last-of-type .button:not(.button-danger)")?;
    let Stage { agent, demo, .. } = stage;
    agent.type_into(&agent.find("#email")?, email)?;
    agent.type_into(&agent.find("#password")?, &format!("{}{ENTER}", demo.password))?;
    agent.find("nav.rail").map(drop)
}
