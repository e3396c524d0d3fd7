//! Tags of roles, by the rules of IAM: a key is the same in upper and lower case, and is kept as it
//! was written last.

use super::{IamRefusal, IamRole};
use crate::policy::folded;
use crate::{TAGS_MAX, Tags};

/// The longest key, in letters.
const KEY_CHARS_MAX: usize = 128;
/// The longest value, in letters.
const VALUE_CHARS_MAX: usize = 256;
/// How keys begin that nobody gives.
const RESERVED: &str = "aws:";

/// The tags that a request gives, as keys and values.
///
/// Refused is what is not acceptable whatever role it is for. Of a key that is given twice nobody
/// can say which value is meant.
pub fn check_role_tags(given: Vec<(String, String)>) -> Result<Tags, IamRefusal> {
    if given.len() > TAGS_MAX {
        return Err(IamRefusal::Invalid { parameter: "tags", form: "50 tags at most" });
    }
    let mut tags = Tags::new();
    for (key, value) in given {
        check_key("tags.member.key", &key)?;
        if folded(&key).starts_with(RESERVED) {
            return Err(IamRefusal::ReservedTag { key });
        }
        if value.chars().count() > VALUE_CHARS_MAX || !value.chars().all(is_of_tag) {
            let form = "256 letters, digits, spaces and _.:/=+-@ at most";
            return Err(IamRefusal::Invalid { parameter: "tags.member.value", form });
        }
        if key_in(&tags, &key).is_some() {
            return Err(IamRefusal::TagTwice { key });
        }
        tags.insert(key, value);
    }
    Ok(tags)
}

/// Refuses keys that no tag can have.
pub fn check_role_tag_keys(keys: &[String]) -> Result<(), IamRefusal> {
    if keys.len() > TAGS_MAX {
        return Err(IamRefusal::Invalid { parameter: "tagKeys", form: "50 keys at most" });
    }
    keys.iter().try_for_each(|key| check_key("tagKeys", key))
}

fn check_key(parameter: &'static str, key: &str) -> Result<(), IamRefusal> {
    let fits = (1..=KEY_CHARS_MAX).contains(&key.chars().count()) && key.chars().all(is_of_tag);
    let form = "1 to 128 letters, digits, spaces and _.:/=+-@";
    if fits { Ok(()) } else { Err(IamRefusal::Invalid { parameter, form }) }
}

/// Whether it is a letter, a number or a separator, of whatever script, or one of a few signs.
fn is_of_tag(letter: char) -> bool {
    let is_space =
        letter == ' ' || (!letter.is_ascii() && letter.is_whitespace() && !letter.is_control());
    is_space || letter.is_alphanumeric() || "_.:/=+-@".contains(letter)
}

/// This key as the tags have it, in whichever case it is given.
fn key_in(tags: &Tags, key: &str) -> Option<String> {
    let key = folded(key);
    tags.keys().find(|own| folded(own) == key).cloned()
}

impl IamRole {
    /// The role with these tags laid over those that it has. One that belongs to a service may have
    /// tags too.
    pub fn decide_tag(&self, given: &Tags) -> Result<Self, IamRefusal> {
        let mut role = self.clone();
        for (key, value) in check_role_tags(given.clone().into_iter().collect())? {
            if let Some(before) = key_in(&role.tags, &key) {
                role.tags.remove(&before);
            }
            role.tags.insert(key, value);
        }
        if role.tags.len() > TAGS_MAX {
            return Err(IamRefusal::Limit { what: "TagsPerRole", most: TAGS_MAX });
        }
        Ok(role)
    }

    /// The role without the tags of these keys, in whichever case. Those that it has not are left.
    pub fn decide_untag(&self, keys: &[String]) -> Result<Self, IamRefusal> {
        check_role_tag_keys(keys)?;
        let mut role = self.clone();
        for key in keys.iter().filter_map(|key| key_in(&self.tags, key)) {
            role.tags.remove(&key);
        }
        Ok(role)
    }
}
