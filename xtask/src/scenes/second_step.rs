//! The second step of signing in: turning it on, and being asked for it.

use anyhow::Result;

use super::{ENTER, Stage, desk};

/// What an authenticator app shows for a secret now. The browser has all that is needed for it.
const APP: &str = "const bits = [...arguments[0].replace(/ /g, '')]\
    .map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');\
    const key = new Uint8Array(20).map((_, at) => parseInt(bits.substr(at * 8, 8), 2));\
    const step = new DataView(new ArrayBuffer(8));\
    step.setUint32(4, Date.now() / 30000);\
    const how = { name: 'HMAC', hash: 'SHA-1' };\
    return crypto.subtle.importKey('raw', key, how, false, ['sign'])\
    .then(key => crypto.subtle.sign(how, key, step)).then(tag => {\
    const view = new DataView(tag), at = view.getUint8(19) & 15;\
    return String((view.getUint32(at) & 0x7fffffff) % 1000000).padStart(6, '0') })";

/// The secret, after the password.
pub fn shows_secret(stage: &mut Stage) -> Result<()> {
    desk::page(stage, "settings/profile", "#second-step .button")?;
    let Stage { agent, demo, .. } = stage;
    agent.press("#second-step .button")?;
    agent.type_into(&agent.find("dialog #password")?, &format!("{}{ENTER}", demo.password))?;
    agent.find("dialog .qr").map(drop)
}

/// The recovery codes, after a code.
pub fn turns_on(stage: &mut Stage) -> Result<()> {
    let agent = &stage.agent;
    let secret = agent.text(&agent.find("dialog .copy-box code")?)?;
    let code = agent.run(APP, &secret)?;
    agent.type_into(&agent.find("dialog #code")?, &format!("{code}{ENTER}"))?;
    agent.find("#codes-made").map(drop)
}

/// It is on, and the codes are put away.
pub fn is_on(stage: &mut Stage) -> Result<()> {
    stage.agent.press("#second-step .part-new > .form-row button")?;
    stage.agent.find("#second-step .chip-good").map(drop)
}

/// Signing in again: the password was right.
pub fn wants_code(stage: &mut Stage) -> Result<()> {
    stage.agent.press(".part:last-of-type .button:not(.button-danger)")?;
    let Stage { agent, demo, .. } = stage;
    agent.type_into(&agent.find("#email")?, &demo.email)?;
    agent.type_into(&agent.find("#password")?, &format!("{}{ENTER}", demo.password))?;
    agent.find("#code").map(drop)
}

/// A code that is not right.
pub fn wrong_code(stage: &mut Stage) -> Result<()> {
    let agent = &stage.agent;
    agent.type_into(&agent.find("#code")?, &format!("12345{ENTER}"))?;
    agent.find("#code-error").map(drop)
}
