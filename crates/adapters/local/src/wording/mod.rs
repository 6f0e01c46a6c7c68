//! The words of messages, by Fluent. A language or a text that is missing falls back to English.

use std::collections::HashMap;

use askama::Template as _;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use hos_domain::kernel::{Email, Locale};
use hos_domain::messaging::{Letter, Message, PushText, Wording};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../../words/en.ftl");

/// Every language there is.
const LANGUAGES: [(&str, &str); 1] = [("en", ENGLISH)];

/// Renders messages with the words in this crate.
pub struct FluentWording {
    bundles: HashMap<&'static str, FluentBundle<FluentResource>>,
}

/// The one layout of all mail.
#[derive(askama::Template)]
#[template(path = "letter.html")]
struct LetterPage<'a> {
    lang: &'a str,
    subject: &'a str,
    greeting: &'a str,
    paragraphs: Vec<&'a str>,
    footer: &'a str,
}

impl FluentWording {
    /// Reads the words.
    ///
    /// # Errors
    /// Every line that Fluent can't read.
    pub fn new() -> Result<Self, String> {
        let bundles = LANGUAGES.into_iter().map(|(language, words)| Ok((language, bundle(language, words)?)));
        Ok(Self { bundles: bundles.collect::<Result<_, String>>()? })
    }

    fn text(&self, key: &str, message: &Message, more: &[(&str, &str)], locale: &Locale) -> String {
        // A text that is nowhere is better shown by its name than not at all.
        self.find(key, message, more, locale).unwrap_or_else(|| key.to_owned())
    }

    fn find(&self, key: &str, message: &Message, more: &[(&str, &str)], locale: &Locale) -> Option<String> {
        let language = locale.as_str().split('-').next().unwrap_or_default();
        let bundles = [self.bundles.get(language), self.bundles.get("en")];
        let mut args = FluentArgs::new();
        for (name, value) in &message.args {
            args.set(name.as_str(), value.as_str());
        }
        for (name, value) in more {
            args.set(*name, *value);
        }
        bundles.into_iter().flatten().find_map(|bundle| {
            let pattern = bundle.get_message(key)?.value()?;
            Some(bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned())
        })
    }
}

fn bundle(language: &str, words: &str) -> Result<FluentBundle<FluentResource>, String> {
    let language: LanguageIdentifier = language.parse().map_err(|error| format!("{language}: {error}"))?;
    let resource =
        FluentResource::try_new(words.to_owned()).map_err(|(_, errors)| format!("{language}: {errors:?}"))?;
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks around arguments help mixed directions on screens and spoil plain-text mail.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|errors| format!("{errors:?}"))?;
    Ok(bundle)
}

impl Wording for FluentWording {
    fn push(&self, message: &Message, locale: &Locale) -> PushText {
        let text = |part: &str| self.text(&format!("{}-{part}", message.template.name()), message, &[], locale);
        PushText { title: text("title"), body: text("body") }
    }

    fn letter(&self, id: &str, to: &Email, name: &str, message: &Message, locale: &Locale) -> Letter {
        let more = [("name", name)];
        let text = |key: &str| self.text(key, message, &more, locale);
        let subject = text(&format!("{}-subject", message.template.name()));
        let letter = text(&format!("{}-letter", message.template.name()));
        let own_footer = self.find(&format!("{}-footer", message.template.name()), message, &more, locale);
        let (greeting, footer) = (text("letter-greeting"), own_footer.unwrap_or_else(|| text("letter-footer")));
        let page = LetterPage {
            lang: locale.as_str(),
            subject: &subject,
            greeting: &greeting,
            paragraphs: letter.split("\n\n").collect(),
            footer: &footer,
        };
        // Rendering strings into a string has no way to fail.
        let html = page.render().unwrap_or_default();
        let text = format!("{greeting}\n\n{letter}\n\n-- \n{footer}\n");
        Letter { id: id.to_owned(), to: to.clone(), name: name.to_owned(), subject, text, html }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hos_domain::messaging::Template;

    use super::*;

    fn message(template: Template) -> Message {
        let args = [
            ("plan", "HOS <Premium>"),
            ("until", "2030-02-01"),
            ("amount", "9.99 USD"),
            ("code", "123456"),
            ("link", "https://gym.example/reset?token=x"),
            ("reason", "Spam"),
            ("what", "a passkey was added"),
            ("organization", "Iron Hall"),
            ("inviter", "Bob"),
        ];
        let args: BTreeMap<_, _> = args.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Message { template, args }
    }

    #[test]
    fn every_template_has_all_its_words_and_leaves_no_hole() {
        let wording = FluentWording::new().unwrap();
        let (locale, to) = (Locale::default(), Email::parse("ada@example.com").unwrap());
        for template in Template::ALL {
            let letter = wording.letter("1", &to, "Ada", &message(template), &locale);
            for text in [&letter.subject, &letter.text, &letter.html] {
                assert!(!text.contains(template.name()) && !text.contains("{ $"), "{text}");
            }
            if template.is_pushed() {
                let push = wording.push(&message(template), &locale);
                assert!(!push.title.contains(template.name()) && !push.body.contains('{'), "{push:?}");
            }
        }
    }

    #[test]
    fn who_is_invited_is_not_told_that_they_have_an_account() {
        let wording = FluentWording::new().unwrap();
        let to = Email::parse("ada@example.com").unwrap();
        let footer = |template: Template| {
            let letter = wording.letter("1", &to, "Ada", &message(template), &Locale::default());
            letter.text.rsplit_once("-- \n").unwrap().1.to_owned()
        };
        assert!(footer(Template::PasswordChanged).contains("your account"));
        assert!(!footer(Template::OrganizationInvitation).contains("your account"));
    }

    #[test]
    fn an_unknown_language_falls_back_to_english() {
        let wording = FluentWording::new().unwrap();
        let push = |tag: &str| wording.push(&message(Template::SubscriptionEnded), &Locale::parse(tag).unwrap());
        assert_eq!(push("tlh"), push("en"));
        assert_eq!(push("en-GB"), push("en"));
    }

    #[test]
    fn what_users_wrote_is_escaped_in_html() {
        let wording = FluentWording::new().unwrap();
        let to = Email::parse("ada@example.com").unwrap();
        let letter = wording.letter("1", &to, "<b>Ada</b>", &message(Template::SubscriptionActive), &Locale::default());
        assert!(!letter.html.contains("<b>Ada") && !letter.html.contains("<Premium>"));
        assert!(letter.text.contains("HOS <Premium>"));
    }
}
