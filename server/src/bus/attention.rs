//! Which agents are at a conversation: who looks at it, who writes there. Colleagues who follow it see that before two of
//! them do the same. It is known of the connections of this process, and over with them.

use deskbell_shared::model::ConversationId;
use deskbell_shared::protocol::{AttendantView, Attention, DeskFrame};

use super::hub::{Hub, frame_bytes};
use super::mailbox::Mailbox;

impl Hub {
    /// Notes what an agent does at a conversation that this connection follows, or with `None` nothing any more, and tells
    /// those who follow it. A connection is at one conversation at a time.
    pub fn attend(&self, conversation: ConversationId, mailbox: &Mailbox, what: Option<AttendantView>) {
        let before = mailbox.attend(conversation, what);
        if let Some(left) = before.filter(|left| *left != conversation) {
            self.tell_attended(left);
        }
        self.tell_attended(conversation);
    }

    fn tell_attended(&self, conversation: ConversationId) {
        let shard = self.shard(conversation);
        let followers = shard.get(&conversation).into_iter().flatten();
        let followers = followers.filter(|follower| !follower.principal.is_visitor());
        let mut agents: Vec<AttendantView> = Vec::new();
        for one in followers.clone().filter_map(|follower| follower.attending(conversation)) {
            match agents.iter_mut().find(|other| other.agent.id == one.agent.id) {
                // On two screens: what they do counts, wherever they do it.
                Some(other) if one.attention == Attention::Writing => other.attention = one.attention,
                Some(_) => {}
                None => agents.push(one),
            }
        }
        let frame = frame_bytes(&DeskFrame::Attended { conversation, agents });
        for follower in followers {
            follower.attended(conversation, &frame);
        }
    }
}
