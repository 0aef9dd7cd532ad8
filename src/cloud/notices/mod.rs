//! Messages to those who follow runs from elsewhere: topics of SNS, event buses of EventBridge, webhooks.

pub(super) mod aws;
pub(super) mod message;
pub(super) mod webhook;
