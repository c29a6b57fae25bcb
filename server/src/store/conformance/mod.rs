//! What every backend of the store has to do, told as stories. A further backend is one `impl Backend` and one
//! `conform!` line. What only one backend promises (files, locks, flushes) is tested beside that backend.

mod accounts;
mod agreement;
mod audit;
mod choices;
mod counters;
mod desk;
mod desks;
mod drafts;
mod edits;
mod filing;
mod forgetting;
mod identities;
mod lists;
mod mail;
mod messages;
mod roles;
mod rows;
mod scope;
pub(super) mod search;
mod second_steps;
mod site_inboxes;
mod snoozes;
pub(super) mod story;
mod team;
mod tools;
mod views;

use deskbell_shared::model::{AgentId, InboxId};

use super::memory::MemoryStore;
use super::sqlite::SqliteStore;
use super::{Store, Stored};
use story::Story;

/// A backend under test, with what its contract has no word for yet.
#[async_trait::async_trait]
pub(super) trait Backend: Store + Clone {
    /// Empty, and what must be kept as long as it is used.
    fn fresh() -> (Self, Option<tempfile::TempDir>);

    /// Takes an agent out of an inbox.
    async fn leave(&self, inbox: InboxId, agent: AgentId) -> Stored<()>;
}

macro_rules! stories {
    ($backend:ty => $( $subject:ident { $( $story:ident )* } )*) => { $( mod $subject { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $story() {
            let (store, _kept) = <$backend as crate::store::conformance::Backend>::fresh();
            crate::store::conformance::$subject::$story(crate::store::conformance::Story::begin(store).await).await;
        }
    )* } )* };
}

macro_rules! conform {
    ($name:ident, $backend:ty) => {
        mod $name {
            stories! { $backend =>
                messages {
                    a_start_makes_the_conversation_and_its_first_messages
                    a_repeated_start_is_acknowledged_again_and_adds_nothing
                    a_repeated_start_adds_what_is_missing
                    a_start_without_messages_makes_nothing
                    a_start_under_the_id_of_somebody_else_is_not_found
                    a_start_needs_the_site_and_its_own_inbox
                    a_second_open_conversation_is_refused_and_the_first_named
                    a_start_that_comes_late_finds_its_message_elsewhere
                    what_is_written_elsewhere_is_not_added_again
                    concurrent_repeats_of_a_start_store_it_once
                    concurrent_starts_leave_one_open
                    a_repeated_message_is_acknowledged_with_its_first_place_and_time
                    concurrent_repeats_of_a_message_store_it_once
                    a_cmid_is_good_for_one_text
                    one_cmid_of_two_authors_is_two_messages
                    the_prefix_before_a_refused_message_is_stored
                    a_new_message_reopens_a_resolved_conversation
                    a_reopening_is_refused_while_another_is_open
                    repeats_are_acknowledged_after_the_end
                    an_agent_writes_only_where_they_are_the_assignee
                    many_authors_at_once_leave_no_gap_and_keep_their_order
                    a_refusal_leaves_no_trace
                    the_list_shows_the_last_message_and_counts_the_unread
                }
                edits {
                    an_edit_is_a_row_and_what_is_shown_is_its_last_words
                    the_same_words_again_add_nothing
                    an_edit_disturbs_nothing
                    a_note_is_edited_for_staff_only
                    only_what_one_wrote_oneself_is_edited_or_taken_back
                    the_time_to_edit_ends
                    what_is_edited_still_says_something
                    who_may_not_write_may_not_edit
                    what_is_taken_back_is_gone_with_its_edits
                    a_file_goes_with_its_message_unless_another_has_it
                    mail_says_what_was_edited_and_not_what_was_taken_back
                    edits_go_with_what_is_forgotten
                }
                filing {
                    a_tag_has_one_name_in_whatever_case
                    tags_go_on_and_off_and_leave_rows_for_staff
                    what_is_put_away_stays_where_it_is
                    a_conversation_has_so_many_tags
                    a_priority_is_said_once_and_changes_no_order
                    outcomes_are_offered_in_their_order
                    a_wrap_up_resolves_and_says_what_came_of_it
                    where_an_outcome_is_wanted_nothing_is_resolved_without
                    no_visitor_is_told_how_they_are_filed
                    only_who_sees_it_files_it
                    the_archive_is_narrowed_to_what_is_filed_so
                }
                drafts {
                    an_answer_and_a_note_are_kept_apart_and_the_newest_counts
                    what_is_sent_takes_its_draft_along
                    only_who_reads_it_writes_there
                    drafts_of_one_agent_are_bounded
                    drafts_go_with_what_is_forgotten
                    drafts_go_with_their_agent
                }
                views {
                    views_are_ones_own_or_everybodys
                    a_name_is_taken_once_among_its_kind
                    views_are_bounded
                    a_tag_that_is_gone_is_told_of
                }
                choices {
                    they_stand_with_their_message_in_their_order
                    a_repeat_changes_nothing_and_others_are_another_message
                    an_edit_leaves_them_and_a_withdrawal_does_not
                    they_go_with_what_is_forgotten
                    a_file_beside_them_comes_and_goes_alone
                    a_mail_says_them_as_lines
                    a_page_of_them_still_fits
                }
                second_steps {
                    it_is_turned_on_once_and_ends_other_sessions
                    no_code_counts_twice_nor_an_earlier_one
                    of_many_at_once_one_uses_a_code
                    a_recovery_code_is_used_once
                    new_recovery_codes_take_the_place_of_the_old
                    it_is_turned_off_with_its_codes
                    who_is_deactivated_has_none
                    a_code_that_is_refused_leaves_no_row
                }
                site_inboxes {
                    a_site_keeps_what_it_offers_in_its_order
                    a_conversation_begins_where_its_visitor_chose
                    who_is_not_verified_cannot_choose_an_inbox_for_verified_visitors
                }
                counters {
                    rows_for_staff_take_no_place_of_the_visitor
                    marks_are_told_in_both_counts
                    marks_never_go_back_nor_past_the_head
                    what_was_read_is_no_longer_unread
                    a_mark_that_moves_nothing_changes_nothing
                }
                desk {
                    a_claim_gives_the_conversation_and_adds_its_row
                    a_claim_of_an_old_version_is_a_conflict
                    claiming_what_one_has_adds_nothing
                    one_of_many_concurrent_claims_wins
                    a_resolved_conversation_cannot_be_claimed
                    an_old_claim_does_not_survive_a_reopening
                    resolving_twice_adds_one_row
                    a_visitor_ends_their_own
                }
                snoozes {
                    what_is_put_aside_comes_back_when_its_time_has_come
                    a_message_of_the_visitor_takes_it_back_before
                    only_who_has_it_puts_it_aside
                    an_agent_takes_it_back
                    a_claim_and_the_end_take_it_back
                    notes_change_neither_the_line_nor_the_snooze
                    a_resolved_one_is_taken_up_again
                    it_is_not_taken_up_while_another_is_open
                    what_is_put_aside_is_nobodys_load
                    whatever_changes_hands_is_woken
                }
                tools {
                    snippets_are_ones_own_or_everybodys
                    a_shortcut_is_taken_once_among_its_kind
                    snippets_are_bounded
                    a_blocked_visitor_adds_nothing
                    a_block_ends_by_itself_or_by_hand
                    blocks_outside_the_scope_do_not_exist
                    a_visitors_conversations_are_those_in_scope
                    what_the_browser_said_of_itself_is_kept
                    what_visitors_say_of_themselves_is_kept_until_they_are_forgotten
                }
                desks {
                    what_an_agent_chooses_lasts
                    a_lease_has_one_holder_and_its_token_grows
                    a_step_under_an_old_token_does_nothing
                    an_assignment_fits_version_scope_and_capacity
                    what_is_taken_off_waits_with_its_first_arrival
                    a_transfer_writes_its_note_first_and_for_staff_only
                    a_hand_over_moves_it_with_its_arrival
                    a_hand_over_to_verified_visitors_takes_nobody_else
                    what_waits_too_long_goes_on_once
                    what_cannot_go_on_stays_and_is_not_asked_again
                    an_offer_keeps_a_place_and_is_over_with_the_next_version
                    who_misses_an_offer_is_away_until_they_choose
                    the_ledger_keeps_what_was_promised
                    a_desk_is_made_of_what_is_stored
                    who_gave_up_and_waits_again_has_not_given_up
                    each_wait_ends_once
                    a_desk_knows_its_routing_and_who_answered_a_visitor_last
                }
                scope {
                    a_visitor_reaches_nothing_of_another
                    an_agent_reaches_nothing_outside_their_inboxes
                    losing_a_membership_takes_effect_with_the_next_call
                    an_owner_reaches_every_inbox
                    unknown_ids_are_not_found
                }
                rows {
                    spans_are_dense_and_bounded_by_count
                    spans_are_bounded_by_bytes_but_hold_one_row
                    the_newest_span_is_the_rest_or_the_last_page
                    places_beyond_the_head_hold_nothing
                }
                lists {
                    the_feed_tells_each_changed_conversation_once_in_order
                    a_feed_for_a_client_that_starts_empty_leaves_out_the_resolved
                    resolved_conversations_come_newest_first_in_pages
                    a_feed_read_during_writes_misses_nothing
                    a_visitors_own_conversations_come_newest_arrival_first
                    the_last_message_of_each_of_a_visitors_own
                    people_are_shown_as_they_look_now
                    an_inbox_is_seen_by_its_members_and_the_owners
                    what_goes_out_of_sight_is_told_by_its_id
                }
                forgetting {
                    a_file_comes_with_the_message_of_its_owner
                    a_file_of_others_or_of_another_conversation_is_refused
                    nothing_begins_with_a_file_that_is_not_there
                    quotas_end_what_one_person_may_upload
                    contents_are_gone_with_their_last_file
                    the_last_rating_of_an_ended_conversation_counts
                    a_forgotten_visitor_leaves_places_only
                    who_has_rows_that_were_erased_is_told_when_they_read_on
                    words_of_a_rating_go_and_the_score_stays
                    erasures_are_remembered_with_their_time
                    what_is_too_old_goes_and_nothing_else
                    filing_keeps_nothing_for_longer
                    old_files_go_and_the_words_beside_them_stay
                    an_earlier_turn_of_retention_is_over
                    each_inbox_keeps_things_as_long_as_it_says
                    what_colleagues_were_told_about_a_forgotten_visitor_goes
                    nothing_is_owed_to_who_was_forgotten
                }
                team {
                    deactivation_ends_sessions_and_hands_back
                    the_last_owner_stays
                    whoever_comes_back_has_what_they_had
                    an_inbox_has_hours_and_members
                    leaving_an_inbox_hands_back_what_was_in_it
                    a_site_may_lead_to_an_inbox_that_is_there
                }
                roles {
                    every_deed_by_every_role
                    who_serves_no_more_hands_back
                    who_sees_less_hands_back_what_is_out_of_sight
                    the_last_owner_keeps_their_role
                    an_owner_who_is_none_any_more_leaves_no_way_back
                    a_role_comes_with_an_invitation_and_is_that_of_every_session
                    what_light_agents_read_is_not_read_by_staff
                    who_answers_no_more_leaves_what_they_said
                }
                mail {
                    an_address_is_left_once_and_may_change
                    addresses_are_bounded_and_unlock_nothing
                    nothing_is_owed_without_an_address_or_before_mail_is_set_up
                    what_agents_write_is_owed_and_gathered
                    a_try_is_leased_to_one_and_says_the_same_again
                    what_was_read_or_stopped_is_not_sent
                    who_wants_no_mail_is_known_by_a_new_key
                    a_mail_given_up_says_so
                    mail_is_bounded
                    a_mail_by_hand_is_noted
                }
                audit {
                    a_write_leaves_the_row_of_its_deed
                    what_changed_is_told_by_its_name
                    what_is_so_already_is_no_deed
                    a_deed_may_be_noted_once_in_a_time
                    the_trail_is_read_in_pages_newest_first
                    the_trail_is_searched_by_person_and_kind
                    the_old_end_is_cut_and_the_rest_still_fits
                }
                search {
                    what_was_written_is_found_by_its_words_newest_first
                    a_note_is_found_by_staff_and_a_file_by_what_was_said_beside_it
                    what_one_may_not_see_is_not_found
                    filters_leave_out_the_rest
                    what_is_found_comes_in_pages
                    an_edited_message_is_found_by_its_last_words
                    what_is_gone_is_not_found
                    people_are_found_by_what_is_known_of_them
                    an_address_is_found_only_where_it_was_left
                }
                identities {
                    a_site_has_two_secrets_at_a_time
                    the_token_before_is_over
                    a_visit_ends_for_good
                    a_token_that_was_good_for_nothing_leaves_no_trace
                    without_its_secret_a_session_is_over
                    sessions_of_one_visitor_are_bounded
                    an_inbox_for_verified_visitors_takes_nothing_from_others
                    what_a_site_says_last_counts
                    a_forgotten_visitor_is_nobody_any_more
                    who_somebody_is_goes_with_the_last_they_said
                    what_is_over_and_leads_nowhere_is_forgotten
                }
                accounts {
                    an_owner_is_set_up_once
                    people_sign_in_by_email_in_any_case
                    a_change_leaves_the_rest_as_it_is
                    a_picture_is_kept_under_its_hash
                    sessions_open_are_used_and_end
                    an_invitation_works_once
                    a_taken_email_is_a_conflict_and_keeps_the_invitation
                    a_password_reset_ends_all_sessions
                    sites_are_added_edited_and_found_by_key
                    the_newest_origins_seen_are_kept
                }
            }
        }
    };
}

conform!(memory, crate::store::memory::MemoryStore);
conform!(sqlite, crate::store::sqlite::SqliteStore);

#[async_trait::async_trait]
impl Backend for MemoryStore {
    fn fresh() -> (MemoryStore, Option<tempfile::TempDir>) {
        (MemoryStore::new(), None)
    }

    async fn leave(&self, inbox: InboxId, agent: AgentId) -> Stored<()> {
        self.take_out(inbox, agent);
        Ok(())
    }
}

#[async_trait::async_trait]
impl Backend for SqliteStore {
    fn fresh() -> (SqliteStore, Option<tempfile::TempDir>) {
        let dir = tempfile::tempdir().unwrap();
        (SqliteStore::open(dir.path(), &Default::default()).unwrap(), Some(dir))
    }

    async fn leave(&self, inbox: InboxId, agent: AgentId) -> Stored<()> {
        self.take_out(inbox, agent).await
    }
}
