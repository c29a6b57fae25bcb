//! What agents see, and what they do for a visitor to see something.

use std::path::Path;

use anyhow::Result;

use super::{BAR, ENTER, ESCAPE, REACH, Stage, visitor};

/// The first screen.
pub fn login(stage: &mut Stage) -> Result<()> {
    page(stage, "login", "#password")
}

/// Signed in, at the queue.
pub fn queue(stage: &mut Stage) -> Result<()> {
    sign_in(stage)?;
    page(stage, "inbox/queue", ".row-link")
}

/// The first conversation of the queue.
pub fn conversation(stage: &mut Stage) -> Result<()> {
    stage.agent.press(".row-link")?;
    stage.agent.find(".compose textarea, .pane-talk button").map(drop)
}

/// An address of the desk.
pub fn page(stage: &mut Stage, path: &str, sign: &str) -> Result<()> {
    stage.agent.open(&format!("{}{path}", stage.demo.desk))?;
    stage.agent.find(sign).map(drop)
}

/// Signs in, wherever the browser is.
pub fn sign_in(stage: &mut Stage) -> Result<()> {
    login(stage)?;
    let Stage { agent, demo, .. } = stage;
    agent.type_into(&agent.find("#email")?, &demo.email)?;
    agent.type_into(&agent.find("#password")?, &format!("{}{ENTER}", demo.password))?;
    agent.find("nav.rail").map(drop)
}

/// The form of an inbox, with everything about its routing open.
pub fn routing(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/inboxes", "a.strong")?;
    stage.agent.press("a.strong")?;
    for css in ["#asks", "#goes-on", "#capped", "#by-language"] {
        stage.agent.press(css)?;
    }
    stage.agent.find("#waiting_max").map(drop)
}

/// Somebody who waits is offered to the agent, who has asked to be asked.
pub fn offer(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/inboxes", "a.strong")?;
    stage.agent.press("a.strong")?;
    stage.agent.press("#asks")?;
    stage.agent.press("form .button-primary")?;
    stage.agent.find(".saved")?;
    makes_room(stage)?;
    page(stage, "inbox/queue", ".rows")?;
    stage.agent.press("#availability option[value=available]")?;
    stage.agent.find(".offer").map(drop)
}

/// Is given nothing from now on.
pub fn is_busy(stage: &Stage) -> Result<()> {
    stage.agent.press("#availability option[value=busy]")?;
    stage.agent.find("#availability option[value=busy]:checked").map(drop)
}

/// Opens the conversation of the list at that address whose last line this is.
pub fn opens(stage: &mut Stage, list: &str, line: &str) -> Result<()> {
    page(stage, list, ".rows")?;
    stage.agent.press_with(".row-link", line)?;
    stage.agent.find("#talk-title").map(drop)
}

/// Takes the conversation of the queue whose last line this is.
pub fn claims(stage: &mut Stage, line: &str) -> Result<()> {
    opens(stage, "inbox/queue", line)?;
    hits(stage, "c")?;
    stage.agent.find("#answer:focus").map(drop)
}

/// Resolves the open conversation.
pub fn resolves(stage: &Stage) -> Result<()> {
    stage.agent.find("#answer")?;
    hits(stage, "e")?;
    // Only the ways to the visitor's panel and back are left.
    stage.agent.find(".talk-acts > button:nth-child(2):last-child").map(drop)
}

/// Answers in the open conversation.
pub fn answers(stage: &Stage, text: &str) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find("#answer")?, &format!("{text}{ENTER}"))?;
    agent.type_into(&agent.find("#answer")?, ESCAPE)
}

/// A message with answers to press, while they are written.
pub fn choices(stage: &mut Stage) -> Result<()> {
    page(stage, "inbox/mine", ".row-link")?;
    stage.agent.press(".row-link")?;
    visitor::asks(stage)
}

/// Writes a message with answers to press, and does not send it yet.
pub fn asks(stage: &Stage, text: &str, choices: &[&str]) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find("#answer")?, text)?;
    agent.press(".attach-foot .button:nth-of-type(2)")?;
    for (n, choice) in choices.iter().enumerate() {
        let field = agent.find(&format!(".presses .input:nth-of-type({})", n + 1))?;
        let next = if n + 1 < choices.len() { ENTER } else { "" };
        agent.type_into(&field, &format!("{choice}{next}"))?;
    }
    Ok(())
}

/// Sends it.
pub fn sends_choices(stage: &Stage) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find(".presses .input:last-of-type")?, ESCAPE)?;
    agent.find(".press")?;
    agent.type_into(&agent.find("#answer")?, ENTER)?;
    agent.find(".say-choices").map(drop)
}

/// Sends a file in the open conversation.
pub fn sends(stage: &Stage, file: &Path) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find(".attach input")?, &file.display().to_string())
}

/// Looks for a word that was said often.
pub fn searches(stage: &mut Stage) -> Result<()> {
    looks_for(stage, if stage.language.starts_with("zh") { "可以" } else { "the" })?;
    stage.agent.find(".found mark").map(drop)
}

/// Opens the first of what was found.
pub fn opens_what_was_found(stage: &mut Stage) -> Result<()> {
    searches(stage)?;
    stage.agent.press("#hit-0")?;
    stage.agent.find(".say-found").map(drop)
}

/// Looks for something that nobody said.
pub fn searches_in_vain(stage: &mut Stage) -> Result<()> {
    looks_for(stage, "zeppelin")?;
    stage.agent.find(".pane-list .empty h2").map(drop)
}

fn looks_for(stage: &mut Stage, text: &str) -> Result<()> {
    page(stage, "search", "#search-field")?;
    stage.agent.type_into(&stage.agent.find("#search-field")?, text)
}

/// Presses keys outside of fields.
pub fn hits(stage: &Stage, keys: &str) -> Result<()> {
    stage.agent.type_into(&stage.agent.find("body")?, keys)
}

/// Resolves some of what the agent has, so that there is room for another.
pub fn makes_room(stage: &mut Stage) -> Result<()> {
    for _ in 0..2 {
        page(stage, "inbox/mine", ".row-link")?;
        stage.agent.press(".row-link")?;
        resolves(stage)?;
    }
    Ok(())
}

/// Sets hours that are over: this day of the week is a closed one.
pub fn closes(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/inboxes", ".table a")?;
    // The inbox of the shop; there may be others.
    stage.agent.press_with(".table a", "Leaf")?;
    stage.agent.press("#hours-set")?;
    let today = weekday();
    // Saturdays and Sundays are closed from the first.
    if today < 5 {
        stage.agent.press(&format!("#day-{today}-open"))?;
    }
    stage.agent.press("form button[type=submit]")?;
    stage.agent.find("[role=status]").map(drop)
}

/// The settings of the shop's inbox, at who may write.
pub fn inbox(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/inboxes", ".table a")?;
    stage.agent.press_with(".table a", "Leaf")?;
    stage.agent.press("#verified-only")
}

/// The settings of the first site, at who its visitors are.
pub fn site(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/sites", ".table a")?;
    stage.agent.press(".table a")?;
    stage.agent.press("section[aria-labelledby=identity] .button")?;
    stage.agent.find("dialog #password").map(drop)
}

/// A secret that was just made.
pub fn secret(stage: &mut Stage) -> Result<()> {
    let Stage { agent, demo, .. } = stage;
    agent.type_into(&agent.find("#password")?, &format!("{}{ENTER}", demo.password))?;
    agent.find(".part-new")?;
    agent.press(".part-new .segment input")
}

/// Asked before a secret is taken away.
pub fn retires(stage: &mut Stage) -> Result<()> {
    stage.agent.press("section[aria-labelledby=identity] .table button")?;
    stage.agent.find("dialog .button-danger").map(drop)
}

/// The first site lets its visitors choose between two inboxes.
pub fn offers_inboxes(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/sites", ".table a")?;
    stage.agent.press(".table a")?;
    stage.agent.press("#choice-add option:nth-child(2)")?;
    stage.agent.press("form .button-primary")?;
    stage.agent.find(".saved")?;
    stage.agent.press("#choice-title")
}

/// Where the agent is signed in, at the end of what is theirs.
pub fn sessions(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/profile", ".part .table .chip")?;
    stage.agent.press(".part:last-of-type h2")
}

/// The audit trail, looked through.
pub fn checks(stage: &mut Stage) -> Result<()> {
    stage.agent.press(".sheet .part .button")?;
    stage.agent.find(".bullets").map(drop)
}

/// Monday is 0.
fn weekday() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    // The first day of Unix time was a Thursday.
    (since.as_secs() / 86_400 + 3) % 7
}

/// Everything that can be done with what is open.
pub fn commands(stage: &mut Stage) -> Result<()> {
    page(stage, "inbox/mine", ".row-link")?;
    stage.agent.press(".row-link")?;
    stage.agent.find("#talk-title")?;
    hits(stage, BAR)?;
    stage.agent.find(".commands-one").map(drop)
}

/// Commands by a few letters.
pub fn asks_for_command(stage: &mut Stage) -> Result<()> {
    commands(stage)?;
    stage.agent.type_into(&stage.agent.find(".commands input")?, "re")?;
    stage.agent.find(".commands-beside").map(drop)
}

/// Chooses how the desk looks: the other way round, with strong contrasts, and close lines.
pub fn looks(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/profile", "#look-density")?;
    for choice in [
        "#look-scheme option[value=dark]",
        "#look-contrast option[value=more]",
        "#look-density option[value=close]",
    ] {
        stage.agent.press(choice)?;
    }
    stage.agent.find("#look-scheme option[value=dark]:checked").map(drop)
}

/// A conversation in close lines.
pub fn talks_close(stage: &mut Stage) -> Result<()> {
    page(stage, "inbox/mine", ".row-link")?;
    stage.agent.press(".row-link")?;
    stage.agent.find("#talk-title").map(drop)
}

/// What was chosen about looks is left to the system again.
pub fn usual_looks(stage: &mut Stage) -> Result<()> {
    page(stage, "settings/profile", "#look-density")?;
    for id in ["scheme", "contrast", "density"] {
        stage.agent.press(&format!("#look-{id} option[value='']"))?;
    }
    Ok(())
}

/// Three of the list are chosen, by keys alone.
pub fn chooses_several(stage: &mut Stage) -> Result<()> {
    page(stage, "inbox/all", ".row-link")?;
    for keys in ["j", "x", REACH, REACH] {
        hits(stage, keys)?;
    }
    stage.agent.find(".row-chosen ~ .row-chosen ~ .row-chosen").map(drop)
}

/// Far down in the list: only what is in sight is in the document, and the row that had the focus, which has it still. It
/// stands where it stood when one comes back, and after that one is far down again.
pub fn scrolls_far(stage: &mut Stage) -> Result<()> {
    const FAR: &str = "new Promise(done => {
        const rows = document.querySelector('.rows');
        const row = () => document.activeElement.closest('.row');
        const place = () => row()?.getBoundingClientRect().top;
        const to = top => new Promise(there => {
            rows.scrollTop = top;
            requestAnimationFrame(() => requestAnimationFrame(there));
        });
        const look = () => document.querySelectorAll('.row').length < 80
            && row()?.getAttribute('aria-posinset') === '2';
        const [top, before] = [rows.scrollTop, place()];
        const go = async () => {
            await to(rows.scrollHeight / 2);
            const isThere = look();
            await to(top);
            const isBack = !row()?.matches('.row-apart') && place() === before;
            await to(rows.scrollHeight / 2);
            return isThere && isBack && look();
        };
        go().then(done);
    })";
    page(stage, "inbox/all", ".row-link")?;
    hits(stage, "jj")?;
    stage.agent.find(".row:nth-child(2) .row-link:focus")?;
    let asked = serde_json::json!({ "expression": FAR, "awaitPromise": true, "returnByValue": true });
    let told = stage.agent.cdp("Runtime.evaluate", asked)?;
    anyhow::ensure!(
        told["result"]["value"] == true,
        "the focus or the place is lost, or all rows are there: {told}"
    );
    Ok(())
}
