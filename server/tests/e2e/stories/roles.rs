//! The owner invites a light agent and a supervisor; each sees and does what they may. Somebody gets another role, and the desk
//! that they have open follows.

use fantoccini::Locator;
use fantoccini::key::Key;

use super::accessible::Findings;
use crate::chat_server::ChatServer;
use crate::office::{Account, COLLEAGUE, OWNER, Office};
use crate::person::Person;
use crate::stage::story;
use crate::words::{desk, desk_with};

const SUPERVISOR: Account =
    Account { name: "Lin Hand", email: "lin@kettles.example", password: "a kettle for everybody" };

/// The places of the roles in the choice.
const SUPERVISOR_PLACE: u8 = 2;
const AGENT_PLACE: u8 = 3;
const LIGHT_AGENT_PLACE: u8 = 4;

impl Person {
    async fn invites_as(&self, chat: &ChatServer, email: &str, place: u8) -> String {
        self.goes(&chat.desk("settings/people")).await;
        self.fills(&desk("email"), email).await;
        self.clicks_on(&format!("form .segment:nth-of-type({place})")).await;
        self.presses(&desk("invite.make.button")).await;
        if place == SUPERVISOR_PLACE {
            self.fills(&desk("erase.password"), &format!("{}{}", OWNER.password, Key::Enter)).await;
        }
        self.reads(&self.finds(".copy-box code").await).await.expect("the link on the screen")
    }

    async fn gives_role(&self, chat: &ChatServer, whom: &str, place: u8) {
        self.goes(&chat.desk("settings/people")).await;
        self.presses(&desk_with("people.role.whom", &[("who", whom)])).await;
        self.clicks_on(&format!("dialog .segment:nth-of-type({place})")).await;
        self.fills(&desk("erase.password"), &format!("{}{}", OWNER.password, Key::Enter)).await;
        self.no_longer_sees(&desk("people.role.line")).await;
    }

    async fn clicks_on(&self, css: &str) {
        self.finds(css).await.click().await.unwrap_or_else(|error| panic!("{} picks: {error}", self.name));
    }

    /// Has only what a light agent has on an open conversation.
    async fn has_notes_only(&self) {
        self.finds(".compose-note").await;
        for css in [".talk-acts button:not(.person-toggle)", ".modes", "#availability", ".row-choose"] {
            let found = self.client.find_all(Locator::Css(css)).await.expect("a look at the page");
            assert!(found.is_empty(), "{} has {css}:\n{}", self.name, self.screen().await);
        }
        let screen = self.screen().await;
        for key in ["view.mine", "view.snoozed", "block.ask"] {
            assert!(!screen.contains(&desk(key)), "{} sees `{}`:\n{screen}", self.name, desk(key));
        }
    }
}

#[tokio::test]
async fn are_given_and_change_on_open_desks() {
    story("roles", async |stage| {
        let office = Office::over_tls(stage).await;
        let (ada, vera) = (stage.person("ada").await, stage.person("vera").await);
        let (grace, lin) = (stage.person("grace").await, stage.person("lin").await);
        let mut findings = Findings::default();
        ada.signs_in(&office.chat, &OWNER).await;
        ada.chooses("availability.busy").await;
        let light = ada.invites_as(&office.chat, COLLEAGUE.email, LIGHT_AGENT_PLACE).await;
        grace.joins(&light).await;
        findings.look(&ada, "people").await;
        let helper = ada.invites_as(&office.chat, SUPERVISOR.email, SUPERVISOR_PLACE).await;
        lin.goes(&helper).await;
        lin.fills(&desk("name"), SUPERVISOR.name).await;
        lin.fills(&desk("password.new"), SUPERVISOR.password).await;
        lin.presses(&desk("invite.button")).await;
        lin.is_at_the_desk().await;

        // The desk gives it to the supervisor, who is a member; the light agent is there and is nobody to it.
        vera.goes(&office.page("/")).await;
        vera.opens_chat().await;
        vera.says("I was charged twice.").await;
        lin.takes_by_keys("I was charged twice.").await;
        grace.hits_letters("ga").await;
        grace.opens_by_keys("I was charged twice.").await;
        grace.has_notes_only().await;
        findings.look(&grace, "a conversation of a light agent").await;
        grace.writes_note(&format!("One of them is a hold.{}", Key::Enter)).await;
        grace.sees_note("One of them is a hold.").await;
        lin.sees_note("One of them is a hold.").await;
        lin.answers("One of the two will vanish.").await;
        vera.sees_message("One of the two will vanish.").await;
        let seen = vera.screen().await;
        assert!(!seen.contains("hold") && !seen.contains(COLLEAGUE.name), "neither is for her:\n{seen}");

        // The board is the supervisor's, settings and people are not.
        lin.hits_letters("gb").await;
        lin.sees(&desk("board.inboxes")).await;
        lin.hits_letters("gs").await;
        lin.sees(&desk("profile.me")).await;
        let settings = lin.screen().await;
        assert!(
            settings.contains(&desk("settings.snippets")) && !settings.contains(&desk("settings.people"))
        );
        lin.goes(&office.chat.desk("settings/people")).await;
        lin.sees(&desk("settings.owner_only.line")).await;

        // Their desks are open: what they are now is there at once, and what nobody has any more waits for who may have it.
        lin.goes(&office.chat.desk("inbox/mine")).await;
        lin.opens_by_keys("One of the two will vanish.").await;
        ada.gives_role(&office.chat, SUPERVISOR.name, LIGHT_AGENT_PLACE).await;
        lin.has_notes_only().await;
        ada.gives_role(&office.chat, COLLEAGUE.name, AGENT_PLACE).await;
        grace.sees(&desk("view.mine")).await;
        grace.sees(&desk("status.mine")).await;
        grace.answers("It is gone on Friday.").await;
        vera.sees_message("It is gone on Friday.").await;
        findings.are_none();
    })
    .await;
}
