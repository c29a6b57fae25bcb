//! The second step of signing in: turned on with an app, asked for behind the password, done with a recovery code where the
//! phone is gone, and turned off by the owner where those are gone too.

use std::time::SystemTime;

use deskbell_server::auth::totp::{KEY_BYTES, STEP_MS, code_of};
use fantoccini::key::Key;

use super::accessible::Findings;
use crate::office::{Account, COLLEAGUE, OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::words::{desk, desk_with};

/// An authenticator app that was given a secret.
struct App([u8; KEY_BYTES]);

impl App {
    fn with(secret: &str) -> App {
        let bits: String = secret
            .trim()
            .bytes()
            .map(|c| format!("{:05b}", if c < b'A' { c - b'2' + 26 } else { c - b'A' }))
            .collect();
        let byte = |at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).expect("bits");
        App(std::array::from_fn(byte))
    }

    /// What it shows, or will show next: the server takes both, and each once.
    fn shows(&self, next: u64) -> String {
        code_of(&self.0, step() + next)
    }

    /// Six digits that it shows neither now nor around now.
    fn does_not_show(&self) -> String {
        let near: Vec<String> = (step() - 2..=step() + 4).map(|step| code_of(&self.0, step)).collect();
        (0..8).map(|n| format!("00000{n}")).find(|code| !near.contains(code)).expect("one of eight")
    }
}

fn step() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    since.as_millis() as u64 / STEP_MS as u64
}

impl Person {
    /// Turns it on in the profile; comes back with the app and the recovery codes.
    async fn turns_on_second_step(
        &self,
        chat: &str,
        account: &Account,
        findings: &mut Findings,
    ) -> (App, String) {
        self.goes(chat).await;
        self.presses(&desk("second.turn_on")).await;
        self.sees(&desk("second.turn_on.line")).await;
        self.fills(&desk("erase.password"), &format!("not it{}", Key::Enter)).await;
        self.finds("dialog #password-error").await;
        self.fills(&desk("erase.password"), &format!("{}{}", account.password, Key::Enter)).await;
        self.sees(&desk("second.scan")).await;
        assert_eq!(self.focused_id().await, "code");
        findings.look(self, "the secret").await;
        let app =
            App::with(&self.reads(&self.finds("dialog .copy-box code").await).await.expect("the secret"));
        self.fills(&desk("code.app"), &format!("{}{}", app.does_not_show(), Key::Enter)).await;
        self.sees(&desk("wrong.code.invalid")).await;
        self.fills(&desk("code.app"), &format!("{}{}", app.shows(0), Key::Enter)).await;
        self.sees(&desk("second.codes")).await;
        assert_eq!(self.focused_id().await, "codes-made");
        findings.look(self, "recovery codes").await;
        let codes = self.reads(&self.finds("#second-step .copy-box code").await).await.expect("the codes");
        self.presses(&desk("identity.kept")).await;
        self.sees(&desk_with("second.left", &[("n", "10")])).await;
        (app, codes)
    }

    /// Waits until it is done: whoever goes elsewhere at once has not left.
    async fn signs_out(&self) {
        self.presses(&desk("sign_out")).await;
        self.sees(&desk("login.line")).await;
    }

    async fn gives_password(&self, login: &str, account: &Account) {
        self.goes(login).await;
        self.fills(&desk("email"), account.email).await;
        self.fills(&desk("password"), &format!("{}{}", account.password, Key::Enter)).await;
        self.sees(&desk("code.line")).await;
        assert_eq!(self.focused_id().await, "code");
    }
}

#[tokio::test]
async fn is_asked_for_and_done_without_a_phone() {
    story("second-step", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, grace) = (stage.person("ada").await, stage.person("grace").await);
        let mut findings = Findings::default();
        let (login, profile) = (office.chat.desk("login"), office.chat.desk("settings/profile"));
        ada.signs_in(&office.chat, &OWNER).await;
        let link = ada.invites(&office.chat).await;
        grace.joins(&link).await;
        let (app, codes) = grace.turns_on_second_step(&profile, &COLLEAGUE, &mut findings).await;

        // The password is no longer enough, and what she types is taken as she types it.
        grace.signs_out().await;
        grace.gives_password(&login, &COLLEAGUE).await;
        findings.look(&grace, "the wish for a code").await;
        grace.fills(&desk("code.app"), &format!("{}{}", app.does_not_show(), Key::Enter)).await;
        grace.sees(&desk("wrong.code.invalid")).await;
        findings.look(&grace, "a wrong code").await;
        let code = app.shows(1);
        grace.fills(&desk("code.app"), &format!("{} {}{}", &code[..3], &code[3..], Key::Enter)).await;
        grace.is_at_the_desk().await;

        // Without her phone, with the first of the codes.
        grace.goes(&profile).await;
        grace.signs_out().await;
        grace.gives_password(&login, &COLLEAGUE).await;
        grace.presses(&desk("code.to_recovery")).await;
        assert_eq!(grace.focused_id().await, "code");
        let first = codes.split_whitespace().next().expect("a code");
        grace.fills(&desk("code.recovery"), &format!("{first}{}", Key::Enter)).await;
        grace.is_at_the_desk().await;
        grace.goes(&profile).await;
        grace.sees(&desk_with("second.left", &[("n", "9")])).await;

        // Her password alone makes no new ones.
        grace.presses(&desk("second.renew")).await;
        grace.finds("dialog #code").await;
        findings.look(&grace, "the password and a code").await;
        grace.fills(&desk("erase.password"), &format!("{}{}", COLLEAGUE.password, Key::Enter)).await;
        grace.finds("dialog #code-error").await;
        let second = codes.split_whitespace().nth(1).expect("a code");
        grace.fills(&desk("code.app"), second).await;
        grace.hits(&[Key::Enter]).await;
        grace.sees(&desk("second.codes")).await;
        grace.presses(&desk("identity.kept")).await;
        grace.sees(&desk_with("second.left", &[("n", "10")])).await;

        // Without anything: the owner turns it off, and the password is enough again.
        grace.signs_out().await;
        grace.gives_password(&login, &COLLEAGUE).await;
        grace.presses(&desk("code.back")).await;
        grace.sees(&desk("login.line")).await;
        ada.goes(&office.chat.desk("settings/people")).await;
        ada.sees(&desk("people.second")).await;
        ada.presses(&desk_with("people.second.off.whom", &[("who", COLLEAGUE.name)])).await;
        ada.sees(&desk_with("people.second.off.line", &[("who", COLLEAGUE.name)])).await;
        findings.look(&ada, "turning off that of a colleague").await;
        ada.fills(&desk("erase.password"), &format!("{}{}", OWNER.password, Key::Enter)).await;
        ada.no_longer_sees(&desk("people.second")).await;
        grace.signs_in(&office.chat, &COLLEAGUE).await;
        findings.are_none();
    })
    .await;
}
