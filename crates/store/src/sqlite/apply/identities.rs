//! Roles and users.

use rusqlite::{Connection, params};
use sexton_core::{Role, RoleName, User, UserName};

use crate::Cause;

/// Makes or replaces what is known of a role, and not in place of another one of its name: that
/// fails.
pub(super) fn put_role(
    db: &Connection,
    role: &Role,
    body: &str,
    generation: i64,
) -> Result<(), Cause> {
    let sql = "INSERT INTO roles (arn, name, generation, body) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (arn) DO UPDATE SET name = ?2, generation = ?3, body = ?4";
    let name = role.key();
    let name = name.as_ref().map(RoleName::as_str);
    db.prepare_cached(sql)?.execute(params![role.arn.as_str(), name, generation, body])?;
    Ok(())
}

/// Makes or replaces a user.
pub(super) fn put_user(
    db: &Connection,
    user: &User,
    body: &str,
    generation: i64,
) -> Result<(), Cause> {
    let sql = "INSERT INTO users (name, generation, body) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET generation = ?2, body = ?3";
    db.prepare_cached(sql)?.execute(params![user.key().as_str(), generation, body])?;
    Ok(())
}

/// Removes a user.
pub(super) fn remove_user(db: &Connection, name: &UserName) -> Result<(), Cause> {
    db.prepare_cached("DELETE FROM users WHERE name = ?1")?.execute([name.as_str()])?;
    Ok(())
}
