//! Real clients, unmodified, against the real program. The scripts are in
//! `tests/acceptance`; each says what it proves.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "support/scripts.rs"]
mod scripts;
mod support;

use support::Served;

fn passes(script: &str, arguments: &[&str]) {
    let server = Served::start(arguments);
    let data = server.data();
    let variables = [("SEXTON_DATA", data.to_str().unwrap())];
    scripts::run(script, &[&server.endpoint], &variables, || server.log());
}

#[test]
fn boto3_creates_lists_deletes_and_verifies() {
    passes("boto3_flow.py", &["--dev"]);
}

#[test]
fn the_aws_cli_creates_lists_deletes_and_verifies() {
    passes("awscli_flow.py", &["--dev"]);
}

#[test]
fn avtomat_aws_creates_and_deletes_backups() {
    passes("avtomat_flow.py", &["--dev"]);
}

#[test]
fn the_aws_sdk_for_javascript_creates_lists_deletes_and_verifies() {
    passes("aws_sdk_flow.mjs", &["--dev"]);
}

#[test]
fn what_terraform_asks_for_is_answered_as_it_expects() {
    passes("terraform.py", &["--dev"]);
}

#[test]
fn cloud_custodian_runs_its_policies_for_fsx() {
    passes("custodian.py", &["--dev"]);
}

#[test]
fn every_answer_fits_the_service_model() {
    passes("validate.py", &["--dev"]);
}

#[test]
fn fsx_makes_copies_restores_and_deletes_backups() {
    passes("fsx.py", &["--dev"]);
}

#[test]
fn the_alibaba_sdks_for_python_list_make_and_delete_backup_sets() {
    passes("rds_clients.py", &["--dev"]);
}

#[test]
fn the_alibaba_sdks_for_node_list_make_and_delete_backup_sets() {
    passes("rds_clients.mjs", &["--dev"]);
}

#[test]
fn every_action_of_rds_answers_as_it_is_documented() {
    passes("rds.py", &["--dev"]);
}

#[test]
fn rds_believes_a_request_once_and_only_if_it_is_signed() {
    scripts::run("rds_door.py", &[], &[], String::new);
}

#[test]
fn a_real_postgresql_is_backed_up_restored_to_a_time_and_proven_gone() {
    scripts::run("rds_databases.py", &["postgresql"], &[], String::new);
}

#[test]
fn a_real_mariadb_is_backed_up_restored_to_a_time_and_proven_gone() {
    scripts::run("rds_databases.py", &["mariadb"], &[], String::new);
}

#[test]
fn a_postgresql_is_restored_to_a_time_whatever_became_of_its_log_since() {
    scripts::run("rds_times.py", &["postgresql"], &[], String::new);
}

#[test]
fn a_mariadb_is_restored_to_a_time_whatever_became_of_its_log_since() {
    scripts::run("rds_times.py", &["mariadb"], &[], String::new);
}

#[test]
fn a_real_postgresql_loses_nothing_of_its_log_whatever_is_killed() {
    scripts::run("rds_killed.py", &["postgresql"], &[], String::new);
}

#[test]
fn a_real_mariadb_loses_nothing_of_its_log_whatever_is_killed() {
    scripts::run("rds_killed.py", &["mariadb"], &[], String::new);
}

#[test]
fn a_postgresql_that_is_stopped_in_the_middle_of_its_backup_fails_it_and_no_other() {
    scripts::run("rds_stalled.py", &["postgresql"], &[], String::new);
}

#[test]
fn a_mariadb_that_is_stopped_in_the_middle_of_its_backup_fails_it_and_no_other() {
    scripts::run("rds_stalled.py", &["mariadb"], &[], String::new);
}

#[test]
fn a_disk_that_runs_full_under_a_postgresql_fails_its_set_and_loses_nothing_of_its_log() {
    scripts::run("rds_full.py", &["postgresql"], &[], String::new);
}

#[test]
fn a_disk_that_runs_full_under_a_mariadb_fails_its_set_and_loses_nothing_of_its_log() {
    scripts::run("rds_full.py", &["mariadb"], &[], String::new);
}

#[test]
fn the_lag_of_a_log_grows_while_what_receives_it_is_stopped() {
    scripts::run("rds_lag.py", &["postgresql"], &[], String::new);
}

#[test]
fn the_replication_slot_of_a_postgresql_goes_with_its_log_backup_whatever_is_stopped() {
    scripts::run("rds_slots.py", &["postgresql"], &[], String::new);
}

#[test]
fn a_hostile_server_that_names_log_files_has_nothing_written_but_where_they_belong() {
    scripts::run("rds_hostile.py", &["mariadb"], &[], String::new);
}

#[test]
fn backup_sets_of_rds_are_listed_and_deleted_by_the_sweep() {
    passes("rds_sweep.py", &["--dev"]);
}

#[test]
fn a_server_that_cannot_write_answers_so_through_fsx_and_deletes_nothing() {
    scripts::run("fsx_failure.py", &[], &[], String::new);
}

#[test]
fn sixty_four_callers_of_one_thing_all_have_their_answers() {
    passes("contention.py", &["--dev"]);
}

#[test]
fn every_listing_filters_and_pages() {
    passes("listing.py", &["--dev"]);
}

#[test]
fn a_recovery_point_goes_when_its_lifecycle_ends() {
    passes("lifecycle.py", &["--dev"]);
}

#[test]
fn a_deletion_is_answered_as_the_page_of_semantics_says() {
    passes("deletion_answers.py", &["--dev"]);
}

#[test]
fn a_lock_keeps_what_is_in_its_vault_and_lets_in_what_keeps_to_it() {
    passes("protection.py", &["--dev"]);
}

#[test]
fn copies_go_to_other_vaults_regions_and_accounts_and_are_backups_of_their_own() {
    scripts::run("copies.py", &[], &[], String::new);
}

#[test]
fn a_plan_backs_up_what_it_selects_at_its_times_and_what_it_made_is_deleted() {
    scripts::run("plans.py", &[], &[], String::new);
}

#[test]
fn nobody_deletes_from_a_logically_air_gapped_vault() {
    passes("air_gapped.py", &["--dev"]);
}

#[test]
fn what_is_done_to_an_audit_trail_is_found() {
    scripts::run("audit.py", &[], &[], String::new);
}

#[test]
fn what_a_broken_role_leaves_expired_goes_once_the_role_is_mended() {
    scripts::run("roles.py", &[], &[], String::new);
}

#[test]
fn users_and_sessions_of_roles_may_do_what_their_policies_allow() {
    scripts::run("users.py", &[], &[], String::new);
}

#[test]
fn addresses_encryption_and_tags_are_conditions_and_tell_nobody_what_is_there() {
    scripts::run("conditions.py", &[], &[], String::new);
}

#[test]
fn what_the_policy_of_a_vault_denies_to_whoever_asks_is_told_and_not_asked_for() {
    scripts::run("denials.py", &[], &[], String::new);
}

#[test]
fn what_a_hold_keeps_and_was_asked_for_goes_once_it_is_cancelled_though_the_server_is_killed() {
    scripts::run("released.py", &[], &[], String::new);
}

#[test]
fn the_policy_of_a_vault_denies_what_it_says() {
    passes("policies.py", &["--dev"]);
}

#[test]
fn a_clock_that_jumps_by_a_year_deletes_no_backup_until_a_person_confirms_it() {
    scripts::run("clock.py", &[], &[], String::new);
}

#[test]
fn what_is_refused_has_its_name() {
    passes("refusals.py", &["--dev", "--dev-key", "other:secret"]);
}

#[test]
fn regions_and_accounts_of_one_server_have_nothing_to_do_with_each_other() {
    passes("realms.py", &["--dev", "--dev-key", "other:hush@210987654321"]);
}

#[test]
fn an_unknown_vault_answers_as_it_is_set() {
    passes("missing_vault.py", &["--dev", "--missing-vault", "access-denied"]);
}

#[test]
fn a_real_directory_is_kept_restored_and_proven_gone() {
    passes("directory.py", &[]);
}

#[test]
fn other_peoples_tools_verify_the_log_of_certificates() {
    passes("certificate.py", &[]);
}

#[test]
fn the_next_key_of_the_log_is_learned_by_the_one_before() {
    scripts::run("next_key.py", &[], &[], String::new);
}

/// The wheel is built and installed first.
fn passes_in_python(script: &str) {
    let server = Served::start(&["--dev", "--dev-key", "second:test"]);
    let arguments: [&str; 2] = [&server.endpoint, script];
    scripts::run("python_package.py", &arguments, &[], || server.log());
}

#[test]
fn the_package_for_python_deletes_lists_and_proves_what_is_gone() {
    passes_in_python("python_sweep.py");
}

#[test]
fn a_call_of_the_package_for_python_is_told_stopped_and_shared_between_threads() {
    passes_in_python("python_calls.py");
}

#[test]
fn the_package_for_python_raises_what_it_says_and_tells_the_way_out_in_its_own_words() {
    passes_in_python("python_errors.py");
}

#[test]
fn the_package_for_python_does_what_its_page_shows_and_is_typed() {
    passes_in_python("python_page.py");
}
