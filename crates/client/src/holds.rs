//! Finds which recovery points legal holds keep, before their deletion is asked for.
//!
//! AWS Backup shows no hold with a recovery point: it lists the holds, and the points of each.
//! What cannot be found out keeps nobody from anything: the service refuses what is held.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::time::Duration;

use sexton_core::Obstacle;
use tokio::time::timeout;

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

/// The longest that the first deletion waits for all of this.
pub(crate) const WAIT: Duration = Duration::from_mins(1);

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
    let mut refused = HashMap::new();
    let found = Box::pin(find(&caller, backup, order, &mut refused));
    let gap = in_time(found).await.err();
    Held { refused, gap }
}

/// Gives up on what takes too long.
async fn in_time(
    work: impl Future<Output = Result<(), ProviderError>>,
) -> Result<(), ProviderError> {
    let late = |_| not_all_read("the service takes too long");
    timeout(WAIT, work).await.map_err(late).flatten()
}

fn not_all_read(why: &str) -> ProviderError {
    ProviderError::local(Class::Lost, "NotAllRead", why)
}

/// A server that has no legal holds may say so in a way that looks as if it failed: nobody waits
/// for it as for one that is to delete something.
pub(crate) fn once(options: &Options) -> Options {
    let mut options = options.clone();
    options.retry.attempts_max = options.retry.attempts_max.min(2);
    options
}

async fn find(
    caller: &Caller,
    backup: &AwsBackup,
    order: &Order,
    refused: &mut HashMap<String, ProviderError>,
) -> Result<(), ProviderError> {
    let mut pages = PAGES_MIN + order.targets.len() / DELETIONS_A_PAGE;
    let mut holds = Vec::new();
    let ask = |token| backup.legal_holds(token);
    each_page(caller, &mut pages, ask, |page| {
        holds.extend(page);
        ControlFlow::Continue(())
    })
    .await?;
    // Most accounts have none.
    if holds.is_empty() {
        return Ok(());
    }
    let mut open: HashSet<&str> = order.targets.iter().map(Target::name).collect();
    for hold in holds {
        let ask = |token| backup.points_held(&hold.id, token);
        each_page(caller, &mut pages, ask, |page| {
            for arn in page {
                if open.remove(&*arn) {
                    refused.insert(arn, refusal(&hold));
                }
            }
            if open.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await?;
        if open.is_empty() {
            break;
        }
    }
    Ok(())
}

/// Reads the pages of a list until `take` breaks off, and no more than `pages` of them.
pub(crate) async fn each_page<T, R: Future<Output = Result<Listed<T>, ProviderError>>>(
    caller: &Caller,
    pages: &mut usize,
    ask: impl Fn(Option<String>) -> R,
    mut take: impl FnMut(Vec<T>) -> ControlFlow<()>,
) -> Result<(), ProviderError> {
    let mut token = None;
    loop {
        let Listed { items, next } = caller.look(|| ask(token.clone())).await?;
        *pages = pages.saturating_sub(1);
        if take(items).is_break() || next.is_none() {
            return Ok(());
        }
        if next == token {
            return Err(not_all_read("the list repeats itself"));
        }
        if *pages == 0 {
            return Err(not_all_read("they have more pages than are read for so few points"));
        }
        token = next;
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
    use jiff::Timestamp;

    /// Reads a list whose pages go on so.
    async fn read(next: impl Fn(Option<&str>) -> Option<&'static str>) -> Result<(), String> {
        let (_handle, stop) = Stop::new();
        let caller = Caller::new(stop, &Options::new(7, || Timestamp::UNIX_EPOCH));
        let ask = |token: Option<String>| {
            let next = next(token.as_deref()).map(str::to_owned);
            async move { Ok(Listed { items: vec![()], next }) }
        };
        let read = each_page(&caller, &mut 3, ask, |_| ControlFlow::Continue(())).await;
        read.map_err(|failure| failure.message)
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_of_holds_that_goes_on_for_ever_is_left() {
        assert_eq!(read(|token| token.is_none().then_some("2")).await, Ok(()));
        assert_eq!(read(|_| Some("2")).await, Err("the list repeats itself".to_owned()));
        let endless = read(|token| Some(if token == Some("2") { "3" } else { "2" })).await;
        assert!(endless.unwrap_err().contains("more pages"));
    }

    #[tokio::test(start_paused = true)]
    async fn holds_that_are_not_told_keep_no_deletion_waiting_for_ever() {
        let late = in_time(std::future::pending()).await.unwrap_err();
        assert_eq!(late.message, "the service takes too long");
        assert_eq!(in_time(async { Ok(()) }).await, Ok(()));
    }

    #[test]
    fn a_refusal_names_the_hold() {
        let hold = LegalHold { id: "h-1".to_owned(), title: Some("case 7".to_owned()) };
        assert_eq!(refusal(&hold).message, "the legal hold h-1 (\"case 7\") keeps it");
        assert_eq!(refusal(&hold).class, Class::Refused(Obstacle::LegalHold));
    }
}
