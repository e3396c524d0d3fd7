//! Finds which recovery points legal holds keep, before their deletion is asked for.
//!
//! AWS Backup shows no hold with a recovery point: it lists the holds, and the points of each.
//! What cannot be found out keeps nobody from anything: the service refuses what is held.

use std::collections::{HashMap, HashSet};

use sexton_core::Obstacle;

use crate::caller::Caller;
use crate::classify::Class;
use crate::options::Options;
use crate::order::Order;
use crate::provider::aws_backup::AwsBackup;
use crate::provider::aws_backup::holding::LegalHold;
use crate::provider::{Listed, ProviderError, Target};
use crate::stop::Stop;

/// Our name for the refusal of what a legal hold keeps.
const HELD: &str = "HeldByLegalHold";

/// The pages that are read at least, however few points are to be deleted.
const PAGES_MIN: usize = 50;

/// So many deletions cost about as much as one page more.
const DELETIONS_A_PAGE: usize = 20;

/// The targets of a run that legal holds keep.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// How the service would refuse each of them, by its name.
    pub(crate) refused: HashMap<String, ProviderError>,
    /// Why there may be more than these, if there may.
    pub(crate) gap: Option<ProviderError>,
}

/// Finds those targets of `order` that legal holds keep. It asks for no more pages than a part of
/// what the deletions cost, since a deletion that is refused costs one request and harms nothing.
pub(crate) async fn held(backup: &AwsBackup, order: &Order, options: &Options) -> Held {
    let (_handle, stop) = Stop::new();
    let caller = Caller::new(stop, &once(options));
    let mut found = Held::default();
    let mut open: HashSet<&str> = order.targets.iter().map(Target::name).collect();
    let mut pages = PAGES_MIN + order.targets.len() / DELETIONS_A_PAGE;
    if let Err(failure) = find(&caller, backup, &mut open, &mut pages, &mut found.refused).await {
        found.gap = Some(failure);
    }
    found
}

/// A server that has no legal holds may say so in a way that looks as if it failed: nobody waits
/// for it as for one that is to delete something.
fn once(options: &Options) -> Options {
    let mut options = options.clone();
    options.retry.attempts_max = options.retry.attempts_max.min(2);
    options
}

async fn find(
    caller: &Caller,
    backup: &AwsBackup,
    open: &mut HashSet<&str>,
    pages: &mut usize,
    refused: &mut HashMap<String, ProviderError>,
) -> Result<(), ProviderError> {
    let mut token = None;
    loop {
        let page = caller.look(|| backup.legal_holds(token.clone())).await?;
        let next = following(&page, token.as_deref(), pages)?;
        for hold in page.items {
            if !open.is_empty() {
                find_of(caller, backup, &hold, open, pages, refused).await?;
            }
        }
        match next {
            Some(next) if !open.is_empty() => token = Some(next),
            Some(_) | None => return Ok(()),
        }
    }
}

/// Reads the points of one hold, until none of the targets can be among those that follow.
async fn find_of(
    caller: &Caller,
    backup: &AwsBackup,
    hold: &LegalHold,
    open: &mut HashSet<&str>,
    pages: &mut usize,
    refused: &mut HashMap<String, ProviderError>,
) -> Result<(), ProviderError> {
    let mut token = None;
    loop {
        let page = caller.look(|| backup.points_held(&hold.id, token.clone())).await?;
        let next = following(&page, token.as_deref(), pages)?;
        for arn in page.items {
            if open.remove(&*arn) {
                refused.insert(arn, refusal(hold));
            }
        }
        match next {
            Some(next) if !open.is_empty() => token = Some(next),
            Some(_) | None => return Ok(()),
        }
    }
}

/// Where the page after this one begins, if there is one and it may be asked for.
fn following<T>(
    page: &Listed<T>,
    token: Option<&str>,
    pages: &mut usize,
) -> Result<Option<String>, ProviderError> {
    let endless = |why| Err(ProviderError::local(Class::Lost, "NotAllRead", why));
    *pages = pages.saturating_sub(1);
    match &page.next {
        None => Ok(None),
        Some(next) if Some(&**next) == token => endless("the list repeats itself"),
        Some(_) if *pages == 0 => endless("they have more pages than are read for so few points"),
        Some(next) => Ok(Some(next.clone())),
    }
}

fn refusal(hold: &LegalHold) -> ProviderError {
    let message = match &hold.title {
        Some(title) => format!("the legal hold {} (\"{title}\") keeps it", hold.id),
        None => format!("the legal hold {} keeps it", hold.id),
    };
    ProviderError::local(Class::Refused(Obstacle::LegalHold), HELD, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(next: Option<&str>) -> Listed<()> {
        Listed { items: vec![()], next: next.map(str::to_owned) }
    }

    #[test]
    fn a_list_of_holds_that_goes_on_for_ever_is_left() {
        let (first, second) = (None, Some("2"));
        let mut pages = 3;
        assert_eq!(following(&page(Some("2")), first, &mut pages), Ok(second.map(str::to_owned)));
        let repeats = following(&page(Some("2")), second, &mut pages).unwrap_err();
        assert_eq!(repeats.message, "the list repeats itself");
        let many = following(&page(Some("3")), second, &mut pages).unwrap_err();
        assert!(many.message.contains("more pages"), "{many}");
        assert_eq!(following(&page(None), second, &mut pages), Ok(None));
    }

    #[test]
    fn a_refusal_names_the_hold() {
        let hold = LegalHold { id: "h-1".to_owned(), title: Some("case 7".to_owned()) };
        assert_eq!(refusal(&hold).message, "the legal hold h-1 (\"case 7\") keeps it");
        assert_eq!(refusal(&hold).class, Class::Refused(Obstacle::LegalHold));
    }
}
