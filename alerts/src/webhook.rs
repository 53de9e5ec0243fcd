//! Messages as signed requests, after the Standard Webhooks specification (2023): the id, the time
//! and the body are signed with HMAC-SHA-256 (RFC 2104), so that a receiver knows who sends, and
//! can tell a message that came before.

use std::sync::Arc;
use std::time::Duration;

use archive::{Message, Sent};
use crawler::{PublicResolver, private_literal};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{Client, StatusCode, redirect};
use sha2::Sha256;
use url::Url;

use crate::{AlertError, Told};

/// Longest time for a whole request.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(15);

/// Sends to webhooks.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks {
    client: Client,
    private_too: bool,
}

impl Webhooks {
    pub(crate) fn new(private_too: bool) -> Result<Self, AlertError> {
        // An error here means that a provider was installed before: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .timeout(REQUEST_TIME_MAX)
            // Another address was not confirmed by anybody.
            .redirect(redirect::Policy::none())
            // A proxy would look names up by itself.
            .no_proxy()
            .user_agent(concat!("LoaPhuong/", env!("CARGO_PKG_VERSION")));
        let builder =
            if private_too { builder } else { builder.dns_resolver(Arc::new(PublicResolver)) };
        let client = builder.build().map_err(AlertError::Client)?;
        Ok(Self { client, private_too })
    }

    /// Makes one attempt.
    pub(crate) async fn send(&self, message: &Message, told: &Told, now: Timestamp) -> Sent {
        let Ok(url) = message.alert.address.parse::<Url>() else {
            return Sent::Refused("its address is none".to_owned());
        };
        if !self.private_too && private_literal(&url).is_some() {
            return Sent::Refused("its address is private".to_owned());
        }
        let body = match serde_json::to_string(told) {
            Ok(body) => body,
            Err(error) => return Sent::Failed(error.to_string()),
        };
        let secret = message.alert.secret.as_deref().unwrap_or_default();
        let time = now.as_second();
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.public_id)
            .header("webhook-timestamp", time.to_string())
            .header("webhook-signature", signature(secret, &message.public_id, time, &body))
            .header("webhook-attempt", (message.attempts + 1).to_string())
            .body(body);
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Sent::Delivered,
            Ok(answer) if answer.status() == StatusCode::GONE => {
                Sent::Refused("the webhook answers 410".to_owned())
            }
            Ok(answer) => Sent::Failed(format!("the webhook answers {}", answer.status().as_u16())),
            Err(error) => Sent::Failed(root_cause(&error)),
        }
    }
}

/// The signature of a message: `v1,` and base64. The secret is base64 too.
pub fn signature(secret: &str, id: &str, time: i64, body: &str) -> String {
    let key = BASE64.decode(secret.as_bytes()).unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

/// What is at the bottom of an error: the client's own words name the address twice.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    format!("the webhook does not answer: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification_s_example() {
        // The example that the specification gives.
        let (secret, id) = ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let body = r#"{"test": 2432232314}"#;
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature(secret, id, 1_614_265_330, body), expected);
    }
}
