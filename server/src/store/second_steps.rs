//! The second step of signing in: the contract. What codes are is `auth::totp`'s; here it is held that none counts twice.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, UnixMillis};

use super::Stored;
use super::accounts::SecretDigest;

/// What the secret of an app is made of, with a key that is not stored here.
pub type Seed = [u8; 16];

/// Second steps. All of it is about active agents only.
#[async_trait]
pub trait SecondStepStore: Send + Sync + 'static {
    /// The second step of an agent, if it is on.
    async fn second_step(&self, agent: AgentId) -> Stored<Option<SecondStep>>;

    /// Whose is on.
    async fn with_second_step(&self) -> Stored<Vec<AgentId>>;

    /// Turns it on, with these recovery codes, and ends all sessions but one. Refused: `not_found` for an unknown agent,
    /// `conflict` when it is on.
    async fn turn_on_second_step(&self, new: NewSecondStep) -> Stored<()>;

    /// Turns it off; recovery codes go with it. Refused: `not_found` when it is not on.
    async fn turn_off_second_step(&self, agent: AgentId) -> Stored<()>;

    /// Puts these recovery codes in place of those that are left. Refused: `not_found` when it is not on.
    async fn renew_recovery_codes(&self, agent: AgentId, codes: Vec<SecretDigest>) -> Stored<()>;

    /// Uses a code. Refused: `not_found` when the second step is not on, or not this one; `conflict` for a code of a step
    /// that is not later than the last one used, and for a recovery code that is not there (any more).
    async fn spend_code(&self, agent: AgentId, seed: Seed, code: Spent) -> Stored<()>;
}

/// A second step that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStep {
    /// What the secret is made of.
    pub seed: Seed,
    /// Since when.
    pub made_at: UnixMillis,
    /// The step (`auth::totp`) whose code was used last.
    pub last_step: u64,
    /// Recovery codes that are left.
    pub codes_left: u32,
}

/// A second step to be turned on.
#[derive(Clone, Debug)]
pub struct NewSecondStep {
    /// Whose.
    pub agent: AgentId,
    /// What the secret is made of.
    pub seed: Seed,
    /// The step whose code proved that the app has it.
    pub last_step: u64,
    /// What is stored of the recovery codes.
    pub codes: Vec<SecretDigest>,
    /// The session that goes on.
    pub session: SecretDigest,
    /// When.
    pub at: UnixMillis,
}

/// A code that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// The code of an app, of this step.
    Step(u64),
    /// What is stored of a recovery code.
    Recovery(SecretDigest),
}
