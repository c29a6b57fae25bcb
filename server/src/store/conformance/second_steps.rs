//! The second step of signing in: that no code counts twice, and what goes with what.

use deskbell_shared::model::{AgentId, Role};
use deskbell_shared::protocol::RefusalCode::{Conflict, NotFound};

use super::Backend;
use super::story::*;
use crate::store::accounts::{SecretDigest, SessionRecord};
use crate::store::audit::{Actor, Deed, Target, What};
use crate::store::second_steps::{NewSecondStep, Seed, Spent};

const SEED: Seed = [7; 16];
const KEPT: SecretDigest = [1; 32];

impl<S: Backend> Story<S> {
    async fn turns_on(&self, agent: AgentId) -> crate::store::Stored<()> {
        let codes = (10..20).map(code).collect();
        let new = NewSecondStep { agent, seed: SEED, last_step: 100, codes, session: KEPT, at: self.now() };
        self.store.turn_on_second_step(new).await
    }

    async fn codes_left(&self, agent: AgentId) -> Option<u32> {
        self.store.second_step(agent).await.unwrap().map(|step| step.codes_left)
    }
}

fn code(n: u8) -> SecretDigest {
    [n; 32]
}

pub async fn it_is_turned_on_once_and_ends_other_sessions<S: Backend>(story: Story<S>) {
    assert_eq!(story.store.second_step(AMY).await.unwrap(), None);
    let at = story.now();
    for (agent, secret) in [(AMY, KEPT), (AMY, [2; 32]), (BEN, [3; 32])] {
        let session = SessionRecord { secret, agent, role: Role::Agent, opened_at: at, used_at: at };
        story.store.open_session(session, String::new()).await.unwrap();
    }
    story.turns_on(AMY).await.unwrap();
    let step = story.store.second_step(AMY).await.unwrap().unwrap();
    assert_eq!((step.seed, step.last_step, step.codes_left), (SEED, 100, 10));
    assert!(story.store.session(KEPT).await.unwrap().is_some());
    assert!(story.store.session([2; 32]).await.unwrap().is_none(), "it was there before");
    assert!(story.store.session([3; 32]).await.unwrap().is_some(), "that of a colleague");
    assert_refused(story.turns_on(AMY).await, Conflict);
    assert_refused(story.turns_on(AgentId(99)).await, NotFound);
    assert_eq!(story.store.second_step(BEN).await.unwrap(), None);
    assert_eq!(story.store.with_second_step().await.unwrap(), [AMY]);
}

pub async fn no_code_counts_twice_nor_an_earlier_one<S: Backend>(story: Story<S>) {
    story.turns_on(AMY).await.unwrap();
    let spend = |seed, step| story.store.spend_code(AMY, seed, Spent::Step(step));
    assert_refused(spend(SEED, 100).await, Conflict);
    spend(SEED, 102).await.unwrap();
    for used in [102, 101, 0] {
        assert_refused(spend(SEED, used).await, Conflict);
    }
    assert_refused(spend([8; 16], 103).await, NotFound);
    spend(SEED, 103).await.unwrap();
    assert_eq!(story.store.second_step(AMY).await.unwrap().unwrap().last_step, 103);
    assert_refused(story.store.spend_code(BEN, SEED, Spent::Step(200)).await, NotFound);
}

pub async fn of_many_at_once_one_uses_a_code<S: Backend>(story: Story<S>) {
    story.turns_on(AMY).await.unwrap();
    for spent in [Spent::Step(101), Spent::Recovery(code(10))] {
        let tries = (0..8).map(|_| story.store.spend_code(AMY, SEED, spent));
        let done = futures_util::future::join_all(tries).await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{spent:?}");
    }
}

pub async fn a_recovery_code_is_used_once<S: Backend>(story: Story<S>) {
    story.turns_on(AMY).await.unwrap();
    story.turns_on(BEN).await.unwrap();
    let spend = |n| story.store.spend_code(AMY, SEED, Spent::Recovery(code(n)));
    spend(10).await.unwrap();
    assert_refused(spend(10).await, Conflict);
    assert_refused(spend(77).await, Conflict);
    spend(11).await.unwrap();
    assert_eq!(story.codes_left(AMY).await, Some(8));
    assert_eq!(story.codes_left(BEN).await, Some(10), "each has their own");
    let step = story.store.second_step(AMY).await.unwrap().unwrap();
    assert_eq!(step.last_step, 100, "the codes of the app go on where they were");
}

pub async fn new_recovery_codes_take_the_place_of_the_old<S: Backend>(story: Story<S>) {
    assert_refused(story.store.renew_recovery_codes(AMY, vec![code(30)]).await, NotFound);
    story.turns_on(AMY).await.unwrap();
    story.store.renew_recovery_codes(AMY, vec![code(30), code(31)]).await.unwrap();
    assert_eq!(story.codes_left(AMY).await, Some(2));
    assert_refused(story.store.spend_code(AMY, SEED, Spent::Recovery(code(10))).await, Conflict);
    story.store.spend_code(AMY, SEED, Spent::Recovery(code(30))).await.unwrap();
}

pub async fn it_is_turned_off_with_its_codes<S: Backend>(story: Story<S>) {
    assert_refused(story.store.turn_off_second_step(AMY).await, NotFound);
    story.turns_on(AMY).await.unwrap();
    story.store.turn_off_second_step(AMY).await.unwrap();
    assert_eq!(story.store.second_step(AMY).await.unwrap(), None);
    assert_refused(story.store.spend_code(AMY, SEED, Spent::Recovery(code(10))).await, NotFound);
    assert_refused(story.store.turn_off_second_step(AMY).await, NotFound);
    story.turns_on(AMY).await.unwrap();
    assert_eq!(story.codes_left(AMY).await, Some(10), "none of those before");
}

pub async fn who_is_deactivated_has_none<S: Backend>(story: Story<S>) {
    story.turns_on(AMY).await.unwrap();
    story.store.deactivate(AMY, story.now()).await.unwrap();
    assert_eq!(story.store.second_step(AMY).await.unwrap(), None);
    assert_eq!(story.store.with_second_step().await.unwrap(), []);
    assert_refused(story.store.spend_code(AMY, SEED, Spent::Step(200)).await, NotFound);
    assert_refused(story.turns_on(AMY).await, NotFound);
    story.store.reactivate(AMY).await.unwrap();
    assert_eq!(story.codes_left(AMY).await, Some(10), "it is as it was when they come back");
}

pub async fn a_code_that_is_refused_leaves_no_row<S: Backend>(story: Story<S>) {
    story.turns_on(AMY).await.unwrap();
    let (at, actor, target) = (story.now(), Actor::Agent(AMY), Target::Agent(AMY));
    let what = What::RecoveryCodeUsed;
    let store = story.store.noting(Deed { at, actor, what, target, from: None, detail: String::new() });
    store.spend_code(AMY, SEED, Spent::Recovery(code(10))).await.unwrap();
    assert_refused(store.spend_code(AMY, SEED, Spent::Recovery(code(10))).await, Conflict);
    let rows = story.store.trail(u64::MAX, 9).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.what.as_str()).collect::<Vec<_>>(), ["recovery_code_used"]);
}
