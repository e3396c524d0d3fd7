//! Where a run deletes, and as whom: never anywhere else than was said.

use crate::vault::{Service, arn, run};

/// A point of another region is unknown here, which is no proof that it is gone.
#[test]
fn what_cannot_be_in_the_vault_never_counts_as_gone() {
    let service = Service::start(3, &[]);
    for (other, why) in [
        ("arn:aws:ec2:eu-west-1::snapshot/snap-01234567", "is in region eu-west-1"),
        ("arn:aws:ec2:us-east-1::snapshot/snap-", "is cut off"),
        ("arn:aws:ec2:us-east-1:123456789012:volume/vol-1", "names no recovery point"),
    ] {
        let (code, stdout, stderr) =
            run(&mut service.sexton(&["--vault", "v", "-y", &arn(0), other]));
        assert_eq!((code, &*stdout), (2, ""), "{stderr}");
        assert!(stderr.contains(&format!("{other}: {why}")), "{stderr}");
        assert_eq!(service.count(""), 0, "told by the text alone");
    }
    let other = "arn:aws:backup:us-east-1:210987654321:recovery-point:1";
    let (code, _, stderr) = run(&mut service.sexton(&["--vault", "v", "-y", &arn(0), other]));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("210987654321, and the vault to 123456789012"), "{stderr}");
    assert_eq!(service.count("DELETE"), 0);
}

/// A vault that could not be read was of whatever account an ARN named.
#[test]
fn a_point_of_another_account_is_not_gone_where_the_vault_may_not_be_described() {
    let service = Service::start(1, &[]);
    service.set(|vault| vault.hidden = true);
    let other = "arn:aws:backup:us-east-1:210987654321:recovery-point:1";
    for (more, exit) in [("--dry-run", 4), ("-y", 4)] {
        let (code, stdout, stderr) =
            run(&mut service.sexton(&["--vault", "v", more, &arn(0), other]));
        assert_eq!(code, exit, "{stderr}");
        let cause = format!(
            "unknown\t{other}\tnot found, and the vault was not seen to be of \
             account 210987654321: permit backup:DescribeBackupVault, which tells"
        );
        assert!(stdout.contains(&cause), "{stdout}");
    }
    assert_eq!(service.set(|_| ()).count("DELETE"), 2);
}

#[test]
fn a_vault_or_a_region_that_is_none_is_named() {
    let service = Service::start(1, &[]);
    let vault = "arn:aws:backup:us-east-1:123456789012:backup-vault:v";
    for (arguments, text) in [
        (["--vault", vault, "-q"], "give the name of the vault, not its ARN"),
        (["--vault", "v", "--region=us east"], "invalid region \"us east\""),
    ] {
        let (code, _, stderr) = run(service.sexton(&arguments).args(["-y", &arn(0)]));
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(text), "{stderr}");
    }
    assert_eq!(service.count(""), 0);
}

/// Variables that were forgotten in the environment went before a profile named outright,
/// so that the points of another account would have been deleted.
#[test]
fn a_profile_that_is_named_is_the_one_that_signs() {
    let service = Service::start(3, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let keys = "aws_access_key_id = OFPROFILE\naws_secret_access_key = x\n";
    std::fs::write(&file, format!("[profile p]\n{keys}[profile bare]\nregion = x\n")).unwrap();

    let arguments = ["--vault", "v", "-y", "--profile", "p", &arn(0)];
    let (code, _, stderr) = run(service.sexton(&arguments).env("AWS_CONFIG_FILE", &file));
    assert_eq!(code, 0, "{stderr}");
    let requests = service.requests();
    assert!(requests.iter().any(|request| request.method == "DELETE"));
    for request in &requests {
        let authorization = request.header("authorization");
        assert!(authorization.contains("Credential=OFPROFILE/"), "{authorization}");
    }

    for (profile, said) in [
        ("no-such-profile", "there is no profile \"no-such-profile\"\nhint: there are: bare, p\n"),
        ("bare", "the credentials of profile bare are used and no others"),
    ] {
        let arguments = ["--vault", "v", "-y", "--profile", profile, &arn(1)];
        let (code, _, stderr) = run(service.sexton(&arguments).env("AWS_CONFIG_FILE", &file));
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    assert_eq!(service.requests().len(), requests.len());

    // As with every AWS tool, variables go before a profile that only a variable names.
    let mut command = service.sexton(&["--vault", "v", "-y", &arn(1)]);
    let (code, _, stderr) = run(command.env("AWS_CONFIG_FILE", &file).env("AWS_PROFILE", "p"));
    assert_eq!(code, 0, "{stderr}");
    let last = service.requests().pop().unwrap();
    assert!(last.header("authorization").contains("Credential=test/"));
    // But it must be there, also as with every AWS tool: it was passed over.
    let mut command = service.sexton(&["--vault", "v", "-y", &arn(2)]);
    command.env("AWS_CONFIG_FILE", &file).env("AWS_PROFILE", "no-such-profile");
    let (code, _, stderr) = run(&mut command);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("there is no profile \"no-such-profile\""), "{stderr}");
}
