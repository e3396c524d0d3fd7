//! Rust's names for the model's names.

/// `ManagedByAWSBackupOnly` -> `managed_by_aws_backup_only`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, &letter) in chars.iter().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            let after_lower = !chars[index - 1].is_ascii_uppercase();
            let before_lower = chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
            if after_lower || before_lower {
                snake.push('_');
            }
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// `IAMRoleArn` -> `IAM_ROLE_ARN`.
pub(crate) fn shouting(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// `managed_by_aws` -> `ManagedByAws`; also `AWS_OWNED_KMS_KEY` -> `AwsOwnedKmsKey`.
pub(crate) fn pascal(name: &str) -> String {
    let capitalised = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
    };
    name.split(['_', '-']).filter(|word| !word.is_empty()).map(capitalised).collect()
}

#[test]
fn names_are_rusts() {
    assert_eq!(snake("ManagedByAWSBackupOnly"), "managed_by_aws_backup_only");
    assert_eq!(shouting("IAMRoleArn"), "IAM_ROLE_ARN");
    assert_eq!(pascal("AWS_OWNED_KMS_KEY"), "AwsOwnedKmsKey");
    assert_eq!(pascal(&snake("BackupVaultName")), "BackupVaultName");
}
