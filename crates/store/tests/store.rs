//! What every store promises, proven once and run over each of them; and what only the
//! SQLite store can get wrong: the order of its writes, and its crashes.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]
#![expect(clippy::needless_pass_by_value, reason = "promises are handed over as closures")]
#![expect(clippy::similar_names, reason = "the words of the domain resemble each other")]

#[path = "store/bounds.rs"]
mod bounds;
#[path = "store/copies.rs"]
mod copies;
#[path = "store/crash.rs"]
mod crash;
#[path = "store/epochs.rs"]
mod epochs;
#[path = "store/erasure.rs"]
mod erasure;
#[path = "store/expiry.rs"]
mod expiry;
#[path = "store/fixture.rs"]
mod fixture;
#[path = "store/fsx.rs"]
mod fsx;
#[path = "store/generation.rs"]
mod generation;
#[path = "store/guards.rs"]
mod guards;
#[path = "store/holds.rs"]
mod holds;
#[path = "store/listing.rs"]
mod listing;
#[path = "store/log.rs"]
mod log;
#[path = "store/model.rs"]
mod model;
#[path = "store/model_fsx.rs"]
mod model_fsx;
#[path = "store/place.rs"]
mod place;
#[path = "store/plans.rs"]
mod plans;
#[path = "store/policies.rs"]
mod policies;
#[path = "store/rds.rs"]
mod rds;
#[path = "store/realms.rs"]
mod realms;
#[path = "store/redact.rs"]
mod redact;
#[path = "store/reopen.rs"]
mod reopen;
#[path = "store/requests.rs"]
mod requests;
#[path = "store/roles.rs"]
mod roles;
#[path = "store/sources.rs"]
mod sources;
#[path = "store/space.rs"]
mod space;
#[path = "store/tokens.rs"]
mod tokens;
#[path = "store/users.rs"]
mod users;

/// Runs each of these promises over one store; `$with` hands a fresh one to it.
macro_rules! over {
    ($store:ident, $with:expr, [$($module:ident :: $promise:ident),* $(,)?]) => {
        mod $store {
            $(#[test]
            fn $promise() {
                $with(async |store| crate::$module::$promise(store).await);
            })*
        }
    };
}

macro_rules! conformance {
    ($($promises:tt)*) => {
        over!(memory, crate::fixture::with_memory, [$($promises)*]);
        over!(sqlite, crate::fixture::with_sqlite, [$($promises)*]);
        over!(sqlite_with_a_root_file, crate::fixture::with_root_file, [$($promises)*]);
    };
}

conformance! {
    generation::a_decision_commits_once,
    generation::every_subject_makes_a_commit_stale_when_it_changes,
    generation::a_subject_that_comes_into_being_makes_a_commit_stale,
    generation::a_stale_or_failed_change_writes_nothing,
    generation::a_change_that_fails_spoils_nobody_elses,
    generation::a_vault_with_points_is_not_removed,
    generation::a_vault_is_removed_after_its_last_point,
    generation::one_token_begins_one_job,
    generation::a_commit_expects_all_that_was_read,
    generation::what_comes_between_two_deletions_of_a_batch_stops_the_second,
    generation::what_keeps_snapshots_is_read_with_a_backup_that_is_made_of_them,
    generation::the_tags_of_a_vault_make_no_deletion_stale,
    guards::a_guard_is_shown_with_its_vault_and_goes_with_it,
    guards::a_lock_that_is_put_while_a_deletion_is_decided_is_never_lost,
    policies::a_policy_that_is_put_while_a_deletion_is_decided_is_never_lost,
    holds::holds_come_are_cancelled_and_are_forgotten,
    holds::what_a_hold_is_of_is_listed_in_pages,
    holds::large_holds_come_in_pages_of_which_none_is_lost,
    holds::a_hold_that_is_placed_while_a_deletion_is_decided_is_never_lost,
    holds::the_tags_of_a_hold_make_no_deletion_stale,
    holds::a_realm_with_a_legal_hold_is_not_dropped,
    plans::plans_come_change_and_go_with_all_their_versions,
    plans::a_plan_is_found_by_its_token_and_by_what_it_says_until_it_is_deleted,
    plans::plans_are_found_when_they_are_due,
    plans::a_realm_takes_its_plans_with_it,
    requests::what_is_asked_for_is_listed_until_it_is_done_or_withdrawn,
    requests::a_request_makes_a_deletion_of_before_stale,
    roles::a_name_of_a_role_is_taken_once,
    roles::the_name_of_a_role_in_another_arn_is_that_of_none,
    roles::roles_come_in_pages_of_which_none_is_lost,
    users::a_user_is_kept_with_what_they_may_do_until_they_are_removed,
    users::users_come_in_pages_of_which_none_is_lost,
    realms::one_name_in_two_realms_is_two_things,
    realms::one_directory_can_be_a_source_of_two_realms,
    realms::a_realm_is_dropped_when_it_holds_no_backup,
    bounds::the_last_place_is_taken_once,
    bounds::one_directory_is_registered_once,
    listing::points_come_oldest_first_and_exactly_once,
    listing::deletions_between_pages_hide_nothing,
    listing::filters_narrow_a_listing,
    listing::vaults_come_by_name_with_their_counts,
    listing::jobs_come_newest_first,
    listing::jobs_that_run_are_found_after_a_stop,
    listing::jobs_that_ended_can_be_forgotten_and_those_that_run_are_not_offered,
    listing::there_is_nothing_beyond_the_end,
    expiry::expiries_come_in_order_and_not_too_early,
    expiry::a_point_expires_once_it_is_complete,
    expiry::putting_an_expiry_off_makes_no_decision_stale,
    expiry::ended_jobs_come_by_their_ends,
    erasure::a_key_lives_until_its_erasure_begins,
    erasure::due_erasures_come_in_order_and_not_too_early,
    erasure::what_a_clock_put_off_that_was_set_back_is_due,
    erasure::one_point_has_one_erasure,
    erasure::erasures_are_listed_in_pages_and_found_by_their_point,
    erasure::a_parked_erasure_that_is_retried_is_due_again,
    erasure::a_sleeping_worker_finds_its_commit_stale,
    erasure::a_certificate_ends_the_point_and_can_be_proven,
    redact::what_is_redacted_is_forgotten_and_its_leaf_stays,
    erasure::events_are_kept_in_order_and_add_up,
    erasure::totals_add_up,
    fsx::the_record_of_a_failed_backup_outlives_its_bytes,
    fsx::of_a_record_nothing_comes_back_and_it_can_be_removed,
    fsx::nothing_but_a_record_is_removed_without_a_certificate,
    fsx::a_deletion_joins_the_erasure_of_a_failed_backup,
    fsx::both_doors_show_one_backup_and_each_its_own,
    fsx::a_file_system_lists_its_volumes_and_what_came_from_elsewhere_by_age,
    fsx::fsx_backups_come_exactly_once_whatever_goes_between_pages,
    fsx::what_fsx_was_making_is_found_after_a_stop,
    fsx::one_source_is_captured_as_often_as_it_may_at_once,
    fsx::a_realm_takes_as_many_copies_as_it_may_at_once,
    fsx::whoever_deletes_a_backup_knows_how_many_others_have_its_bytes,
    fsx::a_realm_with_a_backup_of_fsx_is_not_dropped,
    fsx::bytes_add_up_without_a_vault,
    copies::copy_jobs_come_newest_first_and_only_where_they_were_asked_for,
    copies::copy_jobs_that_run_are_found_after_a_stop_and_the_others_can_be_forgotten,
    copies::one_token_begins_one_copy_and_may_begin_one_restore,
    copies::a_copy_holds_its_original_until_it_ends_and_is_counted_where_it_goes,
    sources::sources_are_found_when_they_are_due,
    sources::sources_come_by_page_and_all_of_them,
    rds::what_is_kept_sealed_of_a_source_is_read_until_it_goes,
    rds::sets_of_an_instance_come_newest_first_and_exactly_once,
    rds::the_span_of_log_backups_is_that_of_all_complete_runs,
    tokens::a_token_is_used_once,
    tokens::tokens_are_forgotten_by_their_age_and_some_at_a_time,
}
